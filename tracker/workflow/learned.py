"""What the history adds to a session that has been measured, and what it keeps of the report."""

from collections.abc import Callable, Sequence
from datetime import datetime

from patterns.learning.recurring import find_patterns
from patterns.models import Pattern
from patterns.store import PatternStore, StoreError
from tracker.models import BenchmarkReport, ProcessedResult, SessionInfo


def with_patterns(
    results: Sequence[ProcessedResult],
    session: SessionInfo,
    history: PatternStore | None,
    warn: Callable[[str], None],
) -> tuple[ProcessedResult, ...]:
    """Return the results with what recurs in the history of their operations.

    Parameters
    ----------
    results : sequence of ProcessedResult
        All is measured: nothing that is read here takes time from a measurement.
    session : SessionInfo
        Only trials of its machine class and of the result's repository size count.
    history : PatternStore, optional
        None where the configuration doesn't ask history (`agentdb.queryHistorical`).
    warn : callable
        Told when the history cannot be read; the session's own results stand without it.
    """
    if history is None:
        return tuple(results)
    found: dict[tuple[str, str], tuple[Pattern, ...]] = {}
    try:
        for result in results:
            key = result.operation, result.repo_size.value
            if key not in found:
                found[key] = _patterns(history, *key, session.machine.machine_class)
    except StoreError as error:
        warn(f"The report is made without the history: {error}")
        return tuple(results)
    return tuple(
        _with(result, found[result.operation, result.repo_size.value]) for result in results
    )


def keep_recommendations(report: BenchmarkReport, store: PatternStore) -> int:
    """Write a report's recommendations to the store, the most urgent first; return how many."""
    given = report.recommendations
    metadata = report.metadata
    created_at = int(datetime.fromisoformat(metadata.generated_at).timestamp() * 1000)
    every = (*given.critical, *given.important, *given.optional)
    return store.add_recommendations(metadata.report_id, created_at, every)


def _patterns(
    history: PatternStore, operation: str, repo_size: str, machine_class: str
) -> tuple[Pattern, ...]:
    trials = [
        trial
        for trial in history.trials(operation)
        if trial.context.repo_size == repo_size and trial.context.machine_class == machine_class
    ]
    runs = {trial.context.run_id for trial in trials}
    failures = [failure for failure in history.failures(operation) if failure.run_id in runs]
    return find_patterns(operation, trials, failures)


def _with(result: ProcessedResult, patterns: tuple[Pattern, ...]) -> ProcessedResult:
    learning = result.learning.model_copy(update={"patterns": patterns})
    return result.model_copy(update={"learning": learning})
