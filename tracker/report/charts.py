"""The specification's three charts as data that Plotly accepts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tracker.models import (
    ChartData,
    PerformanceStats,
    ProcessedResult,
    RepositoryFixture,
    repository_names,
    task_names,
)
from tracker.models.report import Charts, OperationGrowth
from tracker.report.names import colour, plain, symbol

MIB = 2**20

ROW_PX = 30
"""Height of one test in a horizontal chart: three markers, and a label one can read."""

MOST_DRAWN = 60
"""Tests in a chart: more rows are a wall, not a picture."""

FRAME_PX = 120
"""Height of title, axis and legend."""

Read = Callable[[ProcessedResult, str], PerformanceStats | None]


def charts(
    results: Sequence[ProcessedResult],
    fixtures: Mapping[str, RepositoryFixture],
    growth: Sequence[OperationGrowth] = (),
) -> Charts:
    """Return the charts of a session.

    Parameters
    ----------
    results : sequence of ProcessedResult
        Every test.
    fixtures : mapping from repoId to RepositoryFixture
        Where the number of files of each repository comes from.
    growth : sequence of OperationGrowth
        The fitted lines.
    """
    names = variant_names(results)
    drawn = _most_different(results)
    shown_of = f", {len(drawn)} of {len(results)} tests" if len(drawn) < len(results) else ""
    found = Charts(
        performance_comparison=_performance(drawn, names),
        memory_usage=_memory(drawn, names),
        scalability=_scalability(results, names, fixtures, growth),
    )
    return found.model_copy(
        update={
            key: chart.model_copy(update={"title": f"{chart.title}{shown_of}"})
            for key, chart in (
                ("performance_comparison", found.performance_comparison),
                ("memory_usage", found.memory_usage),
            )
        }
    )


def _most_different(results: Sequence[ProcessedResult]) -> Sequence[ProcessedResult]:
    """Return the tests whose variants lie furthest apart, in the order of the report."""
    if len(results) <= MOST_DRAWN:
        return results

    def apart(result: ProcessedResult) -> float:
        medians = [one.time_ms.median for one in result.variants.values() if one.time_ms.median]
        return max(medians) / min(medians) if medians else 0.0

    ranked = sorted(range(len(results)), key=lambda place: -apart(results[place]))
    return [results[place] for place in sorted(ranked[:MOST_DRAWN])]


def variant_names(results: Sequence[ProcessedResult]) -> list[str]:
    """Return every variant of a session, the order that of its first appearance."""
    return list(dict.fromkeys(name for result in results for name in result.variants))


def labels(results: Sequence[ProcessedResult]) -> list[str]:
    """Return what each test is called on an axis."""
    tasks, places = task_names(results), repository_names(results)
    several = len(set(places)) > 1
    return [
        f"{task} · {place}" if several else task for task, place in zip(tasks, places, strict=True)
    ]


def shown(text: str) -> str:
    """Return text that Plotly, which knows a little HTML, shows as it is."""
    return plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _spread(stats: Sequence[PerformanceStats], unit: float) -> dict[str, Any]:
    """Return error bars from the lower to the upper quartile."""

    def distances(low: bool) -> list[float | None]:
        return [
            None
            if one.median is None or one.percentiles.p25 is None or one.percentiles.p75 is None
            else (one.median - one.percentiles.p25 if low else one.percentiles.p75 - one.median)
            / unit
            for one in stats
        ]

    return {
        "type": "data",
        "symmetric": False,
        "array": distances(low=False),
        "arrayminus": distances(low=True),
    }


def _trace(
    results: Sequence[ProcessedResult], name: str, names: Sequence[str], read: Read, unit: float
) -> dict[str, Any]:
    """Return one variant's medians, a test a row."""
    measured = [
        (label, stats, stats.median)
        for label, result in zip(labels(results), results, strict=True)
        if (stats := read(result, name)) is not None and stats.median is not None
    ]
    return {
        "name": shown(name),
        "orientation": "h",
        "x": [median / unit for _, _, median in measured],
        "y": [shown(label) for label, _, _ in measured],
        "error_x": _spread([stats for _, stats, _ in measured], unit),
        "customdata": [stats.valid_samples for _, stats, _ in measured],
        "marker": {"color": colour(name, names), "symbol": symbol(name, names)},
    }


def _performance(results: Sequence[ProcessedResult], names: Sequence[str]) -> ChartData:
    """Return points, not bars: a bar has no honest foot on a logarithmic axis."""
    data = [
        _trace(results, name, names, _time, 1.0)
        | {
            "type": "scatter",
            "mode": "markers",
            "hovertemplate": "%{y}: %{x:.3g} ms (n = %{customdata})",
        }
        for name in names
    ]
    for trace in data:
        trace["marker"]["size"] = 9
    layout = _layout(results, "median wall time, ms (logarithmic)", log=True)
    layout["scattermode"] = "group"
    return ChartData(type="scatter", title="Median time by test", data=data, layout=layout)


