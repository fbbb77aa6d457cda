"""A session's groups made into ProcessedResults."""

from collections.abc import Mapping, Sequence

import numpy as np

from patterns.statistics.ranking import Ranking, confidence_best, leaders
from tracker.analysis.count_notes import count_notes
from tracker.analysis.findings import finding
from tracker.analysis.measuring_notes import measuring_notes
from tracker.analysis.pairs import (
    JudgedPair,
    by_variants,
    comparison_metrics,
    disagreement,
    judge_pairs,
)
from tracker.analysis.performance import variant_stats
from tracker.analysis.samples import GroupSamples, collect
from tracker.models import GroupResult, PerformanceStats, ProcessedResult, VcsType
from tracker.models.config import Analysis
from tracker.models.results import (
    Insights,
    Learning,
    ResultQuality,
    SystemComparisons,
    VariantComparison,
    VariantStats,
)

THREE_PAIRS = {
    (VcsType.JUJUTSU.value, VcsType.GIT.value): "jj_vs_git",
    (VcsType.JUJUTSU.value, VcsType.GIT_WORKTREES.value): "jj_vs_git_worktrees",
    (VcsType.GIT.value, VcsType.GIT_WORKTREES.value): "git_vs_git_worktrees",
}


def process(
    groups: Sequence[GroupResult], settings: Analysis, *, seed: int
) -> tuple[ProcessedResult, ...]:
    """Judge all groups of a session together.

    Parameters
    ----------
    groups : sequence of GroupResult
        In the order of the report.
    settings : Analysis
        The configuration's `analysis`.
    seed : int
        Of the resamples behind `insights.confidence`.

    Returns
    -------
    results : tuple of ProcessedResult
        One for each group with a trial. Rewards and history are left unknown: they need the memory.
    """
    measured = [group for group in groups if group.fixture is not None and group.trials]
    samples = [collect(group) for group in measured]
    judged = judge_pairs(samples, settings)
    return tuple(
        _result(group, one, by_variants(judged, number), settings, seed)
        for number, (group, one) in enumerate(zip(measured, samples, strict=True))
    )


def _result(
    group: GroupResult,
    samples: GroupSamples,
    judged: Mapping[tuple[str, str], JudgedPair],
    settings: Analysis,
    seed: int,
) -> ProcessedResult:
    stats = {
        variant: variant_stats(samples, variant, mark_outliers=settings.outlier_detection)
        for variant in samples.variants
    }
    metrics = {pair: comparison_metrics(one, samples) for pair, one in judged.items()}
    ranking = leaders(samples.variants, {pair: one.wall for pair, one in judged.items()})
    test = group.group.test
    return ProcessedResult(
        test_suite=group.group.suite_id,
        test_name=test.name,
        operation=test.measured_operation,
        timestamp=_last_timestamp(group),
        jujutsu=_times(stats, VcsType.JUJUTSU),
        git=_times(stats, VcsType.GIT),
        git_worktrees=_times(stats, VcsType.GIT_WORKTREES),
        comparison=SystemComparisons(
            **{name: metrics.get(pair) for pair, name in THREE_PAIRS.items()}
        ),
        quality=_quality(group, stats),
        insights=Insights(winner=ranking.winner, confidence=_confidence(samples, ranking, seed)),
        learning=Learning(reward=None),
        test_id=test.id,
        repo_size=group.group.fixture.size,
        repo_id=group.fixture.id if group.fixture else "",
        variants=stats,
        comparisons=tuple(
            VariantComparison(candidate=pair[0], baseline=pair[1], metrics=one)
            for pair, one in metrics.items()
            if pair not in THREE_PAIRS
        ),
        leaders=ranking.leaders,
        finding=finding(samples.variants, ranking.leaders, metrics),
        success_rates={
            trial.variant: trial.success_rate
            for trial in group.trials
            if trial.success_rate is not None
        },
        notes=(
            *measuring_notes(group, settings),
            *count_notes(group),
            *_notes(group, samples, judged, stats),
        ),
    )


def _times(stats: Mapping[str, VariantStats], system: VcsType) -> PerformanceStats | None:
    found = stats.get(system.value)
    return found.time_ms if found else None


def _last_timestamp(group: GroupResult) -> str:
    return max((record.raw.timestamp for record in group.records), default="")


def _quality(group: GroupResult, stats: Mapping[str, VariantStats]) -> ResultQuality:
    rates = [trial.success_rate for trial in group.trials if trial.success_rate is not None]
    spreads = [
        one.time_ms.std_dev / one.time_ms.mean
        for one in stats.values()
        if one.time_ms.std_dev is not None and one.time_ms.mean
    ]
    return ResultQuality(
        reliability=min(rates, default=0.0),
        variance=max(spreads, default=None),
        outliers=sum(len(one.time_ms.outliers) for one in stats.values()),
    )


def _confidence(samples: GroupSamples, ranking: Ranking, seed: int) -> float | None:
    """Resample the rounds of the variants that have any value; one without would empty them all."""
    if ranking.best is None:
        return None
    times = samples.metrics["time_ms"]
    there = np.flatnonzero(np.isfinite(times).any(axis=0))
    best = samples.variants.index(ranking.best)
    return confidence_best(
        times[:, there], int(np.searchsorted(there, best)), np.random.default_rng(seed)
    )


def _notes(
    group: GroupResult,
    samples: GroupSamples,
    judged: Mapping[tuple[str, str], JudgedPair],
    stats: Mapping[str, VariantStats],
) -> tuple[str, ...]:
    not_compared = [
        f"{trial.variant} is not compared: {trial.reason or trial.status}"
        for trial in group.trials
        if trial.status in ("void", "failed")
    ]
    failures = [
        f"{failed} {'iteration' if failed == 1 else 'iterations'} of {variant} failed "
        "and left their rounds uncompared"
        for variant, failed in samples.failed.items()
        if failed
    ]
    opposed = [text for one in judged.values() if (text := disagreement(one))]
    clusters = [
        f"the times of {variant} fall into two clusters: its median describes neither"
        for variant, one in stats.items()
        if one.time_ms.bimodal
    ]
    return (*not_compared, *failures, *opposed, *clusters)
