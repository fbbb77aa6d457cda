"""Reading patterns as outcomes, from a key on, and by their keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, Dialect, bindparam, func, select

from patterns.models import BenchmarkPattern, Outcome
from patterns.store.matching import Prepared, groups, prepared
from patterns.store.rollup import REWRITE
from patterns.store.rows import PATTERN_COLUMNS, pattern_of
from patterns.tables import patterns, tasks

_IDS_AT_ONCE = 500

_c = patterns.c

_FOUND = _c.id, _c.content_hash, _c.run_id, _c.variant, *PATTERN_COLUMNS


@dataclass(frozen=True, slots=True)
class StoreState:
    """How far a store is: equal rewrites mean that all up to the last key is as it was."""

    rewrites: int
    last_id: int


@dataclass(frozen=True, slots=True)
class FoundPattern:
    """A pattern, and the little of its context that an answer names."""

    id: str
    """Content hash in hexadecimal digits."""
    run_id: str | None
    variant: str
    pattern: BenchmarkPattern


def state(connection: Connection) -> StoreState:
    """Return how far a store is."""
    row = _state_statement(connection.dialect).run(connection, {}).mappings().one()
    return StoreState(rewrites=int(row["rewrites"] or 0), last_id=int(row["last_id"] or 0))


def list_outcomes(
    connection: Connection, operation: str, vcs_type: str | None, after: int
) -> list[Outcome]:
    """Return an operation's outcomes under one system or all, of keys beyond `after`."""
    query = select(*(_c[name] for name in Outcome._fields))
    query = query.where(_c.operation == operation, _c.id > after).order_by(_c.id)
    if vcs_type is not None:
        query = query.where(_c.vcs_type == vcs_type)
    return [Outcome(*row) for row in connection.execute(query).all()]


def by_keys(connection: Connection, keys: Sequence[int]) -> dict[int, FoundPattern]:
    """Return the patterns of keys."""
    found: dict[int, FoundPattern] = {}
    for some in groups(keys, _IDS_AT_ONCE):
        query = _keys_statement(connection.dialect, len(some))
        named = {f"id{place}": key for place, key in enumerate(some)}
        for row in query.run(connection, named).mappings().all():
            content = bytes(row["content_hash"]).hex()
            found[row["id"]] = FoundPattern(content, row["run_id"], row["variant"], pattern_of(row))
    return found


@lru_cache(maxsize=16)
def _state_statement(dialect: Dialect) -> Prepared:
    half = tasks.c.changes // bindparam("rewrite", REWRITE)
    rewrites = select(func.sum(half)).scalar_subquery()
    last_id = select(func.max(_c.id)).scalar_subquery()
    return prepared(select(rewrites.label("rewrites"), last_id.label("last_id")), dialect)


@lru_cache(maxsize=64)
def _keys_statement(dialect: Dialect, size: int) -> Prepared:
    keys = _c.id.in_([bindparam(f"id{place}") for place in range(size)])
    return prepared(select(*_FOUND).where(keys), dialect)
