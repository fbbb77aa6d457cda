"""Counts and sums over all matches of a query: from the rollup, and read where it cannot tell."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, Dialect, bindparam, func, select

from patterns.store.matching import (
    TASKS_AT_ONCE,
    Filters,
    MatchingTask,
    Prepared,
    conditions,
    groups,
    prepared,
)
from patterns.store.rollup import EDGES, Totals, bucket_of, total, totals_of
from patterns.tables import patterns, statistics

_c, _s = patterns.c, statistics.c

_COUNTED = frozenset({"success", "min_reward", "variant"})
"""The filters that the statistics of cells can answer."""


def totals_over(connection: Connection, tasks: Sequence[MatchingTask], filters: Filters) -> Totals:
    """Return the totals of all patterns of tasks that pass the filters."""
    used = set(filters.names)
    if used <= {"success"}:
        return total(task.totals(filters.success) for task in tasks)
    parts: list[Totals] = []
    for some in groups([task.name for task in tasks], TASKS_AT_ONCE):
        if not used <= _COUNTED:
            parts.append(_read(connection, some, filters, None))
            continue
        parts.extend(_counted(connection, some, filters))
        if filters.min_reward is not None and filters.min_reward not in EDGES:
            following = bucket_of(filters.min_reward) + 1
            end = EDGES[following] if following < len(EDGES) else None
            parts.append(_read(connection, some, filters, end))
    return total(parts)


def _counted(connection: Connection, tasks: Sequence[str], filters: Filters) -> list[Totals]:
    """Return the totals of the buckets that lie wholly within the filters."""
    statement = _counted_statement(connection.dialect, len(tasks), filters.names)
    values = {**_named(tasks), **filters.values}
    if filters.min_reward is not None:
        values["least"] = bucket_of(filters.min_reward) + (filters.min_reward not in EDGES)
    return [totals_of(row) for row in statement.named(connection, values)]


def _read(
    connection: Connection, tasks: Sequence[str], filters: Filters, below: float | None
) -> Totals:
    """Return the totals of matches by reading them; those of rewards `below` a limit, if any."""
    statement = _read_statement(
        connection.dialect, len(tasks), filters.names, limited=below is not None
    )
    values = {**_named(tasks), **filters.values, "below": below}
    (row,) = statement.named(connection, values)
    return Totals(
        found=row["found"],
        successes=int(row["successes"] or 0),
        rewarded=row["rewarded"],
        reward_sum=row["reward_sum"] or 0.0,
        timed=row["timed"],
        latency_sum=row["latency_sum"] or 0.0,
    )


@lru_cache(maxsize=128)
def _counted_statement(dialect: Dialect, tasks: int, names: tuple[str, ...]) -> Prepared:
    wanted: list[ColumnElement[bool]] = [_s.task.in_(_parameters(tasks))]
    if "success" in names:
        wanted.append(_s.success == bindparam("success"))
    if "variant" in names:
        wanted.append(_s.variant == bindparam("variant"))
    if "min_reward" in names:
        wanted.append(_s.reward_bucket >= bindparam("least"))
    return prepared(select(statistics).where(*wanted), dialect)


@lru_cache(maxsize=128)
def _read_statement(
    dialect: Dialect, tasks: int, names: tuple[str, ...], *, limited: bool
) -> Prepared:
    wanted = [_c.task.in_(_parameters(tasks)), *conditions(names)]
    if "success" not in names:
        # Says nothing, and lets an index find a range of rewards or times under each.
        wanted.append(_c.success.in_([bindparam("no", 0), bindparam("yes", 1)]))
    if limited:
        wanted.append(_c.reward < bindparam("below"))
    query = select(
        func.count().label("found"),
        func.sum(_c.success).label("successes"),
        func.count(_c.reward).label("rewarded"),
        func.sum(_c.reward).label("reward_sum"),
        func.count(_c.latency_ms).label("timed"),
        func.sum(_c.latency_ms).label("latency_sum"),
    ).where(*wanted)
    return prepared(query, dialect)


def _parameters(tasks: int) -> list[ColumnElement[str]]:
    return [bindparam(f"task{place}") for place in range(tasks)]


def _named(tasks: Sequence[str]) -> dict[str, object]:
    return {f"task{place}": task for place, task in enumerate(tasks)}
