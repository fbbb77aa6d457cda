"""The first patterns of a query in an order, which an index has for each task and success."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Literal

from sqlalchemy import (
    Connection,
    Dialect,
    UnaryExpression,
    asc,
    bindparam,
    desc,
    select,
    union_all,
)

from patterns.store.matching import Filters, Prepared, conditions, groups, prepared
from patterns.tables import patterns

_c = patterns.c

Order = Literal["best", "worst", "unknown", "newest"]

_RANGES_AT_ONCE = 200
"""Selects in one statement; SQLite joins at most 500 by default."""

Range = tuple[str, int]
"""A task and 1 for its successes, 0 for its failures."""

Ranked = tuple[int, float, int]
"""What a pattern is ranked by: its key, reward and time (Unix ms)."""


def ranked(
    connection: Connection, ranges: Sequence[Range], filters: Filters, order: Order, k: int
) -> list[Ranked]:
    """Return the first k in an order; *unknown* is of patterns without reward, others of known.

    *Worst* is the end of *best*: the lowest reward, and the oldest of those. Among patterns of
    one instant, *newest* is in no order that says anything.
    """
    found: list[Ranked] = []
    names = tuple(name for name in filters.names if name != "success")
    for some in groups(ranges, _RANGES_AT_ONCE):
        statement = _statement(connection.dialect, len(some), names, order)
        values = {**filters.values, "k": k}
        for place, (task, success) in enumerate(some):
            values[f"task{place}"], values[f"success{place}"] = task, success
        found.extend(statement.run(connection, values))
    if len(ranges) > _RANGES_AT_ONCE:
        found.sort(key=_KEYS[order], reverse=order != "worst")
    return found[:k]


def best(connection: Connection, ranges: Sequence[Range], filters: Filters, k: int) -> list[int]:
    """Return the keys of the best k: by reward, newest first among equals, unknown last."""
    found = ranked(connection, ranges, filters, "best", k)
    if len(found) < k and filters.min_reward is None:
        found += ranked(connection, ranges, filters, "unknown", k - len(found))
    return [key for key, _, _ in found]


@lru_cache(maxsize=512)
def _statement(dialect: Dialect, ranges: int, names: tuple[str, ...], order: Order) -> Prepared:
    known = _c.reward.is_(None) if order == "unknown" else _c.reward.is_not(None)
    # Each is a range of an index that has the order; a database merges them and reads no more
    # of each than comes first.
    parts = [
        select(_c.id, _c.reward, _c.created_at).where(
            _c.task == bindparam(f"task{place}"),
            _c.success == bindparam(f"success{place}"),
            known,
            *conditions(names),
        )
        for place in range(ranges)
    ]
    towards = asc if order == "worst" else desc
    by: list[UnaryExpression[Any]] = [towards(name) for name in _BY[order]]
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
    "best": itemgetter(1, 2, 0),
    "worst": itemgetter(1, 2, 0),
    "unknown": itemgetter(2, 0),
    "newest": itemgetter(2, 1),
}
