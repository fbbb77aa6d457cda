"""What earlier sessions on the same machine class measured of the same tests."""

import json
from collections.abc import Iterable, Mapping, Sequence

from patterns.models import PatternRecord
from patterns.store import PatternStore
from tracker.analysis.history import Metric, PastPoint, PastSeries
from tracker.models import ProcessedResult, SessionResult, TrialSummary
from tracker.models.naming import repository_names, task_names
from tracker.models.results import VariantStats
from tracker.vcs.registry import get_vcs

Key = tuple[str, str, str]
"""Test, repository and variant."""

METRICS: tuple[Metric, ...] = ("time_ms", "memory_bytes")

MIB = 2**20


def past_series(
    measured: SessionResult, results: Sequence[ProcessedResult], history: PatternStore
) -> tuple[PastSeries, ...]:
    """Return every series of a session, earlier sessions first and its own value last.

    Only trials of the same machine class, the same repository and the same configuration of
    the system count: times of different machines are never compared.
    """
    earlier = _earlier(measured, results, history)
    trials = {(one.test_id, one.repo_id, one.variant): one for one in measured.trials}
    names = zip(task_names(results), repository_names(results), results, strict=True)
    return tuple(
        series
        for task, place, result in names
        for variant, stats in result.variants.items()
        if (trial := trials.get((result.test_id, result.repo_id, variant)))
        for series in _series(f"{task} · {place}", place, trial, stats, measured, earlier)
    )


def _earlier(
    measured: SessionResult, results: Sequence[ProcessedResult], history: PatternStore
) -> Mapping[Key, list[PatternRecord]]:
    session = measured.session
    found: dict[Key, list[PatternRecord]] = {}
    for operation in dict.fromkeys(result.operation for result in results):
        for record in history.trials(operation):
            context = record.context
            if (
                context.machine_class != session.machine.machine_class
                or record.pattern.session_id == session.session_id
                or context.created_at >= session.started_ms
                or context.status != "finished"
                or not record.pattern.success
            ):
                continue
            key = context.test_id or "", context.fixture_id or "", context.variant
            found.setdefault(key, []).append(record)
    return found


def _series(
    test: str,
    place: str,
    trial: TrialSummary,
    stats: VariantStats,
    measured: SessionResult,
    earlier: Mapping[Key, Sequence[PatternRecord]],
) -> Iterable[PastSeries]:
    records = earlier.get((trial.test_id, trial.repo_id, trial.variant), ())
    for metric in METRICS:
        now = stats.time_ms if metric == "time_ms" else stats.memory_bytes
        if now is None or now.median is None or now.median <= 0:
            continue
        points = [
            PastPoint(
                record.context.created_at,
                value,
                record.context.round or 0,
                record.context.vcs_version,
                record.context.run_id or "",
            )
            for record in records
            if (value := _value(record, metric)) is not None
        ]
        session = measured.session
        version = session.versions.get(get_vcs(trial.vcs_type).tools[0])
        points.append(
            PastPoint(session.started_ms, now.median, now.valid_samples, version, trial.run_id)
        )
        yield PastSeries(
            test=test,
            test_id=trial.test_id,
            operation=trial.operation,
            vcs_type=trial.vcs_type,
            variant=trial.variant,
            repository=place,
            repo_id=trial.repo_id,
            metric=metric,
            points=tuple(points),
        )


def _value(record: PatternRecord, metric: Metric) -> float | None:
    """Return a trial's median, None where it has none that is above 0."""
    if metric == "time_ms":
        value = record.pattern.latency_ms
    else:
        peak = memory_peak_mib(record.pattern.output)
        value = None if peak is None else peak * MIB
    return value if value is not None and value > 0 else None


def memory_peak_mib(output: str) -> float | None:
    """Return the peak that a pattern's output tells."""
    found = json.loads(output).get("memoryPeak")
    return float(found) if isinstance(found, int | float) else None
