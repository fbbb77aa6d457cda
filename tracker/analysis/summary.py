"""A session in a few numbers: by operation, by repository size, overall, and in words."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from patterns.statistics.ranking import Ranking, geometric_mean, overall
from tracker.models import (
    OperationComparison,
    OverallComparison,
    PerformanceStats,
    ProcessedResult,
    RepoCategoryComparison,
    RepoSize,
    repository_names,
    task_names,
)
from tracker.models.config import Analysis
from tracker.models.report import ReportComparison, SystemValues

SYSTEMS = ("jujutsu", "git", "git_worktrees")
"""The specification's keys of the three systems."""


def compare_session(results: Sequence[ProcessedResult]) -> ReportComparison:
    """Return the report's comparison by operation, by repository size and overall."""
    return ReportComparison(
        by_operation=tuple(_operation(result) for result in results),
        by_repo_size=tuple(
            _category(size, [result for result in results if result.repo_size is size])
            for size in RepoSize
            if any(result.repo_size is size for result in results)
        ),
        overall=_overall(results),
    )


def overall_winner(results: Sequence[ProcessedResult], settings: Analysis) -> str | None:
    """Return who is ahead of everybody over all tests, or None."""
    ranking = overall_ranking(results, settings)
    return ranking.winner if ranking else None


def overall_ranking(results: Sequence[ProcessedResult], settings: Analysis) -> Ranking | None:
    """Return who is ahead over all tests, by a test over per-test log ratios, or None.

    Only variants measured in every test take part: a mean over different tests would
    compare the tests.
    """
    everywhere = [
        name
        for name in dict.fromkeys(name for result in results for name in result.variants)
        if all(_median_of(result, name) is not None for result in results)
    ]
    if len(everywhere) < 2:  # noqa: PLR2004  nobody to be compared with
        return None
    medians = np.array(
        [[_median_of(result, name) or math.nan for name in everywhere] for result in results]
    )
    return overall(
        everywhere,
        medians,
        alpha=settings.statistical_significance,
        confidence=settings.confidence_level,
    )


def average_speedup(results: Iterable[ProcessedResult]) -> tuple[float | None, int]:
    """Return the geometric mean of git / jujutsu and the number of operations in it."""
    ratios = [
        pair.speedup_factor
        for result in results
        if (pair := result.comparison.jj_vs_git) and pair.speedup_factor
    ]
    mean = geometric_mean(ratios)
    return (mean.value, mean.n) if mean else (None, 0)


def key_findings(results: Sequence[ProcessedResult]) -> tuple[str, ...]:
    """Return one sentence for each test: who leads, by how much, how sure, over how many rounds."""
    places = zip(task_names(results), repository_names(results), strict=True)
    return tuple(
        f"{task} ({repository}): {result.finding or 'nothing to compare'}"
        for (task, repository), result in zip(places, results, strict=True)
    )


def _operation(result: ProcessedResult) -> OperationComparison:
    medians = {name: _median(getattr(result, name)) for name in SYSTEMS}
    return OperationComparison(
        operation=result.operation,
        **medians,
        winner=result.insights.winner,
        speedup=_runner_up_ratio(result),
    )


def _runner_up_ratio(result: ProcessedResult) -> float | None:
    winner = result.insights.winner
    if winner is None:
        return None
    ahead = [
        found.speedup_factor
        for name in result.variants
        if name != winner
        and (found := result.pair(winner, name))
        and found.speedup_factor is not None
    ]
    return min(ahead, default=None)


def _category(size: RepoSize, results: Sequence[ProcessedResult]) -> RepoCategoryComparison:
    mean, n = average_speedup(results)
    return RepoCategoryComparison(
        size=size,
        average_speedup=mean,
        results=tuple(_operation(result) for result in results),
        n=n,
    )


def _overall(results: Sequence[ProcessedResult]) -> OverallComparison:
    common = _measured_by_all(results)
    return OverallComparison(
        avg_execution_time=SystemValues(
            **{name: _mean(_median(getattr(result, name)) for result in common) for name in SYSTEMS}
        ),
        avg_memory_usage=SystemValues(
            **{name: _mean(_memory(result, name) for result in common) for name in SYSTEMS}
        ),
        win_rate=SystemValues(**{name: _win_rate(results, name) for name in SYSTEMS}),
    )


def _measured_by_all(results: Sequence[ProcessedResult]) -> list[ProcessedResult]:
    """Return the results of tests that every system of the session ran: means need equal work."""
    present = [name for name in SYSTEMS if any(getattr(result, name) for result in results)]
    return [result for result in results if all(getattr(result, name) for name in present)]


def _median(stats: PerformanceStats | None) -> float | None:
    return stats.median if stats else None


def _median_of(result: ProcessedResult, variant: str) -> float | None:
    found = result.variants.get(variant)
    return found.time_ms.median if found else None


def _memory(result: ProcessedResult, system: str) -> float | None:
    found = result.variants.get(system.replace("_", "-"))
    return _median(found.memory_bytes) if found else None


def _win_rate(results: Sequence[ProcessedResult], system: str) -> float | None:
    name = system.replace("_", "-")
    measured = [result for result in results if name in result.variants]
    if not measured:
        return None
    return sum(result.insights.winner == name for result in measured) / len(measured)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
