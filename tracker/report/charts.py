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
from tracker.models.report import Charts
from tracker.report.names import colour, plain, symbol

MIB = 2**20

ROW_PX = 30
"""Height of one test in a horizontal chart: three markers, and a label one can read."""

FRAME_PX = 120
"""Height of title, axis and legend."""

Read = Callable[[ProcessedResult, str], PerformanceStats | None]


def charts(results: Sequence[ProcessedResult], fixtures: Mapping[str, RepositoryFixture]) -> Charts:
    """Return the charts of a session.

    Parameters
    ----------
    results : sequence of ProcessedResult
        Every test.
    fixtures : mapping from repoId to RepositoryFixture
        Where the number of files of each repository comes from.
    """
    names = variant_names(results)
    return Charts(
        performance_comparison=_performance(results, names),
        memory_usage=_memory(results, names),
        scalability=_scalability(results, names, fixtures),
    )


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
) -> ChartData:
    series: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for task, result in zip(task_names(results), results, strict=True):
        fixture = fixtures.get(result.repo_id)
        for name, stats in result.variants.items():
            if fixture is not None and stats.time_ms.median is not None:
                point = (fixture.metadata.files, stats.time_ms.median)
                series.setdefault((task, name), []).append(point)
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": shown(f"{task} · {name}"),
            "legendgroup": shown(name),
            "x": [files for files, _ in sorted(points)],
            "y": [median for _, median in sorted(points)],
            "marker": {"color": colour(name, names), "symbol": symbol(name, names)},
            "line": {"color": colour(name, names), "width": 1},
            "hovertemplate": "%{x} files: %{y:.3g} ms",
        }
        for (task, name), points in series.items()
    ]
    layout = {
        "height": 480,
        "xaxis": {
            "type": "log",
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
