"""What a version-control system must offer to be measured: the plug-in interface."""

import shlex
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Protocol

from tracker.models.base import Value
from tracker.models.fixture import RepositoryFixture
from tracker.models.plan import Variant

SHOWN_STDERR = 2000
"""Characters of a command's errors that an exception repeats; the end says what went wrong."""


class CommandResult(Value):
    """What one untimed command left behind."""

    exit_code: int
    stdout: str
    stderr: str


class CommandError(Exception):
    """A command that is malformed or failed; `result` is None when it never ran."""

    def __init__(
        self,
        argv: Sequence[str],
        result: CommandResult | None = None,
        *,
        problem: str | None = None,
    ) -> None:
        self.argv = tuple(argv)
        self.result = result
        super().__init__(_describe(self.argv, result, problem))


def _describe(argv: tuple[str, ...], result: CommandResult | None, problem: str | None) -> str:
    # A single argument is a whole command that was not split; quoting it would only blur it.
    command = argv[0] if len(argv) == 1 else shlex.join(argv)
    if problem is not None:
        return f"{command}: {problem}"
    if result is None:
        return f"{command}: could not be run"
    said = result.stderr.strip()[-SHOWN_STDERR:]
    return f"{command}: exit code {result.exit_code}" + (f"\n{said}" if said else "")


class MaterialiseError(Exception):
    """A work copy that does not hold what its fixture holds; nothing may be measured in it."""


class Runner(Protocol):
    """Runs one untimed command wherever the executor works, and returns all of its output."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        check: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> CommandResult:
        """Run `argv`; raise `CommandError` if `check` is set and it fails.

        `env` is added to the pinned environment of the trial.
        """
        ...


class Vcs(ABC):
    """One version-control system.

    A plug-in subclasses this, is registered in the entry-point group
    `tracker.vcs`, and passes the conformance tests of `tests/vcs/contract.py`.
    It is made without arguments and keeps no state between calls: everything
    it does goes through the `run` it is given, so the same class serves a work
    copy on this machine and one inside a container.
    """

    name: ClassVar[str]
    tools: ClassVar[tuple[str, ...]]

    @abstractmethod
    def environment(self, variant: Variant, home: Path, path: str) -> dict[str, str]:
        """Return the complete environment of every command of `variant`."""

    @abstractmethod
    def files(self, variant: Variant) -> dict[str, str]:
        """Return the files, relative to HOME, that must be there before anything runs."""

    @abstractmethod
    def materialise(
        self,
        run: Runner,
        source: Path,
        root: Path,
        fixture: RepositoryFixture,
        variant: Variant,
    ) -> None:
        """Make the work copy below `root` from the bare Git repository `source`, refreshed.

        Raises
        ------
        MaterialiseError
            When the work copy does not hold every commit of the fixture.
        """

    @abstractmethod
    def workdir(self, root: Path) -> Path:
        """Return the folder in which steps run."""

    @abstractmethod
    def refresh(self, run: Runner, root: Path) -> None:
        """Bring caches of the work copy up to date, so that no measured command is special."""

    @abstractmethod
    def tree_id(self, run: Runner, root: Path, revision: str) -> str:
        """Return the Git tree id of `revision`, which is in the system's own words.

        The same content has the same id in every system. Nothing is recorded
        by asking: what the measured command left out is missing here too.
        """

    @abstractmethod
    def versions(self, run: Runner, cwd: Path) -> dict[str, str]:
        """Return the version of each tool, such as `{"git": "2.39.5"}`."""

    @abstractmethod
    def features(self, versions: Mapping[str, str]) -> frozenset[str]:
        """Return what these versions can do, in the words of `tracker.vcs.features`."""

    def words(self, run: Runner, cwd: Path) -> dict[str, str]:  # noqa: ARG002  for subclasses
        """Return placeholders whose value depends on the installed version.

        A command whose name changed between versions is written once, such as
        `jj {snapshot} snapshot`.
        """
        return {}
