"""Answering a PatternQuery: filters first, then the best k, and statistics over all matches."""

from sqlalchemy import Connection

from patterns.models import (
    PatternQuery,
    PatternSearchResult,
    SearchInsights,
    SearchStatistics,
)
from patterns.store.digest import Digests
from patterns.store.matching import matching_tasks
from patterns.store.outcomes import OutcomeReader
from patterns.store.values import TaskStatistics


def search(connection: Connection, query: PatternQuery, digests: Digests) -> PatternSearchResult:
    """Return the answer to a query; see `PatternStore.query`."""
    answer = digests.answer(connection, query)
    ids, digest = answer.best, answer.digest
    totals = digest.totals
    wanted = ids if digest.worst is None else (*ids, digest.worst)
    found = OutcomeReader(connection).by_keys(tuple(dict.fromkeys(wanted)))
    return PatternSearchResult(
        patterns=tuple(found[key].pattern for key in ids),
        statistics=SearchStatistics(
            total_found=totals.found,
            avg_reward=totals.avg_reward,
            success_rate=totals.success_rate,
            avg_latency=totals.avg_latency,
        ),
        insights=SearchInsights(
            best_performing=found[ids[0]].pattern if totals.rewarded else None,
            worst_performing=None if digest.worst is None else found[digest.worst].pattern,
            trend=digest.trend,
        ),
        ids=tuple(found[key].id for key in ids),
    )


def task_statistics(connection: Connection, task: str) -> tuple[TaskStatistics, ...]:
    """Return the statistics of each task that matches, by name."""
    found = ((one.name, one.totals(None)) for one in matching_tasks(connection, task))
    return tuple(
        TaskStatistics(
            task=name,
            count=totals.found,
            success_rate=totals.success_rate,
            avg_reward=totals.avg_reward,
            avg_latency=totals.avg_latency,
        )
        for name, totals in found
        if totals.found
    )
