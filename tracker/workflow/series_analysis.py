"""Trends of stored histories: what `tracker trends show` and a report tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from patterns.learning.series import SeriesError
from patterns.learning.trend_analysis import AnalysedSeries, analyse
from patterns.store import PatternStore
from tracker.config import InputError
from tracker.models.report import TrendData, TrendPoint
from tracker.workflow.history import open_store
from tracker.workflow.imported_history import imported_series
from tracker.workflow.series_history import METRICS, HistorySeries, stored_series
from tracker.workflow.workspace import open_workspace

FEWEST_POINTS = 2


@dataclass(frozen=True)
class ShownTrend:
    """A series, what is said of it, and the value a report holds."""

    series: HistorySeries
    analysed: AnalysedSeries

    @property
    def data(self) -> TrendData:
        """Return the specification's value."""
        return trend_data(self.series, self.analysed)

    def as_json(self) -> dict[str, Any]:
        """Return the specification's value with what tells the series from others."""
        key = self.series.key
        return {
            **self.data.model_dump(mode="json", by_alias=True),
            "test": key.test,
            "repository": key.repository,
            "machineClass": key.machine_class,
            "unit": key.unit,
            "source": key.source,
            "versions": [point.version for point in self.series.points],
            "changePoints": [
                {
                    "timestamp": self.series.points[point.index].timestamp_ms,
                    "level": point.level.value,
                    "before": point.before,
                    "after": point.after,
                }
                for point in self.analysed.change_points
            ],
        }


def trends_over_time(
    store: PatternStore,
    *,
    operations: Sequence[str] | None = None,
    machine_class: str | None = None,
    metrics: Sequence[str] = ("time",),
    fewest: int = FEWEST_POINTS,
) -> tuple[TrendData, ...]:
    """Return the trends a report tells: of series with `fewest` points or more.

    Parameters
    ----------
    store : PatternStore
        Read only.
    operations : sequence of str, optional
        Only these; all by default.
    machine_class : str, optional
        Only what was measured on this class.
    """
    return tuple(
        trend_data(one, analyse(one.times, one.values))
        for one in stored_series(store, metrics=metrics)
        if len(one.points) >= fewest
        and (operations is None or one.key.operation in operations)
        and machine_class in (None, one.key.machine_class)
    )


def show_trends(
    project: Path | None, operation: str, *, variant: str | None, metric: str
) -> tuple[ShownTrend, ...]:
    """Return the trends of an operation, test or imported benchmark.

    Raises
    ------
    InputError
        Where nothing of that name is stored, or no series of it has two points.
    """
    workspace = open_workspace(project)
    imported = imported_series(workspace.project) if variant is None else ()
    known_metrics = {*METRICS, *(one.key.metric for one in imported)}
    if metric not in known_metrics:
        raise InputError.single(
            "--metric", f"{metric} is unknown", advice=f"Choose {', '.join(sorted(known_metrics))}."
        )
    with open_store(workspace) as store:
        own = stored_series(store, variant=variant, metrics=(metric,)) if metric in METRICS else ()
    everything = (*own, *(one for one in imported if one.key.metric == metric))
    found = [one for one in everything if operation in (one.key.operation, one.key.test)]
    if not found:
        known = sorted({one.key.operation for one in everything})
        raise InputError.single(
            operation,
            "has no history",
            advice=f"There are {', '.join(known)}." if known else "Measure it with: tracker run",
        )
    long_enough = [one for one in found if len(one.points) >= FEWEST_POINTS]
    if not long_enough:
        raise InputError.single(
            operation, "has one point: a trend needs two", advice="Measure it again: tracker run"
        )
    return tuple(_shown(one) for one in long_enough)


def trend_data(series: HistorySeries, analysed: AnalysedSeries) -> TrendData:
    """Return a series with its analysis as the specification has it."""
    return TrendData(
        operation=series.key.operation,
        vcs_type=series.key.vcs_type,
        variant=series.key.variant,
        metric=series.key.metric,
        points=tuple(
            TrendPoint(timestamp=point.timestamp_ms, value=point.value, n=point.n)
            for point in series.points
        ),
        analysis=analysed.analysis,
    )


def _shown(series: HistorySeries) -> ShownTrend:
    try:
        analysed = analyse(
            series.times, series.values, higher_is_better=series.key.higher_is_better
        )
    except SeriesError as error:
        raise InputError.single(series.key.name, error.message, advice=error.advice) from error
    return ShownTrend(series, analysed)
