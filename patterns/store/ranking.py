"""The first patterns of a query, each task's found by an index that has their order."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    bindparam,
    select,
    union_all,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from patterns.store.matching import TASKS_AT_ONCE, Filters, Prepared, conditions, groups, prepared
from patterns.tables import patterns

_c = patterns.c

Order = Literal["best", "worst", "unknown"]
Columns = ReadOnlyColumnCollection[str, Any]


class Ranked(NamedTuple):
    """What a pattern is ranked by."""

    id: int
    reward: float
    created_at: int


Rank = Callable[[Ranked], tuple[float, ...]]


def ranked(
    connection: Connection, tasks: Sequence[str], filters: Filters, order: Order, k: int
) -> list[int]:
    """Return the keys of the first k in an order; *unknown* is of patterns without reward."""
    found: list[Ranked] = []
    for some in groups(tasks, TASKS_AT_ONCE):
        statement = _statement(connection.dialect, len(some), filters.names, order)
        named = {f"task{place}": task for place, task in enumerate(some)}
        values = {**named, **filters.values, "k": k}
        found.extend(Ranked(*row) for row in statement.run(connection, values))
    if len(tasks) > TASKS_AT_ONCE:
        found.sort(key=_RANKS[order])
    return [row.id for row in found[:k]]


def best(connection: Connection, tasks: Sequence[str], filters: Filters, k: int) -> list[int]:
    """Return the keys of the best k: by reward, newest first among equals, unknown last."""
    ids = ranked(connection, tasks, filters, "best", k)
    if len(ids) < k and filters.min_reward is None:
        ids += ranked(connection, tasks, filters, "unknown", k - len(ids))
    return ids


@lru_cache(maxsize=512)
def _statement(dialect: Dialect, tasks: int, names: tuple[str, ...], order: Order) -> Prepared:
    reward = _c.reward.is_(None) if order == "unknown" else _c.reward.is_not(None)
    parts = [
        select(_c.id, _c.reward, _c.created_at)
        .where(_c.task == bindparam(f"task{place}"), reward, *conditions(names))
        .order_by(*_order_by(order, _c))
        .limit(bindparam("k"))
        .subquery()
        .select()
        for place in range(tasks)
    ]
    if tasks == 1:
        return prepared(parts[0], dialect)
    found = union_all(*parts).subquery()
    # The best of all tasks are chosen there: a row costs more in Python than in a database.
    merged = select(found).order_by(*_order_by(order, found.c)).limit(bindparam("k"))
    return prepared(merged, dialect)


def _order_by(order: Order, columns: Columns) -> Sequence[ColumnElement[Any]]:
    newest = [columns.created_at.desc(), columns.id.desc()]
    if order == "unknown":
        return newest
    return [columns.reward.desc() if order == "best" else columns.reward.asc(), *newest]


_RANKS: dict[Order, Rank] = {
    "best": lambda row: (-row.reward, -row.created_at, -row.id),
    "worst": lambda row: (row.reward, -row.created_at, -row.id),
    "unknown": lambda row: (-row.created_at, -row.id),
}
