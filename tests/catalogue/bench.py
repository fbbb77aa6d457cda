"""Runs single cells of the catalogue: one test, one variant, through the local executor."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tracker.measurement.executor import TrialSpec, Turn
from tracker.measurement.local import LocalExecutor
from tracker.measurement.probe.client import start_local_probe
from tracker.measurement.turn import RunningTrial, TurnTaker
from tracker.models import RepositoryFixture, Test, TestSuite, Variant
from tracker.vcs.registry import get_vcs

TIMEOUT_MS = 120_000


@dataclass(frozen=True)
class Cell:
    """What one execution left: the outcome, or the reason why there is none."""

    outcome: str | None
    reason: str | None
    duration_ms: float | None
    said: str


@contextmanager
def opened_executor(fixture: RepositoryFixture, work: Path, path: str) -> Iterator[LocalExecutor]:
    """Open an executor in which every trial finds the same repository."""
    executor = LocalExecutor(start_local_probe, lambda _: fixture, get_vcs, work, path=path)
    try:
        yield executor
    finally:
        executor.close()


def spec_of(
    suite: TestSuite, test: Test, variant: Variant, fixture: RepositoryFixture
) -> TrialSpec:
    """Return the trial of a cell."""
    return TrialSpec(
        group=f"{suite.id}/{test.id}",
        suite_id=suite.id,
        test=test,
        variant=variant,
        fixture=fixture,
        run_id=f"{suite.id}-{test.id}-{variant.name}",
        setup=suite.setup,
        teardown=suite.teardown,
        timeout_ms=test.timeout or TIMEOUT_MS,
    )


def execute(executor: LocalExecutor, spec: TrialSpec) -> Cell:
    """Prepare, measure, judge and check once, as a session does."""
    executor.begin(spec)
    try:
        trial = RunningTrial(spec=spec, wanted=spec.test.for_vcs(spec.variant.vcs_type))
        taker = TurnTaker(executor, executor.describe(), time.time)
        result = taker.take(trial, Turn(phase="measured", round=1, order=0))
    finally:
        executor.end(spec, failed=False)
    raw = result.record.raw
    return Cell(
        outcome=result.record.outcome,
        reason=result.void or result.reason,
        duration_ms=raw.execution.duration_ms,
        said=f"{raw.execution.stdout or ''}{raw.execution.stderr or ''}",
    )


def execute_idle(executor: LocalExecutor, spec: TrialSpec) -> str | None:
    """Return the outcome of a trial whose steps do nothing; None where the check fails by itself."""
    nothing = spec.test.for_vcs(spec.variant.vcs_type).model_copy(
        update={"steps": ("true",), "expected_exit_code": 0, "validation": None}
    )
    test = spec.test.model_copy(
        update={"by_vcs": {spec.variant.vcs_type: nothing}, "mutates": True}
    )
    return execute(executor, spec.model_copy(update={"test": test})).outcome
