"""The jj that is already there: on PATH, or installed earlier by the tracker."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from tracker.tools.command import Runner, run_command
from tracker.tools.installation import CannotObtainError, Obtained, Report
from tracker.tools.presence import VERSION_TIMEOUT_S
from tracker.tools.record import read_record
from tracker.tools.verification import sha256_of


@dataclass(frozen=True)
class AlreadyThere:
    """Uses the jj on PATH, or the one in the folder the tracker installs into."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    run: Runner = run_command
    name: ClassVar[str] = "already there"

    def obtain(self, scratch: Path, report: Report) -> Obtained:  # noqa: ARG002  a way's signature
        """Return the jj on PATH if it runs, else an earlier installation that is unchanged."""
        on_path = shutil.which("jj", path=self.environ.get("PATH", os.defpath))
        own = self.folder / "jj"
        if on_path is not None and Path(on_path) != own and self._runs(Path(on_path)):
            return Obtained(
                Path(on_path), "found on PATH", "not checked: installed by others", in_place=True
            )
        if own.is_file():
            return self._earlier(own)
        raise CannotObtainError(
            "no jj on PATH" if on_path is None else f"{on_path} does not answer --version"
        )

    def _runs(self, program: Path) -> bool:
        return self.run([str(program), "--version"], timeout_s=VERSION_TIMEOUT_S).succeeded

    def _earlier(self, program: Path) -> Obtained:
        record = read_record(program)
        if record is None or record.sha256 != sha256_of(program):
            raise CannotObtainError(f"{program} is not what its note says; it is replaced")
        if not self._runs(program):
            raise CannotObtainError(f"{program} does not run here; it is replaced")
        return Obtained(program, record.source, record.verified, in_place=True)
