"""The journal of a session: one JSON line per event, on the disk before the next clock starts."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError

from tracker.models import (
    ErrorType,
    IterationRecord,
    RepositoryFixture,
    SkippedTrial,
    TrialSummary,
    Value,
)
from tracker.models.enums import Phase
from tracker.models.session import JOURNAL_FORMAT, Precision


class JournalError(Exception):
    """A journal that cannot be used: somebody else writes it, or it is damaged."""


class SessionStarted(Value):
    """A session begins, or goes on after an interruption."""

    event: Literal["session-started"] = "session-started"
    format: int = JOURNAL_FORMAT
    session_id: str
    seed: int


class SessionBroken(Value):
    """A session cannot go on: the engine stays away, the store cannot be written."""

    event: Literal["session-broken"] = "session-broken"
    error_type: ErrorType
    reason: str


class GroupBegun(Value):
    """A trial group begins, in this repository, with one run id per variant."""

    event: Literal["group-begun"] = "group-begun"
    group: str
    fixture: RepositoryFixture
    run_ids: dict[str, str]
    skipped: tuple[SkippedTrial, ...] = ()


class TrialBegun(Value):
    """A variant is ready in its work copy."""

    event: Literal["trial-begun"] = "trial-begun"
    group: str
    variant: str
    run_id: str
    one_off_ms: float | None = None
    service_start_ms: float | None = None
    versions: dict[str, str] = Field(default_factory=dict)


class Iteration(Value):
    """One execution."""

    event: Literal["iteration"] = "iteration"
    group: str
    record: IterationRecord


class RoundEnded(Value):
    """Every variant had its turn; without this line a round is a fragment."""

    event: Literal["round-ended"] = "round-ended"
    group: str
    phase: Phase
    round: int
    elapsed_ms: float | None = Field(
        default=None, description="Of its whole turns, everything outside the clocks included."
    )


class RoundSetAside(Value):
    """Others kept the machine busy: the records are fragments, the round is measured again."""

    event: Literal["round-set-aside"] = "round-set-aside"
    group: str
    phase: Phase
    round: int
    busy: float = Field(description="Share of the machine that others took.")
    elapsed_ms: float | None = None


class RoundsEnded(Value):
    """No further round is measured: the precision is there, or the budget has ended."""

    event: Literal["rounds-ended"] = "rounds-ended"
    group: str
    precision: Precision


class TrialStopped(Value):
    """A variant is measured no further: it failed again and again, or is void."""

    event: Literal["trial-stopped"] = "trial-stopped"
    group: str
    variant: str
    status: Literal["failed", "void"]
    reason: str


class TrialEnded(Value):
    """The teardown of a variant is done."""

    event: Literal["trial-ended"] = "trial-ended"
    group: str
    variant: str
    problem: str | None = None


class GroupEnded(Value):
    """A group is measured completely."""

    event: Literal["group-ended"] = "group-ended"
    group: str
    trials: tuple[TrialSummary, ...]


class GroupSkipped(Value):
    """Nothing of a group is measured, and why."""

    event: Literal["group-skipped"] = "group-skipped"
    group: str
    skipped: tuple[SkippedTrial, ...]


Event = (
    SessionStarted
    | SessionBroken
    | GroupBegun
    | TrialBegun
    | Iteration
    | RoundEnded
    | RoundSetAside
    | RoundsEnded
    | TrialStopped
    | TrialEnded
    | GroupEnded
    | GroupSkipped
)

EVENTS: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


class Journal:
    """Appends events to a file; each is one write and one fsync.

    A line that was cut by a crash is removed when the file is opened, so the
    next one starts on a line of its own. The file is locked: two processes that
    resume one session would spoil it.

    Parameters
    ----------
    path : Path
        The file; it and its folder are made where missing.
    sync : callable
        Brings a file descriptor's content to the disk.

    Raises
    ------
    JournalError
        If another process is writing this journal.
    """

    def __init__(self, path: Path, *, sync: Callable[[int], None] = os.fsync) -> None:
        self.path = path
        self._sync = sync
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise JournalError(
                f"{path}: another process is measuring this session; wait for it or end it"
            ) from error
        _drop_half_line(self._descriptor)

    def write(self, event: Event) -> None:
        """Append one event and wait until it is on the disk."""
        line = event.to_json().encode() + b"\n"
        written = os.write(self._descriptor, line)
        if written != len(line):
            raise JournalError(f"{self.path}: only {written} of {len(line)} bytes could be written")
        self._sync(self._descriptor)

    def load(self) -> tuple[Event, ...]:
        """Return the events written so far."""
        return load_journal(self.path)

    def close(self) -> None:
        """Close the file and give the lock back."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def load_journal(path: Path) -> tuple[Event, ...]:
    """Return the events of a journal; a last line that was cut is left out.

    Raises
    ------
    JournalError
        If the file is missing, damaged before its last line, or of a newer format.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise JournalError(f"{path}: there is no such journal") from error
    return tuple(_events(content, path))


def _events(content: bytes, path: Path) -> Iterator[Event]:
    *lines, cut = content.split(b"\n")
    del cut  # what follows the last newline: nothing, or a line that was not finished
    for number, line in enumerate(lines, start=1):
        try:
            yield EVENTS.validate_json(line)
        except ValidationError as error:
            _refuse_newer(line, path)
            raise JournalError(
                f"{path}: line {number} cannot be read; the session cannot be resumed ({error})"
            ) from error


def _refuse_newer(line: bytes, path: Path) -> None:
    try:
        version = json.loads(line).get("format", JOURNAL_FORMAT)
    except (ValueError, AttributeError):
        return
    if isinstance(version, int) and version > JOURNAL_FORMAT:
        raise JournalError(
            f"{path}: written by a newer version (format {version}, known is {JOURNAL_FORMAT});"
            " use that version"
        )


def _drop_half_line(descriptor: int) -> None:
    """Cut the file after its last newline."""
    end = os.fstat(descriptor).st_size
    step = 65_536
    position = end
    while position > 0:
        start = max(0, position - step)
        found = os.pread(descriptor, position - start, start).rfind(b"\n")
        if found >= 0:
            position = start + found + 1
            break
        position = start
    if position < end:
        os.ftruncate(descriptor, position)
