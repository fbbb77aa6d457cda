"""What an installation is, and what a way of getting a tool must offer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tracker.models.base import Value

Report = Callable[[str], None]


class CannotObtainError(Exception):
    """A way cannot work here; the message says why, in one line."""


class ToolInstallError(Exception):
    """No way worked; the message says what each one met and what to do."""


class Installed(Value):
    """A tool that can be run, and where it came from.

    `sha256` is that of the program at `path`; `verified` says what was compared with what.
    """

    path: Path
    version: str
    source: str
    sha256: str
    verified: str
    way: str


@dataclass(frozen=True)
class Obtained:
    """A program a way came by: in the scratch folder, or already in its place for good."""

    program: Path
    source: str
    verified: str
    in_place: bool = False


class Way(Protocol):
    """One way of getting a tool."""

    @property
    def name(self) -> str:
        """Return the name the user reads, like `official release`."""

    def obtain(self, scratch: Path, report: Report) -> Obtained:
        """Get the program into `scratch`, verified, or raise `CannotObtainError` in seconds.

        Nothing is unpacked before its hash has been compared, and no part of a
        download is run. `report` is told of anything that takes minutes.
        """
