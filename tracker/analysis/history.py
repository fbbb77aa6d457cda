"""A session against earlier ones on the same machine class."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from patterns.learning.trend_analysis import AnalysedSeries, analyse
from patterns.statistics.arrays import FloatArray
from patterns.statistics.multiplicity import benjamini_hochberg
from patterns.statistics.session_change import (
    LOOK_BACK,
    SessionNoise,
    Severity,
    changes,
    noise_of,
    session_noise,
    severity,
)
from tracker.models import Improvement, ProcessedResult, Regression, TrendData
from tracker.models.config import Analysis
from tracker.models.report import Historical, TrendChange, TrendCourse, TrendPoint

Metric = Literal["time_ms", "memory_bytes"]

SEVERE: Mapping[Severity, Literal["minor", "moderate", "major"]] = {
    "minor": "minor",
    "moderate": "moderate",
    "severe": "major",
}
"""An improvement's word for what is severe in a regression."""


@dataclass(frozen=True)
class PastPoint:
    """One session's value of a series."""

    timestamp: int
    """Unix ms."""
    value: float
    n: int
    version: str | None
    run_id: str


@dataclass(frozen=True)
class PastSeries:
    """One test on one repository with one variant: earlier sessions', then this one's value."""

    test: str
    """As the report calls it."""
    test_id: str
    operation: str
    vcs_type: str
    variant: str
    repository: str
    repo_id: str
    metric: Metric
    points: tuple[PastPoint, ...]
    """Oldest first; the last one is this session's."""

    @property
    def logs(self) -> FloatArray:
        """Return the logarithms of the values."""
        return np.log([point.value for point in self.points])


def historical(
    series: Sequence[PastSeries], settings: Analysis, *, previous_reports: Sequence[str]
) -> Historical:
    """Return the trends, and what changed beyond the noise between sessions.

    Parameters
    ----------
    series : sequence of PastSeries
        Of one machine class, each with this session's value last.
    settings : Analysis
        Limits of severity, significance of the list (Benjamini-Hochberg), level of intervals.
    """
    again = [one for one in series if len(one.points) > 1]
    changed = {metric: _changed(again, metric, settings) for metric in ("time_ms", "memory_bytes")}
    both = [one for found in changed.values() for one in found]
    noise = _pooled(again, "time_ms")
    analysed = [_analysed(one) for one in again]
    return Historical(
        previous_reports=tuple(previous_reports),
        trends_over_time=tuple(_trend_data(*pair) for pair in zip(again, analysed, strict=True)),
        courses=tuple(_course(*pair) for pair in zip(again, analysed, strict=True)),
        regressions=tuple(one for one in both if isinstance(one, Regression)),
        improvements=tuple(one for one in both if isinstance(one, Improvement)),
        sessions=max((len(one.points) - 1 for one in again), default=0),
        noise_floor=noise.floor_percent if noise else None,
        reason=_reason(again, noise),
    )


def _reason(again: Sequence[PastSeries], noise: SessionNoise | None) -> str | None:
    if not again:
        return "no earlier session measured these tests on this machine class"
    if noise is None:
        return (
            f"{len(again)} series were measured before: too few to know the noise between sessions"
        )
    return None


def _pooled(series: Sequence[PastSeries], metric: Metric) -> SessionNoise | None:
    """Return the noise of all series: of earlier sessions, with this one while they are few."""
    every = [changes(one.logs) for one in series if one.metric == metric]
    earlier = [found[:-1] for found in every]
    enough = sum(found.size for found in earlier) >= len(every)
    return session_noise(earlier if enough and every else every)


def _changed(
    series: Sequence[PastSeries], metric: Metric, settings: Analysis
) -> list[Regression | Improvement]:
    known = [one for one in series if one.metric == metric]
    pooled = _pooled(known, metric)
    found = [changes(one.logs) for one in known]
    noises = [noise_of(steps[:-1], pooled) for steps in found]
    p_values = [
        None if noise is None else noise.p_value(float(steps[-1]))
        for steps, noise in zip(found, noises, strict=True)
    ]
    adjusted = benjamini_hochberg(p_values)
    return [
        _change(one, float(steps[-1]), noise, p, grade)
        for one, steps, noise, p in zip(known, found, noises, adjusted, strict=True)
        if noise is not None
        and p is not None
        and p < settings.statistical_significance
        and (grade := severity(float(steps[-1]), noise, settings.regression_limits))
    ]


def _change(
    one: PastSeries, log_ratio: float, noise: SessionNoise, p: float, grade: Severity
) -> Regression | Improvement:
    now, before = one.points[-1], one.points[-1 - LOOK_BACK : -1]
    previous = now.value / math.exp(log_ratio)
    shared = {
        "test": one.test,
        "previous_value": previous,
        "current_value": now.value,
        "variant": one.variant,
        "repository": one.repository,
        "metric": one.metric,
        "noise_floor": noise.floor_percent,
        "p_adjusted": p,
        "n": len(before),
        "previous_version": before[-1].version,
        "current_version": now.version,
        "runs": (*(point.run_id for point in before), now.run_id),
    }
    percent = 100.0 * abs(now.value - previous) / previous
    if log_ratio > 0:
        return Regression.model_validate({**shared, "degradation": percent, "severity": grade})
    return Improvement.model_validate(
        {**shared, "improvement": percent, "significance": SEVERE[grade]}
    )


def _trend_data(one: PastSeries, found: AnalysedSeries) -> TrendData:
    return TrendData(
        operation=one.operation,
        vcs_type=one.vcs_type,
        variant=one.variant,
        metric=one.metric,
        points=tuple(
            TrendPoint(timestamp=point.timestamp, value=point.value, n=point.n)
            for point in one.points
        ),
        analysis=found.analysis,
    )


def _course(one: PastSeries, found: AnalysedSeries) -> TrendCourse:
    return TrendCourse(
        test=one.test,
        repo_id=one.repo_id,
        versions=tuple(point.version for point in one.points),
        change_points=tuple(
            TrendChange(
                timestamp=one.points[step.index].timestamp,
                level=step.level.value,
                before=step.before,
                after=step.after,
            )
            for step in found.change_points
        ),
    )


def _analysed(one: PastSeries) -> AnalysedSeries:
    return analyse(
        [float(point.timestamp) for point in one.points], [point.value for point in one.points]
    )


def with_history(
    results: Sequence[ProcessedResult], series: Sequence[PastSeries]
) -> tuple[ProcessedResult, ...]:
    """Return the results with the trend of their leader's time over the sessions."""
    known = {
        (one.test_id, one.repo_id, one.variant): one
        for one in series
        if one.metric == "time_ms" and len(one.points) > 1
    }
    return tuple(_with_trend(result, known) for result in results)


def _with_trend(
    result: ProcessedResult, known: Mapping[tuple[str, str, str], PastSeries]
) -> ProcessedResult:
    leader = result.insights.winner or next(iter(result.leaders), None)
    found = known.get((result.test_id, result.repo_id, leader or ""))
    if found is None:
        return result
    learning = result.learning.model_copy(
        update={"historical_comparison": _analysed(found).analysis}
    )
    return result.model_copy(update={"learning": learning})
