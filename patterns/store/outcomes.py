"""Reading patterns as outcomes, from a key on, and by their keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection, Dialect, bindparam, func, select

from patterns.models import BenchmarkPattern, Outcome
from patterns.store.matching import Prepared, groups, prepared
from patterns.store.rollup import REWRITE
from patterns.store.rows import PATTERN_COLUMNS
from patterns.tables import patterns, tasks

_IDS_AT_ONCE = 500

_c = patterns.c

_FIELDS = tuple(column.name for column in PATTERN_COLUMNS)
_FOUND = _c.id, _c.content_hash, _c.run_id, _c.variant, *PATTERN_COLUMNS
_OWN = len(_FOUND) - len(_FIELDS)
_PATTERNS = TypeAdapter(list[BenchmarkPattern])


@dataclass(frozen=True, slots=True)
class StoreState:
    """How far a store is: equal rewrites mean that all up to the last key is as it was."""

    rewrites: int
    last_id: int


class FoundPattern(NamedTuple):
    """A pattern, and the little of its context that an answer names."""

    id: str
    """Content hash in hexadecimal digits."""
    run_id: str | None
    variant: str
    pattern: BenchmarkPattern


class OutcomeReader:
    """Reads outcomes, all from one state of a store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def state(self) -> StoreState:
        """Return how far the store is, for those who keep what they read of it."""
        statement = _state_statement(self._connection.dialect)
        ((rewrites, last_id),) = statement.run(self._connection, {})
        return StoreState(rewrites=int(rewrites or 0), last_id=int(last_id or 0))

    def outcomes(
        self, operation: str, vcs_type: str | None = None, *, after: int = 0
    ) -> list[Outcome]:
        """Return an operation's outcomes in the order of their keys, from a key on."""
        query = select(*(_c[name] for name in Outcome._fields))
        query = query.where(_c.operation == operation, _c.id > after).order_by(_c.id)
        if vcs_type is not None:
            query = query.where(_c.vcs_type == vcs_type)
        return [Outcome(*row) for row in self._connection.execute(query).all()]

    def by_keys(self, keys: Sequence[int]) -> dict[int, FoundPattern]:
        """Return the patterns that outcomes have the keys of."""
        found: dict[int, FoundPattern] = {}
        for some in groups(keys, _IDS_AT_ONCE):
            query = _keys_statement(self._connection.dialect, len(some))
            named = {f"id{place}": key for place, key in enumerate(some)}
            rows = query.run(self._connection, named)
            values = [dict(zip(_FIELDS, row[_OWN:], strict=True)) for row in rows]
            for row, pattern in zip(rows, _PATTERNS.validate_python(values), strict=True):
                key, content, run_id, variant = row[:_OWN]
                found[key] = FoundPattern(bytes(content).hex(), run_id, variant, pattern)
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
