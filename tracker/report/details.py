"""What the page says of one test: its trials, every pair, and every point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.models import (
    ComparisonMetrics,
    IterationRecord,
    ProcessedResult,
    TrialSummary,
)
from tracker.models.results import VariantStats
from tracker.report.charts import labels, shown, variant_names
from tracker.report.iterations import measured
from tracker.report.names import (
    UNKNOWN,
    bounds,
    colour,
    count,
    mebibytes,
    number,
    percent,
    probability,
    symbol,
    times,
)
from tracker.report.tables import anchor
from tracker.report.words import verdict

PointKey = tuple[str, str, str, str]
"""Suite, test, repository and variant."""


@dataclass(frozen=True)
class TrialRow:
    """One trial in numbers."""

    variant: str
    run_id: str
    status: str
    success: str
    n: str
    median: str
    quartiles: str
    extremes: str
    spread: str
    cpu: str
    memory: str
    outliers: str
    one_off: str


@dataclass(frozen=True)
class PairRow:
    """One pair in numbers."""

    pair: str
    verdict: str
    words: str
    ratio: float | None
    n: str
    p: str
    cpu: str
    memory: str
    effect: str
    detectable: str
    power: str


@dataclass(frozen=True)
class Detail:
    """One test on one repository."""

    anchor: str
    label: str
    title: str
    repository: str
    finding: str
    confidence: str
    notes: tuple[str, ...]
    trials: tuple[TrialRow, ...]
    pairs: tuple[PairRow, ...]
    points: list[dict[str, Any]]


def details(
    results: Sequence[ProcessedResult],
    trials: Sequence[TrialSummary],
    records: Sequence[IterationRecord],
) -> tuple[Detail, ...]:
    """Return a section for each result, in the order of the report."""
    points = _points(records)
    summaries = {(one.suite_id, one.test_id, one.repo_id, one.variant): one for one in trials}
    names = variant_names(results)
    return tuple(
        Detail(
            anchor=anchor(index),
            label=label,
            title=result.test_name,
            repository=result.repo_id,
            finding=result.finding or "nothing to compare",
            confidence=percent(result.insights.confidence),
            notes=result.notes,
            trials=tuple(
                _trial(result, name, summaries.get(_key(result, name))) for name in result.variants
            ),
            pairs=tuple(_pair(*pair, metrics) for pair, metrics in result.pairs().items()),
            points=_series(result, names, points),
        )
        for index, (label, result) in enumerate(zip(labels(results), results, strict=True))
    )


def points_of(
    results: Sequence[ProcessedResult], records: Sequence[IterationRecord]
) -> list[list[dict[str, Any]]]:
    """Return every iteration of each result, as the page draws them."""
    names, found = variant_names(results), _points(records)
    return [_series(result, names, found) for result in results]


def _key(result: ProcessedResult, variant: str) -> PointKey:
    return result.test_suite, result.test_id, result.repo_id, variant


def _points(records: Sequence[IterationRecord]) -> Mapping[PointKey, list[tuple[int, float]]]:
    """Return (round, ms) of every iteration that succeeded, by trial."""
    found: dict[PointKey, list[tuple[int, float]]] = {}
    for record in measured(records):
        raw = record.raw
        if raw.quality.success and raw.execution.duration_ms is not None:
            key = (record.suite_id, raw.test_id, raw.context.repo_id, record.variant)
            found.setdefault(key, []).append((record.round, raw.execution.duration_ms))
    return found


def _series(
    result: ProcessedResult,
    names: Sequence[str],
    points: Mapping[PointKey, list[tuple[int, float]]],
) -> list[dict[str, Any]]:
    """Return the points of each variant, with five digits: more than any clock here has."""
    return [
        {
            "name": shown(name),
            "color": colour(name, names),
            "symbol": symbol(name, names),
            "round": [number for number, _ in sorted(there)],
            "ms": [float(f"{ms:.5g}") for _, ms in sorted(there)],
        }
        for name in result.variants
        if (there := points.get(_key(result, name)))
    ]


def _trial(result: ProcessedResult, name: str, trial: TrialSummary | None) -> TrialRow:
    stats = result.variants[name]
    time = stats.time_ms
    return TrialRow(
        variant=name,
        run_id=trial.run_id if trial else UNKNOWN,
        status=trial.status if trial else UNKNOWN,
        success=percent(result.success_rates.get(name)),
        n=f"{time.valid_samples} of {time.sample_size}",
        median=number(time.median),
        quartiles=f"{number(time.percentiles.p25)}–{number(time.percentiles.p75)}",
        extremes=f"{number(time.range[0])}–{number(time.range[1])}" if time.range else UNKNOWN,
        spread=_spread(stats),
        cpu=number(stats.cpu_ms.median if stats.cpu_ms else None),
        memory=mebibytes(stats.memory_bytes.median if stats.memory_bytes else None),
        outliers=_outliers(stats),
        one_off=number(trial.one_off_ms if trial else None),
    )


def _spread(stats: VariantStats) -> str:
    time = stats.time_ms
    if time.std_dev is None or not time.mean:
        return UNKNOWN
    return f"{number(100 * time.std_dev / time.mean, 2)} %"


def _outliers(stats: VariantStats) -> str:
    found = [number(value) for value in sorted(stats.time_ms.outliers)]
    modes = ["two clusters"] if stats.time_ms.bimodal else []
    listed = [f"{count(len(found), 'outlier')}: {', '.join(found[:5])}"] if found else []
    return "; ".join([*listed, *modes]) or "none"


def _pair(candidate: str, baseline: str, pair: ComparisonMetrics) -> PairRow:
    statistical = pair.statistical
    return PairRow(
        pair=f"{candidate} against {baseline}",
        verdict=pair.verdict,
        words=verdict(candidate, baseline, pair),
        ratio=pair.speedup_factor,
        n=f"{pair.n}" if pair.paired else f"{pair.n}, unpaired",
        p=probability(pair.p_adjusted),
        cpu=_cpu(candidate, baseline, pair),
        memory=times(pair.memory_ratio),
        effect=_effect(pair),
        detectable=(
            UNKNOWN
            if pair.smallest_detectable is None
            else f"{number(pair.smallest_detectable, 2)} %"
        ),
        power=percent(statistical.power),
    )


def _cpu(candidate: str, baseline: str, pair: ComparisonMetrics) -> str:
    cpu = pair.cpu
    if cpu is None or cpu.ratio is None:
        return UNKNOWN
    if cpu.verdict != "different":
        return f"{cpu.verdict} {times(cpu.ratio)} {bounds(cpu.interval)}".strip()
    less, turned = (candidate, cpu) if cpu.ratio > 1 else (baseline, cpu.inverted())
    return f"{less} uses {times(turned.ratio)} less {bounds(turned.interval)}".strip()


def _effect(pair: ComparisonMetrics) -> str:
    d, delta = pair.statistical.effect_size, pair.cliffs_delta
    return f"{number(d, 2)} / {number(delta, 2)}".replace("-", "\N{MINUS SIGN}")
