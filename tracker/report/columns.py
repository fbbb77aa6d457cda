"""The results of a large session as columns, which the page draws rows and details of on demand.

A result is some eight kilobytes of HTML; as numbers of four digits, packed, it is two hundred
bytes. A small page has its rows written out, so that it reads without scripts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tracker.models import (
    ComparisonMetrics,
    ProcessedResult,
    TrialSummary,
    repository_names,
    task_names,
)
from tracker.models.results import VariantStats
from tracker.report.charts import variant_names
from tracker.report.names import colour, plain, symbol

MOST_WRITTEN = 200
"""Results that are written out as HTML; further ones are columns alone."""

MIB = 2**20

Number = float | None


def columns(
    results: Sequence[ProcessedResult],
    trials: Sequence[TrialSummary],
    points: Sequence[list[dict[str, Any]]],
) -> dict[str, Any]:
    """Return results as columns, one entry for each result in the order of the report.

    Parameters
    ----------
    results, trials : sequences
        What was judged, and the runs behind it.
    points : sequence
        Every iteration of each result, as the page draws them.
    """
    names = variant_names(results)
    runs = {(one.suite_id, one.test_id, one.repo_id, one.variant): one for one in trials}
    places = repository_names(results)
    known_places = list(dict.fromkeys(places))
    pairs = [result.pairs() for result in results]
    pair_names = list(dict.fromkeys(key for each in pairs for key in each))
    return {
        "task": [plain(task) for task in task_names(results)],
        "title": [plain(result.test_name) for result in results],
        "place": [known_places.index(place) for place in places],
        "places": [plain(place) for place in known_places],
        "finding": [plain(result.finding or "nothing to compare") for result in results],
        "notes": {
            str(place): [plain(note) for note in result.notes]
            for place, result in enumerate(results)
            if result.notes
        },
        "success": [_short(min(result.success_rates.values(), default=None)) for result in results],
        "variants": [_variant(name, names, results, runs) for name in names],
        "pairs": [_pair(key, [each.get(key) for each in pairs]) for key in pair_names],
        "points": {str(place): found for place, found in enumerate(points) if found},
    }


def _short(value: Number) -> Number:
    """Return four digits: what is shown has three."""
    return None if value is None else float(f"{value:.4g}")


def _column(values: Iterable[Any], read: Callable[[Any], Number]) -> list[Number]:
    return [None if value is None else _short(read(value)) for value in values]


def _variant(
    name: str,
    names: Sequence[str],
    results: Sequence[ProcessedResult],
    runs: Mapping[tuple[str, str, str, str], TrialSummary],
) -> dict[str, Any]:
    stats = [result.variants.get(name) for result in results]
    read: dict[str, Callable[[VariantStats], Number]] = {
        "median": lambda one: one.time_ms.median,
        "p25": lambda one: one.time_ms.percentiles.p25,
        "p75": lambda one: one.time_ms.percentiles.p75,
        "low": lambda one: one.time_ms.range[0] if one.time_ms.range else None,
        "high": lambda one: one.time_ms.range[1] if one.time_ms.range else None,
        "spread": _spread,
        "cpu": lambda one: one.cpu_ms.median if one.cpu_ms else None,
        "memory": _mebibytes,
        "n": lambda one: one.time_ms.valid_samples,
        "size": lambda one: one.time_ms.sample_size,
        "outliers": lambda one: len(one.time_ms.outliers),
        "bimodal": lambda one: 1.0 if one.time_ms.bimodal else 0.0,
    }
    trials = [
        runs.get((result.test_suite, result.test_id, result.repo_id, name)) for result in results
    ]
    return {
        "name": plain(name),
        "color": colour(name, names),
        "symbol": symbol(name, names),
        "leads": [int(result.leads(name)) for result in results],
        "success": [_short(result.success_rates.get(name)) for result in results],
        "run": [trial.run_id if trial else None for trial in trials],
        "status": [trial.status if trial else None for trial in trials],
        **{key: _column(stats, function) for key, function in read.items()},
    }


def _spread(stats: VariantStats) -> Number:
    time = stats.time_ms
    return 100.0 * time.std_dev / time.mean if time.std_dev is not None and time.mean else None


def _mebibytes(stats: VariantStats) -> Number:
    found = stats.memory_bytes
    return found.median / MIB if found and found.median is not None else None


def _pair(key: tuple[str, str], metrics: Sequence[ComparisonMetrics | None]) -> dict[str, Any]:
    read: dict[str, Callable[[ComparisonMetrics], Number]] = {
        "ratio": lambda one: one.speedup_factor,
        "low": lambda one: _end(one.statistical.confidence_interval, 0),
        "high": lambda one: _end(one.statistical.confidence_interval, 1),
        "n": lambda one: one.n,
        "p": lambda one: one.p_adjusted,
        "d": lambda one: one.statistical.effect_size,
        "delta": lambda one: one.cliffs_delta,
        "memory": lambda one: one.memory_ratio,
        "detectable": lambda one: one.smallest_detectable,
        "power": lambda one: one.statistical.power,
        "cpu": lambda one: one.cpu.ratio if one.cpu else None,
    }
    return {
        "candidate": plain(key[0]),
        "baseline": plain(key[1]),
        "verdict": [one.verdict if one else None for one in metrics],
        "reason": [one.reason if one else None for one in metrics],
        **{name: _column(metrics, function) for name, function in read.items()},
    }


def _end(interval: tuple[float, float] | None, place: int) -> Number:
    return interval[place] if interval else None