def _memory(results: Sequence[ProcessedResult], names: Sequence[str]) -> ChartData:
    data = [
        _trace(results, name, names, _peak, MIB)
        | {"type": "bar", "hovertemplate": "%{y}: %{x:.3g} MiB (n = %{customdata})"}
        for name in names
    ]
    for trace in data:
        trace["marker"] = {"color": trace["marker"]["color"]}
    layout = _layout(results, "median peak memory, MiB", log=False)
    layout["barmode"] = "group"
    return ChartData(
        type="bar", title="Peak memory of the largest process", data=data, layout=layout
    )


def _time(result: ProcessedResult, variant: str) -> PerformanceStats | None:
    found = result.variants.get(variant)
    return found.time_ms if found else None


def _peak(result: ProcessedResult, variant: str) -> PerformanceStats | None:
    found = result.variants.get(variant)
    return found.memory_bytes if found else None


def _scalability(
    results: Sequence[ProcessedResult],
    names: Sequence[str],
    fixtures: Mapping[str, RepositoryFixture],
    growth: Sequence[OperationGrowth],
) -> ChartData:
    series: dict[tuple[str, str, str, str], list[tuple[int, float]]] = {}
    for task, result in zip(task_names(results), results, strict=True):
        fixture = fixtures.get(result.repo_id)
        for name, stats in result.variants.items():
            if fixture is not None and stats.time_ms.median is not None:
                point = (fixture.metadata.files, stats.time_ms.median)
                key = task, result.test_suite, result.test_id, name
                series.setdefault(key, []).append(point)
    fitted = {(one.test_suite, one.test_id, one.variant): one for one in growth}
    steepest = sorted(
        (key for key, points in series.items() if len(points) > 1 or not fitted),
        key=lambda key: -(fitted[key[1:]].exponent if key[1:] in fitted else 0.0),
    )[: 2 * MOST_DRAWN]
    data = [
        trace
        for key in series
        if key in set(steepest)
        for trace in _growing(key[0], key[3], sorted(series[key]), names, fitted.get(key[1:]))
    ]
    layout = {
        "height": 480,
        "xaxis": {
            "type": "log",
            "dtick": "D2",
            "tickformat": "~s",
            "title": {"text": "files in the repository (logarithmic)"},
        },
        "yaxis": {
            "type": "log",
            "tickformat": "~g",
            "title": {"text": "median wall time, ms (logarithmic)"},
        },
        "margin": {"t": 10, "r": 10},
    }
    return ChartData(type="scatter", title="Time by repository size", data=data, layout=layout)


def _growing(
    task: str,
    name: str,
    points: Sequence[tuple[int, float]],
    names: Sequence[str],
    fitted: OperationGrowth | None,
) -> list[dict[str, Any]]:
    """Return a variant's medians and, dotted, the power law fitted to its rounds."""
    drawn = {"color": colour(name, names), "width": 1}
    label = f"{task} · {name}"
    if fitted is not None:
        spread = (
            f" [{fitted.interval[0]:.2f} to {fitted.interval[1]:.2f}]" if fitted.interval else ""
        )
        label = f"{label}: files^{fitted.exponent:.2f}{spread}, n = {fitted.n}"
    medians = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": shown(label),
        "legendgroup": shown(name),
        "x": [files for files, _ in points],
        "y": [median for _, median in points],
        "marker": {"color": colour(name, names), "symbol": symbol(name, names)},
        "line": drawn,
        "hovertemplate": "%{x} files: %{y:.3g} ms",
    }
    if fitted is None or len(points) <= 2:  # noqa: PLR2004  two points lie on their line
        return [medians]
    ends = [points[0][0], points[-1][0]]
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": shown(label),
        "legendgroup": shown(name),
        "showlegend": False,
        "hoverinfo": "skip",
        "x": ends,
        "y": [fitted.factor * files**fitted.exponent for files in ends],
        "line": {**drawn, "dash": "dot"},
    }
    return [medians, line]


def _layout(results: Sequence[ProcessedResult], title: str, *, log: bool) -> dict[str, Any]:
    tests = [shown(label) for label in labels(results)]
    return {
        "height": ROW_PX * len(tests) + FRAME_PX,
        "xaxis": {
            "type": "log" if log else "linear",
            "title": {"text": title},
            "rangemode": "normal" if log else "tozero",
            "automargin": True,
            **({"dtick": "D2", "tickformat": "~g"} if log else {}),
        },
        "yaxis": {
            "automargin": True,
            "autorange": "reversed",
            "type": "category",
            "categoryorder": "array",
            "categoryarray": tests,
        },
        "legend": {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        "margin": {"t": 10, "r": 10, "l": 10, "b": 10},
    }
