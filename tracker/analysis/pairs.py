"""Every pair of variants of a session compared, and judged as one family a metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from patterns.statistics.comparison import compare
from patterns.statistics.verdict import Comparison, judge
from tracker.analysis.findings import factor
from tracker.analysis.samples import GroupSamples
from tracker.models import ComparisonMetrics, VcsType
from tracker.models.config import Analysis
from tracker.models.results import MetricVerdict, PracticalComparison, StatisticalComparison

PRACTICAL_THRESHOLD_PERCENT = 2.0
"""The smallest difference that matters: nobody notices less, and 30 rounds on a quiet machine
resolve about as much (docs/METHODOLOGY.md)."""

RANK = {VcsType.JUJUTSU: 0, VcsType.GIT: 1, VcsType.GIT_WORKTREES: 2}
"""The specification's pairs: jj against git, jj against worktrees, git against worktrees."""


@dataclass(frozen=True)
class Pair:
    """A candidate against its baseline in one group."""

    group: int
    candidate: str
    baseline: str


@dataclass(frozen=True)
class JudgedPair:
    """A pair with what wall and CPU time say of it."""

    pair: Pair
    wall: Comparison
    cpu: Comparison


def declared_pairs(groups: Sequence[GroupSamples]) -> tuple[Pair, ...]:
    """Return every pair of variants of every group, the specification's order first."""
    return tuple(
        Pair(number, *pair)
        for number, samples in enumerate(groups)
        for pair in combinations(sorted(samples.variants, key=_rank), 2)
    )


def judge_pairs(groups: Sequence[GroupSamples], settings: Analysis) -> tuple[JudgedPair, ...]:
    """Compare all pairs; Holm's family is one report × one metric × the declared pairs.

    Parameters
    ----------
    groups : sequence of GroupSamples
        All groups of a session.
    settings : Analysis
        `statisticalSignificance` is the family's error rate, `confidenceLevel` that of
        every interval.
    """
    pairs = declared_pairs(groups)
    by_metric = {
        metric: judge(
            [_compare(groups[pair.group], pair, metric, settings) for pair in pairs],
            settings.statistical_significance,
            PRACTICAL_THRESHOLD_PERCENT,
        )
        for metric in ("time_ms", "cpu_ms")
    }
    return tuple(
        JudgedPair(pair, wall, cpu)
        for pair, wall, cpu in zip(pairs, by_metric["time_ms"], by_metric["cpu_ms"], strict=True)
    )


def comparison_metrics(judged: JudgedPair, samples: GroupSamples) -> ComparisonMetrics:
    """Return a judged pair in the specification's form."""
    wall = judged.wall
    return ComparisonMetrics(
        speedup_factor=wall.ratio,
        memory_ratio=_inverse(_median_ratio(samples, judged.pair, "memory_bytes")),
        io_efficiency=_inverse(_median_ratio(samples, judged.pair, "io_density")),
        statistical=StatisticalComparison(
            significant=wall.significant,
            p_value=wall.p_value,
            confidence_interval=_interval(wall),
            effect_size=wall.effect_size,
            power=wall.power,
        ),
        practical=PracticalComparison(
            absolute_difference=wall.absolute_difference,
            relative_difference=wall.relative_difference_percent,
            threshold=wall.threshold_percent,
            meaningful=wall.meaningful,
        ),
        verdict=wall.verdict.value if wall.verdict else "unresolved",
        reason=wall.reason,
        n=wall.n,
        paired=wall.paired,
        ratio_of_medians=wall.ratio_of_medians,
        p_adjusted=wall.p_adjusted,
        cliffs_delta=wall.cliffs_delta,
        smallest_detectable=wall.smallest_detectable_percent,
        cpu=_cpu_verdict(judged.cpu),
        io_ratio=_inverse(_median_ratio(samples, judged.pair, "io_ops")),
        disk_ratio=_inverse(_median_ratio(samples, judged.pair, "disk_bytes")),
    )


def disagreement(judged: JudgedPair) -> str | None:
    """Say where wall and CPU time lead to different decisions, or None."""
    wall, cpu = judged.wall, judged.cpu
    if wall.verdict is None or not cpu.significant or not wall.ratio or not cpu.ratio:
        return None
    sides = judged.pair.candidate, judged.pair.baseline
    cheaper, dearer = sides if cpu.ratio > 1 else sides[::-1]
    times = factor(max(cpu.ratio, 1 / cpu.ratio))
    if not wall.significant:
        same = "no measurable difference in wall time"
        return (
            f"{same}, but {cheaper} uses {times}× less CPU than {dearer}"
            if cpu.meaningful
            else None
        )
    if (wall.ratio > 1) == (cpu.ratio > 1):
        return None
    return f"wall and CPU time disagree: {dearer} ends sooner, {cheaper} uses {times}× less CPU"


def by_variants(judged: Sequence[JudgedPair], group: int) -> Mapping[tuple[str, str], JudgedPair]:
    """Return one group's pairs by (candidate, baseline)."""
    return {
        (one.pair.candidate, one.pair.baseline): one for one in judged if one.pair.group == group
    }


def _rank(variant: str) -> tuple[int, str]:
    system = variant.partition("+")[0]
    known = {name.value: place for name, place in RANK.items()}
    return known.get(system, len(known)), variant


def _compare(samples: GroupSamples, pair: Pair, metric: str, settings: Analysis) -> Comparison:
    return compare(
        samples.column(metric, pair.candidate),
        samples.column(metric, pair.baseline),
        paired=True,
        alpha=settings.statistical_significance,
        confidence=settings.confidence_level,
        threshold_percent=PRACTICAL_THRESHOLD_PERCENT,
    )


def _median_ratio(samples: GroupSamples, pair: Pair, metric: str) -> float | None:
    sides = samples.column(metric, pair.baseline), samples.column(metric, pair.candidate)
    there = [side[np.isfinite(side)] for side in sides]
    if not all(side.size for side in there):
        return None
    baseline, candidate = (float(np.median(side)) for side in there)
    return baseline / candidate if min(baseline, candidate) > 0 else None


def _inverse(ratio: float | None) -> float | None:
    return None if ratio is None else 1.0 / ratio


def _interval(comparison: Comparison) -> tuple[float, float] | None:
    interval = comparison.interval
    return None if interval is None else (interval.low, interval.high)


def _cpu_verdict(cpu: Comparison) -> MetricVerdict:
    return MetricVerdict(
        metric="cpu_ms",
        verdict=cpu.verdict.value if cpu.verdict else "unresolved",
        n=cpu.n,
        ratio=cpu.ratio,
        interval=_interval(cpu),
        p_adjusted=cpu.p_adjusted,
        reason=cpu.reason,
    )
