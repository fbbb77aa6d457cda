"""Answering a PatternQuery: filters first, then the best k, and statistics over all matches."""

from sqlalchemy import Connection

from patterns.models import (
    PatternQuery,
    PatternSearchResult,
    SearchInsights,
    SearchStatistics,
)
from patterns.store.matches import find_matches
from patterns.store.matching import filters_of, matching_tasks
from patterns.store.outcomes import OutcomeReader
from patterns.store.ranking import best, ranked
from patterns.store.rollup import Totals, total
from patterns.store.trend import newest_trend
from patterns.store.values import TaskStatistics

_NOTHING = SearchInsights(best_performing=None, worst_performing=None, trend=None)


def search(connection: Connection, query: PatternQuery) -> PatternSearchResult:
    """Return the answer to a query; see `PatternStore.query`."""
    tasks, filters = matching_tasks(connection, query.task), filters_of(query)
    matches = find_matches(connection, tasks, filters)
    totals, ranges = matches.totals, matches.ranges
    if not totals.found:
        return PatternSearchResult(patterns=(), statistics=_told(totals), insights=_NOTHING)
    ids = best(connection, ranges, filters, query.k)
    worst = [key for key, _, _ in ranked(connection, ranges, filters, "worst", 1)]
    found = OutcomeReader(connection).by_keys(tuple({*ids, *worst}))
    insights = _NOTHING
    if worst:
        trend = newest_trend(connection, ranges, filters)
        insights = SearchInsights(
            best_performing=found[ids[0]].pattern,
            worst_performing=found[worst[0]].pattern,
            trend=trend.direction,
            trend_matches=trend.matches,
            trend_since=trend.since,
        )
    return PatternSearchResult(
        patterns=tuple(found[key].pattern for key in ids),
        statistics=_told(totals),
        insights=insights,
        ids=tuple(found[key].id for key in ids),
    )


def task_statistics(connection: Connection, task: str) -> tuple[TaskStatistics, ...]:
    """Return the statistics of each task that matches, by name."""
    found = ((one.name, total(one.by_success.values())) for one in matching_tasks(connection, task))
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


def _told(totals: Totals) -> SearchStatistics:
    return SearchStatistics(
        total_found=totals.found,
        avg_reward=totals.avg_reward,
        success_rate=totals.success_rate,
        avg_latency=totals.avg_latency,
    )
