"""What all matches of a query say, kept until one of their tasks changes."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from patterns.models.learning import Direction
from patterns.store.matching import TASKS_AT_ONCE, Filters, MatchingTask, conditions, groups
from patterns.store.ranking import ranked
from patterns.store.rollup import EDGES, Totals, bucket_of, total, totals_of
from patterns.store.trend import trend_of_reward
from patterns.tables import patterns, statistics

_KEPT = 4096
"""Digests kept: some hundred bytes each."""

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


class Digests:
    """The digests of one store that were computed last; may be used by several threads.

    A digest is found again only under the same filters, tasks and numbers of changes, which
    are read in the transaction that uses it: it is never out of date.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Filters, Version], Digest] = OrderedDict()
        self._lock = threading.Lock()

    def get(
        self, connection: Connection, tasks: Sequence[MatchingTask], filters: Filters
    ) -> Digest:
        """Return the digest of the patterns that match."""
        key = filters, tuple((task.name, task.changes) for task in tasks)
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = _digest(connection, tasks, filters)
        with self._lock:
            self._kept[key] = made
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made


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
