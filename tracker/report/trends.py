"""The series of earlier sessions as charts: points, changes of level, and the forecast."""

import itertools
from collections.abc import Sequence
from typing import Any

from tracker.models import BenchmarkReport, TrendData
from tracker.models.report import TrendCourse
from tracker.report.charts import shown, variant_names
from tracker.report.names import colour, number, symbol

MOST_DRAWN = 60
"""Series on a page: those that changed first."""

MS_PER_DAY = 86_400_000


def trend_charts(report: BenchmarkReport) -> list[dict[str, Any]]:
    """Return the series of wall time, a chart for each test and repository.

    Those with a regression or an improvement come first. Each has its points, the positions of
    its change points and, where the history is long enough, the band of the next value.
    """
    history = report.historical
    series = [
        (trend, course)
        for trend, course in zip(history.trends_over_time, history.courses, strict=True)
        if trend.metric == "time_ms"
    ]
    moved = {one.test for one in history.regressions} | {one.test for one in history.improvements}
    names = list(
        dict.fromkeys([*variant_names(report.results), *(trend.variant for trend, _ in series)])
    )
    tests: dict[str, list[tuple[TrendData, TrendCourse]]] = {}
    for trend, course in series:
        tests.setdefault(course.test, []).append((trend, course))
    ranked = sorted(tests, key=lambda test: test not in moved)[:MOST_DRAWN]
    return [
        {"title": shown(test), "series": [_series(*one, names) for one in tests[test]]}
        for test in ranked
    ]


def _series(trend: TrendData, course: TrendCourse, names: Sequence[str]) -> dict[str, Any]:
    forecast = trend.analysis.forecast
    stamps = [point.timestamp for point in trend.points]
    return {
        "name": shown(trend.variant),
        "color": colour(trend.variant, names),
        "symbol": symbol(trend.variant, names),
        "x": stamps,
        "y": [float(f"{point.value:.5g}") for point in trend.points],
        "text": [
            shown(f"{version or 'version unknown'}, n = {point.n}")
            for version, point in zip(course.versions, trend.points, strict=True)
        ],
        "changes": [
            {
                "x": change.timestamp,
                "text": f"{change.level}: {number(change.before)} → {number(change.after)} ms",
            }
            for change in course.change_points
        ],
        "forecast": {
            "from": stamps[-1],
            "to": stamps[-1] + _step(stamps),
            "value": forecast.next_value,
            "low": forecast.interval[0],
            "high": forecast.interval[1],
            "level": forecast.confidence,
        }
        if forecast.interval
        else None,
    }


def _step(stamps: Sequence[int]) -> int:
    """Return the usual time between sessions, in ms: how far the band reaches."""
    gaps = sorted(after - before for before, after in itertools.pairwise(stamps))
    return max(gaps[len(gaps) // 2], 1) if gaps else MS_PER_DAY
