"""Where a series goes: its trend since it last changed its level, and its next value."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from patterns.learning.change_points import ChangePoint, inspect
from patterns.learning.forecasting.next_value import NextValue, next_value
from patterns.learning.series import SeriesError, require_order, require_points
from patterns.models.learning import Forecast, TrendAnalysis
from patterns.statistics.trend import FEWEST_POINTS, Trend, find_trend

FEWEST_SHOWN = 2
"""One point has no course."""


@dataclass(frozen=True, slots=True)
class AnalysedSeries:
    """A series' trend and its changes of level."""

    analysis: TrendAnalysis
    change_points: tuple[ChangePoint, ...]
    drifts: tuple[int, ...]
    """Positions where levels differ but a smooth course explains it as well."""
    since: int
    """First point of the level the trend is told of."""


def analyse(
    timestamps_ms: Sequence[float], values: Sequence[float], *, higher_is_better: bool = False
) -> AnalysedSeries:
    """Return where a series goes.

    Parameters
    ----------
    timestamps_ms : sequence of float, shape (n,)
        Unix milliseconds, in time order; points of one instant are allowed.
    values : sequence of float, shape (n,)
        Finite.
    higher_is_better : bool
        True for reward and throughput.

    Raises
    ------
    SeriesError
        For values that are not finite, a single point, or times that go back.

    Notes
    -----
    A step is no trend: the slope is that of the points since the last confirmed change of
    level where these are ten or more, and `reason` says so. Below ten points, or where every
    value is the same, there is no direction and `reason` says why.
    """
    require_points(len(values), FEWEST_SHOWN, "a trend")
    for at, value in enumerate(values):
        if not np.isfinite(value):
            raise SeriesError(
                "a value is not finite",
                advice="Leave out points without a measurement.",
                position=at,
            )
    require_order(timestamps_ms, repeats=True)
    course = inspect(values)
    confirmed = [point.index for point in course.change_points if point.level == "confirmed"]
    since = confirmed[-1] if confirmed and len(values) - confirmed[-1] >= FEWEST_POINTS else 0
    level_values = values[since:]
    constant = float(np.ptp(np.asarray(values, dtype=np.float64))) == 0
    trend = None
    if not constant:
        trend = find_trend(timestamps_ms[since:], level_values, higher_is_better=higher_is_better)
    # Without ten points since the change, the forecast still starts at the change.
    start = confirmed[-1] if confirmed else 0
    expected = next_value(values[start:])
    analysis = TrendAnalysis(
        direction=trend.direction.value if trend and trend.direction else None,
        slope=trend.slope_per_day if trend else None,
        r2=trend.r2 if trend else None,
        forecast=_forecast(expected),
        slope_interval=_interval(trend),
        n=len(level_values),
        reason=_reason(len(level_values), since, trend, constant=constant, drifts=course.drifts),
    )
    return AnalysedSeries(analysis, course.change_points, course.drifts, since)


def _forecast(expected: NextValue | None) -> Forecast:
    if expected is None:
        return Forecast(next_value=None, confidence=None)
    interval = None
    if expected.low is not None and expected.high is not None:
        interval = (expected.low, expected.high)
    return Forecast(next_value=expected.predicted, confidence=expected.level, interval=interval)


def _interval(trend: Trend | None) -> tuple[float, float] | None:
    if trend is None or trend.low_per_day is None or trend.high_per_day is None:
        return None
    return trend.low_per_day, trend.high_per_day


def _reason(
    n: int, since: int, trend: Trend | None, *, constant: bool, drifts: tuple[int, ...]
) -> str | None:
    if constant:
        return "every value is the same"
    if trend is None:
        return f"{n} points in time: a trend needs {FEWEST_POINTS}"
    if trend.direction is None:
        return "too few independent points bound the slope"
    told = []
    if since:
        told.append(f"since the change of level at point {since + 1}")
    if drifts:
        told.append("drifts or wanders: what changed is no step")
    return "; ".join(told) or None
