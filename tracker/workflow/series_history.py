"""The histories of the project: a series for each test, fixture, variant, metric and machine."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from patterns.models import PatternRecord, TrialRow
from patterns.store import PatternStore

OWN = "tracker"
"""Source of what was measured here."""


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """What makes points comparable; points of two machine classes never are."""

    source: str
    test: str
    operation: str
    vcs_type: str
    variant: str
    repository: str
    metric: str
    unit: str
    machine_class: str
    higher_is_better: bool = False
    suite: str = ""
    repo_size: str = ""

    @property
    def name(self) -> str:
        """Return what a mute and a report call it."""
        if self.source == OWN:
            return f"{self.test}/{self.repository}/{self.variant}/{self.metric}"
        return f"{self.test}/{self.metric}"


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One session's value: the median of its `n` successful iterations."""

    timestamp_ms: int
    value: float
    n: int
    origin: str
    """The session or commit it comes from."""
    version: str | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class HistorySeries:
    """A series in time order."""

    key: SeriesKey
    points: tuple[SeriesPoint, ...]

    @property
    def values(self) -> tuple[float, ...]:
        """Return the values, oldest first."""
        return tuple(point.value for point in self.points)

    @property
    def times(self) -> tuple[float, ...]:
        """Return the times in Unix milliseconds."""
        return tuple(float(point.timestamp_ms) for point in self.points)


def _cpu(row: TrialRow) -> float | None:
    if row.cpu_user_ms is None or row.cpu_system_ms is None:
        return None
    return row.cpu_user_ms + row.cpu_system_ms


METRICS: dict[str, tuple[str, Callable[[TrialRow], float | None]]] = {
    "time": ("ms", lambda row: row.execution_time_ms),
    "cpu": ("ms", _cpu),
    "memory": ("bytes", lambda row: row.memory_peak_bytes),
    "disk": ("bytes", lambda row: row.disk_delta_bytes),
}
"""Metric → its unit and where an iteration has it. CPU is user plus system: the split is
sampled by ticks and never compared."""


def stored_series(
    store: PatternStore,
    *,
    operation: str | None = None,
    variant: str | None = None,
    metrics: Sequence[str] = ("time",),
) -> tuple[HistorySeries, ...]:
    """Return the series of what was measured here, by name; failed trials have no point."""
    points: dict[SeriesKey, list[SeriesPoint]] = defaultdict(list)
    for record in store.records(trials=True):
        context = record.context
        wanted = operation in (None, context.operation) and variant in (None, context.variant)
        if not wanted or context.status != "finished" or context.run_id is None:
            continue
        rows = [row for row in store.results(context.run_id) if row.success]
        for metric in metrics:
            point = _point(record, rows, METRICS[metric][1])
            if point is not None:
                points[_key(record, rows[0].suite_id or "", metric)].append(point)
    return tuple(
        HistorySeries(key, tuple(sorted(found, key=lambda point: point.timestamp_ms)))
        for key, found in sorted(points.items(), key=lambda entry: by_name(entry[0]))
    )


def by_name(key: SeriesKey) -> tuple[str, str]:
    """Return what series are ordered by."""
    return key.name, key.machine_class


def _key(record: PatternRecord, suite: str, metric: str) -> SeriesKey:
    context = record.context
    fixture = context.fixture_id or context.repo_size
    return SeriesKey(
        source=OWN,
        test=context.test_id or context.operation,
        operation=context.operation,
        vcs_type=context.vcs_type,
        variant=context.variant,
        repository=fixture,
        metric=metric,
        unit=METRICS[metric][0],
        machine_class=context.machine_class or "unknown",
        suite=suite,
        repo_size=context.repo_size,
    )


def _point(
    record: PatternRecord, rows: Sequence[TrialRow], value_of: Callable[[TrialRow], float | None]
) -> SeriesPoint | None:
    values = [value for row in rows if (value := value_of(row)) is not None]
    if not values:
        return None
    context, pattern = record.context, record.pattern
    return SeriesPoint(
        timestamp_ms=context.created_at,
        value=float(median(values)),
        n=len(values),
        origin=pattern.session_id,
        version=context.vcs_version,
        run_id=context.run_id,
    )
