"""One turn of one trial: prepare, measure, judge, check the outcome, restore."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tracker.measurement.executor import (
    Executor,
    ExecutorError,
    ExecutorLostError,
    Measured,
    OutcomeResult,
    TrialSpec,
    Turn,
)
from tracker.measurement.judgement import Failure, failure_of
from tracker.measurement.outcome import mismatch
from tracker.measurement.raw_metric import raw_metric
from tracker.models import ErrorType, IterationRecord, Machine, RawMetric
from tracker.models.session import ForeignLoad, ServiceUse
from tracker.models.suite import SystemSteps

MOST_NAMED_PATHS = 5
"""Paths a message names before it only counts the rest."""


@dataclass
class RunningTrial:
    """A trial between its begin and its end.

    `failures` holds what each turn of this session ended with, kept rounds first;
    `reference` is the trial's first outcome, which later ones must equal.
    """

    spec: TrialSpec
    wanted: SystemSteps
    failures: list[str | None] = field(default_factory=list)
    reference: str | None = None
    outcome_checked: bool = False
    changes_checked: bool = False

    @property
    def restores(self) -> bool:
        """Return whether the work copy is restored after every turn."""
        return self.spec.test.mutates or bool(self.wanted.prepare)

    def begin_anew(self) -> None:
        """Forget what was checked: the work copy is a new one."""
        self.outcome_checked = False
        self.changes_checked = False


@dataclass(frozen=True)
class TurnResult:
    """The record of a turn; `void` says that the test is not what it declares."""

    record: IterationRecord
    reason: str | None = None
    void: str | None = None


@dataclass(frozen=True)
class TurnTaker:
    """Takes turns on one executor; `clock` gives Unix seconds."""

    executor: Executor
    machine: Machine
    clock: Callable[[], float]

    def take(self, trial: RunningTrial, turn: Turn, *, retries: int = 0) -> TurnResult:
        """Execute a test once and return its record.

        Raises
        ------
        ExecutorLostError
            When what runs the commands is gone; the turn then has no record.
        """
        spec = trial.spec
        try:
            self.executor.prepare(spec)
        except ExecutorLostError:
            raise
        except ExecutorError as error:
            measured = self.nothing(error.error_type, f"preparation: {error}")
        else:
            measured = self.executor.measure(spec, turn)
        failure = failure_of(measured, trial.wanted)
        void = self._undeclared_changes(trial, failure)
        outcome, failure, found = self._outcome(trial, measured, void, failure)
        checked = found is not None
        if trial.restores or checked or failure is not None:
            self.executor.restore(spec)
        warnings = (*measured.warnings, *((failure.reason,) if failure else ()))
        raw = raw_metric(
            spec,
            turn,
            measured,
            failure,
            machine=self.machine,
            retries=retries,
            warnings=len(measured.warnings),
        )
        record = _record(
            trial,
            turn,
            raw=raw,
            outcome=outcome,
            warnings=warnings,
            service=_service(measured),
            load=_load(measured),
            counts=found.counts if found else None,
        )
        return TurnResult(record, failure.reason if failure else None, void)

    def lost(self, trial: RunningTrial, turn: Turn, lost: ExecutorLostError) -> TurnResult:
        """Return the record of a turn in which the executor was lost once more."""
        measured = self.nothing(lost.error_type, str(lost))
        failure = failure_of(measured, trial.wanted)
        raw = raw_metric(trial.spec, turn, measured, failure, machine=self.machine, retries=1)
        return TurnResult(_record(trial, turn, raw=raw, outcome=None, warnings=(str(lost),)))

    def nothing(self, error_type: ErrorType, reason: str) -> Measured:
        """Return the measurement of a turn in which nothing was measured."""
        now_ms = self.clock() * 1000
        return Measured(
            started_ms=now_ms, ended_ms=now_ms, failure=error_type, failure_reason=reason
        )

    def _undeclared_changes(self, trial: RunningTrial, failure: Failure | None) -> str | None:
        """Check `mutates: false` once, on the first turn that worked."""
        if trial.spec.test.mutates or trial.changes_checked or failure is not None:
            return None
        trial.changes_checked = True
        paths = self.executor.undeclared_changes(trial.spec)
        if not paths:
            return None
        return f"the test declares `mutates: false` but changed {_named(paths)}"

    def _outcome(
        self, trial: RunningTrial, measured: Measured, void: str | None, failure: Failure | None
    ) -> tuple[str | None, Failure | None, OutcomeResult | None]:
        """Return outcome, failure and what was found where the outcome was looked at."""
        if void is not None:
            return None, Failure(error_type=ErrorType.OUTCOME, reason=void), None
        check = trial.wanted.outcome
        due = trial.spec.test.mutates or not trial.outcome_checked
        if check is None or failure is not None or not due:
            return None, failure, None
        trial.outcome_checked = True
        found = self.executor.outcome(trial.spec, measured)
        if found.value is None:
            reason = found.reason or "the outcome check gave no value"
        else:
            wrong = mismatch(check, found.value, trial.reference)
            if trial.reference is None:
                trial.reference = found.value
            if wrong is None:
                return found.value, None, found
            reason = wrong
        return found.value, Failure(error_type=ErrorType.OUTCOME, reason=reason), found


def _record(
    trial: RunningTrial,
    turn: Turn,
    *,
    raw: RawMetric,
    outcome: str | None,
    warnings: Iterable[str],
    service: ServiceUse | None = None,
    load: ForeignLoad | None = None,
    counts: Mapping[str, float] | None = None,
) -> IterationRecord:
    return IterationRecord(
        suite_id=trial.spec.suite_id,
        variant=trial.spec.variant.name,
        phase=turn.phase,
        round=turn.round,
        order=turn.order,
        raw=raw,
        outcome=outcome,
        warnings=tuple(warnings),
        service=service,
        load=load,
        counts=dict(counts or {}),
    )


def _service(measured: Measured) -> ServiceUse | None:
    if measured.service_cpu_us is None:
        return None
    return ServiceUse(cpu_ms=measured.service_cpu_us / 1000, rss_bytes=measured.service_rss_bytes)


def _load(measured: Measured) -> ForeignLoad | None:
    if measured.others_cpu_us is None and measured.cpu_pressure_us is None:
        return None
    return ForeignLoad(
        others_ms=_ms(measured.others_cpu_us),
        steal_ms=_ms(measured.steal_us),
        pressure_ms=_ms(measured.cpu_pressure_us),
    )


def _ms(us: int | None) -> float | None:
    return None if us is None else us / 1000


def _named(paths: tuple[str, ...]) -> str:
    shown = ", ".join(paths[:MOST_NAMED_PATHS])
    rest = len(paths) - MOST_NAMED_PATHS
    return f"{shown} and {rest} more" if rest > 0 else shown
