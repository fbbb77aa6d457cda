"""The first patterns of a query in an order, which an index has for each task and success."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    bindparam,
    desc,
    literal_column,
    select,
    union_all,
)

from patterns.store.matching import TASKS_AT_ONCE, Filters, Prepared, conditions, groups, prepared
from patterns.tables import patterns

_c = patterns.c

Order = Literal["best", "worst", "unknown", "newest"]


class Ranked(NamedTuple):
    """What a pattern is ranked by."""

    id: int
    reward: float
    created_at: int


def ranked(
    connection: Connection, tasks: Sequence[str], filters: Filters, order: Order, k: int
) -> list[Ranked]:
    """Return the first k in an order; *unknown* is of patterns without reward, others of known.

    *Worst* is the end of *best*: the lowest reward, and the oldest of those. Among patterns of
    one instant, *newest* is in no order that says anything.
    """
    found: list[Ranked] = []
    for some in groups(tasks, TASKS_AT_ONCE):
        statement = _statement(connection.dialect, len(some), filters.names, order)
        named = {f"task{place}": task for place, task in enumerate(some)}
        values = {**named, **filters.values, "k": k}
        found.extend(Ranked(*row) for row in statement.run(connection, values))
    if len(tasks) > TASKS_AT_ONCE:
        found.sort(key=_KEYS[order], reverse=order != "worst")
    return found[:k]


def best(connection: Connection, tasks: Sequence[str], filters: Filters, k: int) -> list[int]:
    """Return the keys of the best k: by reward, newest first among equals, unknown last."""
    found = ranked(connection, tasks, filters, "best", k)
    if len(found) < k and filters.min_reward is None:
        found += ranked(connection, tasks, filters, "unknown", k - len(found))
    return [row.id for row in found]


@lru_cache(maxsize=512)
def _statement(dialect: Dialect, tasks: int, names: tuple[str, ...], order: Order) -> Prepared:
    known = _c.reward.is_(None) if order == "unknown" else _c.reward.is_not(None)
    # Each task's successes and failures are a range of an index that has the order; a database
    # merges them and reads no more of each than comes first.
    flags: list[list[ColumnElement[bool]]] = [[]]
    if "success" not in names:
        flags = [[_c.success == literal_column(flag)] for flag in "10"]
    parts = [
        select(_c.id, _c.reward, _c.created_at).where(
            _c.task == bindparam(f"task{place}"), known, *flag, *conditions(names)
        )
        for place in range(tasks)
        for flag in flags
    ]
    by = _BY[order] if order == "worst" else [desc(name) for name in _BY[order]]
    if len(parts) == 1:
        return prepared(parts[0].order_by(*by).limit(bindparam("k")), dialect)
    return prepared(union_all(*parts).order_by(*by).limit(bindparam("k")), dialect)


_BY: Mapping[Order, Sequence[str]] = {
    "best": ("reward", "created_at", "id"),
    "worst": ("reward", "created_at", "id"),
    "unknown": ("created_at", "id"),
    "newest": ("created_at", "reward"),
}

_KEYS: Mapping[Order, Callable[[Ranked], tuple[float, ...]]] = {
    "best": lambda row: (row.reward, row.created_at, row.id),
    "worst": lambda row: (row.reward, row.created_at, row.id),
    "unknown": lambda row: (row.created_at, row.id),
    "newest": lambda row: (row.created_at, row.reward),
}
