"""Which tasks a query is about, and the filters it puts on their patterns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Dialect,
    Select,
    bindparam,
    select,
)

from patterns.models import PatternQuery
from patterns.store.rollup import SUMS, Totals, totals_of
from patterns.tables import patterns, tasks

WILDCARDS = frozenset("*?[")

_c, _t = patterns.c, tasks.c

_EQUAL = ("variant", "operation", "repo_size", "machine_class")

Conditions = Sequence[ColumnElement[bool]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a query asks of a pattern, beside its task."""

    success: int | None
    min_reward: float | None
    since: int | None
    until: int | None
    variant: str | None
    operation: str | None
    repo_size: str | None
    machine_class: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """Which filters there are."""
        return tuple(name for name in self.__slots__ if getattr(self, name) is not None)

    @property
    def values(self) -> dict[str, Any]:
        """The values of the filters there are."""
        return {name: getattr(self, name) for name in self.names}


@dataclass(frozen=True, slots=True)
class MatchingTask:
    """A task that is there, and the totals of its failures (0) and successes (1)."""

    name: str
    by_success: Mapping[int, Totals]


def filters_of(query: PatternQuery) -> Filters:
    """Return what a query asks of a pattern."""
    flagged = query.only_successes or query.only_failures
    return Filters(
        success=int(query.only_successes) if flagged else None,
        min_reward=query.min_reward,
        since=query.since,
        until=query.until,
        variant=query.variant,
        operation=query.operation,
        repo_size=query.repo_size,
        machine_class=query.machine_class,
    )


def conditions(names: Sequence[str]) -> list[ColumnElement[bool]]:
    """Return the conditions on patterns of filters of these names, whose values are bound."""
    bounds = {
        "success": _c.success == bindparam("success"),
        "min_reward": _c.reward >= bindparam("min_reward"),
        "since": _c.created_at >= bindparam("since"),
        "until": _c.created_at < bindparam("until"),
        **{name: _c[name] == bindparam(name) for name in _EQUAL},
    }
    return [bounds[name] for name in names]


def matching_tasks(connection: Connection, task: str) -> tuple[MatchingTask, ...]:
    """Return the tasks that are there and match a name, prefix or glob, by name.

    A task that has wildcards in its own name is found under that name too.
    """
    exact = not WILDCARDS & set(task)
    statement = _task_statement(connection.dialect, exact=exact)
    found: dict[str, dict[int, Totals]] = {}
    for name, success, *sums in statement.run(connection, {"task": task}):
        found.setdefault(name, {})[success] = totals_of(success, *sums)
    return tuple(
        MatchingTask(name, by_success)
        for name, by_success in sorted(found.items())
        if exact or name == task or fnmatchcase(name, task)
    )


def groups(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Return the values in order, so many at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement as a driver takes it.

    Building a statement, finding its SQL in SQLAlchemy's cache and describing what comes back
    takes longer than SQLite takes to answer; those that queries run are built once for each
    shape and kept.
    """

    sql: str
    names: tuple[str, ...]
    order: tuple[str, ...] | None
    constants: dict[str, Any]

    def run(self, connection: Connection, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Return the rows of the statement with values for its parameters."""
        given = {**self.constants, **values}
        if self.order is None:
            return [tuple(row) for row in connection.exec_driver_sql(self.sql, given)]
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self.sql, tuple(given[name] for name in self.order))
            return list(cursor.fetchall())
        finally:
            cursor.close()

    def named(self, connection: Connection, values: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the rows by the names of their columns."""
        return [dict(zip(self.names, row, strict=True)) for row in self.run(connection, values)]


def prepared(
    statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]], dialect: Dialect
) -> Prepared:
    """Return a statement ready to be run; its values are named parameters."""
    made = statement.compile(dialect=dialect)
    order = getattr(made, "positiontup", None)
    # SQLAlchemy adds some of its own: SQLite has no LIMIT in a UNION without an OFFSET of 0.
    constants = {name: value for name, value in made.params.items() if value is not None}
    names = tuple(str(column.key) for column in statement.selected_columns)
    return Prepared(str(made), names, None if order is None else tuple(order), constants)


@lru_cache(maxsize=16)
def _task_statement(dialect: Dialect, *, exact: bool) -> Prepared:
    query = select(_t.task, _t.success, *(_t[name] for name in SUMS))
    return prepared(query.where(_t.task == bindparam("task")) if exact else query, dialect)
