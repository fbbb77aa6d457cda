"""What all matches of a query say, kept until one of their tasks changes."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, func, select

from patterns.models import PatternQuery
from patterns.models.learning import Direction
from patterns.store.matching import (
    TASKS_AT_ONCE,
    Filters,
    MatchingTask,
    conditions,
    filters_of,
    groups,
    matching_tasks,
    stamp,
)
from patterns.store.ranking import best, ranked
from patterns.store.rollup import EDGES, Totals, bucket_of, total, totals_of
from patterns.store.trend import trend_of_reward
from patterns.tables import patterns, statistics

_KEPT = 4096
"""Digests and answers kept: some hundred bytes each, and eight for each of the k keys."""

K = TypeVar("K")
V = TypeVar("V")

_c, _s = patterns.c, statistics.c

_COUNTED = frozenset({"success", "min_reward", "variant"})
"""The filters that the statistics of cells can answer."""


@dataclass(frozen=True, slots=True)
class Digest:
    """Totals over all matches, the key of the worst and where reward goes."""

    totals: Totals
    worst: int | None
    trend: Direction | None


Version = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The keys of the best and what all matches say."""

    best: tuple[int, ...]
    digest: Digest


class Kept(Generic[K, V]):
    """What was computed last, by key; may be used by several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return what is kept under a key, or None."""
        with self._lock:
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
            return found

    def put(self, key: K, value: V) -> V:
        """Keep a value, the one used longest ago going where there are too many; return it."""
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._most:
                self._values.popitem(last=False)
            return value


class Digests:
    """The answers and digests of one store that were computed last.

    A digest is found again only under the same filters, tasks and numbers of changes, an answer
    only under the same query and sum of changes, which are read in the transaction that uses
    it: neither is ever out of date. A write to another task leaves a digest, not an answer of
    a glob.
    """

    def __init__(self) -> None:
        self._answers: Kept[tuple[PatternQuery, int], Answer] = Kept(_KEPT)
        self._digests: Kept[tuple[Filters, Version], Digest] = Kept(_KEPT)

    def answer(self, connection: Connection, query: PatternQuery) -> Answer:
        """Return the answer to a query, as keys."""
        key = query, stamp(connection, query.task)
        found = self._answers.get(key)
        if found is not None:
            return found
        tasks = matching_tasks(connection, query.task)
        filters = filters_of(query)
        digest = self._digest(connection, tasks, filters)
        names = [task.name for task in tasks]
        ids = best(connection, names, filters, query.k) if digest.totals.found else []
        return self._answers.put(key, Answer(tuple(ids), digest))

    def _digest(
        self, connection: Connection, tasks: Sequence[MatchingTask], filters: Filters
    ) -> Digest:
        key = filters, tuple((task.name, task.changes) for task in tasks)
        found = self._digests.get(key)
        if found is not None:
            return found
        return self._digests.put(key, _digest(connection, tasks, filters))


def _digest(connection: Connection, tasks: Sequence[MatchingTask], filters: Filters) -> Digest:
    totals = _totals(connection, tasks, filters)
    if not totals.rewarded:
        return Digest(totals, worst=None, trend=None)
    names = [task.name for task in tasks]
    worst = ranked(connection, names, filters, "worst", 1)
    return Digest(totals, worst=worst[0], trend=_trend(connection, names, filters))


def _totals(connection: Connection, tasks: Sequence[MatchingTask], filters: Filters) -> Totals:
    used = set(filters.names)
    if used <= {"success"}:
        return total(task.totals(filters.success) for task in tasks)
    parts: list[Totals] = []
    for some in groups([task.name for task in tasks], TASKS_AT_ONCE):
        if not used <= _COUNTED:
            parts.append(_scan(connection, some, filters, None))
            continue
        parts.extend(_counted(connection, some, filters))
        if filters.min_reward is not None and filters.min_reward not in EDGES:
            following = bucket_of(filters.min_reward) + 1
            end = EDGES[following] if following < len(EDGES) else None
            parts.append(_scan(connection, some, filters, end))
    return total(parts)


def _counted(connection: Connection, tasks: Sequence[str], filters: Filters) -> list[Totals]:
    """Return the totals of the buckets that lie wholly within the filters."""
    wanted: list[ColumnElement[bool]] = [_s.task.in_(tasks)]
    if filters.success is not None:
        wanted.append(_s.success == filters.success)
    if filters.variant is not None:
        wanted.append(_s.variant == filters.variant)
    if filters.min_reward is not None:
        whole = bucket_of(filters.min_reward) + (filters.min_reward not in EDGES)
        wanted.append(_s.reward_bucket >= whole)
    rows = connection.execute(select(statistics).where(*wanted)).mappings()
    return [totals_of(row) for row in rows]


def _scan(
    connection: Connection, tasks: Sequence[str], filters: Filters, below: float | None
) -> Totals:
    """Return the totals of matches by reading them; those of rewards `below` a limit, if any."""
    wanted = [_c.task.in_(tasks), *conditions(filters.names)]
    if below is not None:
        wanted.append(_c.reward < below)
    query = select(
        func.count().label("found"),
        func.sum(_c.success).label("successes"),
        func.count(_c.reward).label("rewarded"),
        func.sum(_c.reward).label("reward_sum"),
        func.count(_c.latency_ms).label("timed"),
        func.sum(_c.latency_ms).label("latency_sum"),
    ).where(*wanted)
    row = connection.execute(query, filters.values).one()
    return Totals(
        found=row.found,
        successes=int(row.successes or 0),
        rewarded=row.rewarded,
        reward_sum=row.reward_sum or 0.0,
        timed=row.timed,
        latency_sum=row.latency_sum or 0.0,
    )


def _trend(connection: Connection, tasks: Sequence[str], filters: Filters) -> Direction | None:
    history: list[tuple[int, float]] = []
    wanted = [*conditions(filters.names), _c.reward.is_not(None)]
    for some in groups(tasks, TASKS_AT_ONCE):
        query = select(_c.created_at, _c.reward).where(_c.task.in_(some), *wanted)
        rows = connection.execute(query, filters.values)
        history.extend((row.created_at, row.reward) for row in rows)
    history.sort()
    return trend_of_reward([time for time, _ in history], [reward for _, reward in history])
