"""What is known of a trial group: the sum of its journal events, live or read back.

The engine's memory and a resumed journal are the same fold over the same
events, so a resumed session cannot know anything else than an uninterrupted one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tracker.measurement.journal import (
    Event,
    GroupBegun,
    GroupEnded,
    GroupSkipped,
    Iteration,
    RoundEnded,
    RoundsEnded,
    RoundSetAside,
    SessionBroken,
    SessionStarted,
    TrialBegun,
    TrialEnded,
    TrialStopped,
)
from tracker.models import IterationRecord, RepositoryFixture, SkippedTrial, TrialSummary
from tracker.models.enums import Phase
from tracker.models.session import Precision


@dataclass
class GroupLedger:
    """The state of one group. Only what a finished round sealed survives an interruption."""

    fixture: RepositoryFixture | None = None
    run_ids: dict[str, str] = field(default_factory=dict)
    skipped: tuple[SkippedTrial, ...] = ()
    begun: dict[str, TrialBegun] = field(default_factory=dict)
    kept: list[IterationRecord] = field(default_factory=list)
    fragments: list[IterationRecord] = field(default_factory=list)
    rounds: set[tuple[Phase, int]] = field(default_factory=set)
    stops: dict[str, TrialStopped] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    trials: tuple[TrialSummary, ...] | None = None
    precision: Precision | None = None
    spent_ms: float = 0.0
    set_aside: int = 0
    _open: list[IterationRecord] = field(default_factory=list)
    _open_stops: dict[str, TrialStopped] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Take in one event of this group."""
        match event:
            case Iteration(record=record):
                self._open.append(record)
            case RoundEnded(phase=phase, round=number):
                self.spent_ms += event.elapsed_ms or 0.0
                self._seal(phase, number)
            case RoundSetAside():
                self.spent_ms += event.elapsed_ms or 0.0
                self._set_aside()
            case TrialStopped(variant=variant):
                self._open_stops[variant] = event
            case TrialBegun(variant=variant):
                self.begun[variant] = event
            case _:
                self._apply_to_group(event)

    def _apply_to_group(self, event: Event) -> None:
        match event:
            case GroupBegun():
                self.break_off()
                self.fixture, self.skipped = event.fixture, event.skipped
                self.run_ids = dict(event.run_ids)
            case RoundsEnded(precision=precision):
                self.precision = precision
            case GroupEnded(trials=trials):
                self.stops |= self._open_stops
                self.trials = trials
            case GroupSkipped(skipped=skipped):
                self.skipped = skipped
                self.trials = ()
            case TrialEnded(variant=variant, problem=str(problem)):
                self.problems[variant] = problem
            case _:
                pass

    def break_off(self) -> None:
        """Turn what no round sealed into fragments: kept and shown, never compared."""
        self.fragments += [record.model_copy(update={"fragment": True}) for record in self._open]
        self._open = []
        self._open_stops = {}

    def _set_aside(self) -> None:
        self.set_aside += 1
        marked = {"fragment": True, "contaminated": True}
        self.fragments += [record.model_copy(update=marked) for record in self._open]
        self._open = []

    @property
    def finished(self) -> bool:
        """Return whether nothing is left to be measured in this group."""
        return self.trials is not None

    def stop_of(self, variant: str) -> TrialStopped | None:
        """Return why a variant is measured no further, or None."""
        return self.stops.get(variant) or self._open_stops.get(variant)

    def records_of(self, variant: str) -> list[IterationRecord]:
        """Return the records of a variant that count, those of the open round included."""
        return [record for record in [*self.kept, *self._open] if record.variant == variant]

    @property
    def has_open_stops(self) -> bool:
        """Return whether a variant was given up in the round that is not sealed yet."""
        return bool(self._open_stops)

    def open_records(self) -> tuple[IterationRecord, ...]:
        """Return the records of the round that is not sealed yet."""
        return tuple(self._open)

    def rounds_of(self, phase: Phase) -> list[list[IterationRecord]]:
        """Return the records of each sealed round of a phase, in order."""
        numbers = sorted(number for kind, number in self.rounds if kind == phase)
        found: dict[int, list[IterationRecord]] = {number: [] for number in numbers}
        for record in self.kept:
            if record.phase == phase and record.round in found:
                found[record.round].append(record)
        return [found[number] for number in numbers]

    def all_records(self) -> tuple[IterationRecord, ...]:
        """Return every record; those that no round sealed as fragments."""
        unsealed = [record.model_copy(update={"fragment": True}) for record in self._open]
        return (*self.kept, *self.fragments, *unsealed)

    def _seal(self, phase: Phase, number: int) -> None:
        self.kept += self._open
        self._open = []
        self.stops |= self._open_stops
        self._open_stops = {}
        self.rounds.add((phase, number))


def ledgers_of(events: Iterable[Event]) -> dict[str, GroupLedger]:
    """Return the ledger of each group a journal tells of; open rounds become fragments."""
    ledgers: dict[str, GroupLedger] = {}
    for event in events:
        if isinstance(event, SessionStarted | SessionBroken):
            for ledger in ledgers.values():
                ledger.break_off()
        else:
            ledgers.setdefault(event.group, GroupLedger()).apply(event)
    for ledger in ledgers.values():
        ledger.break_off()
    return ledgers
