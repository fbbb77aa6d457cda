"""What matches a query, counted: from the rollup, and read where that cannot tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, Dialect, bindparam, func, select

from patterns.store.matching import (
    Filters,
    MatchingTask,
    Prepared,
    conditions,
    groups,
    prepared,
)
from patterns.store.ranking import Range
from patterns.store.rollup import EDGES, SUMS, UNKNOWN_BUCKET, Totals, bucket_of, total, totals_of
from patterns.tables import patterns, statistics

_c, _s = patterns.c, statistics.c

_TASKS_AT_ONCE = 100

_COUNTED = frozenset({"success", "min_reward", "variant"})
"""The filters that the statistics of cells can answer."""


@dataclass(frozen=True, slots=True)
class Matches:
    """What all matches count, and in which tasks' successes and failures there may be some."""

    totals: Totals
    ranges: Sequence[Range]


def find_matches(
    connection: Connection, tasks: Sequence[MatchingTask], filters: Filters
) -> Matches:
    """Return the totals of all patterns of tasks that pass the filters, and where they are."""
    used = set(filters.names)
    there = {
        (task.name, success): totals
        for task in tasks
        for success, totals in task.by_success.items()
        if totals.found and filters.success in {None, success}
    }
    if used <= {"success"}:
        return Matches(total(there.values()), tuple(there))
    names = list(dict.fromkeys(name for name, _ in there))
    if used <= _COUNTED:
        return _counted(connection, names, filters)
    parts = [_read(connection, some, filters, None) for some in groups(names, _TASKS_AT_ONCE)]
    return Matches(total(parts), tuple(there))


def _counted(connection: Connection, tasks: Sequence[str], filters: Filters) -> Matches:
    """Return what cells of the rollup tell; the one that a limit of reward cuts is read."""
    parts: list[Totals] = []
    ranges: dict[Range, None] = {}
    least, whole = UNKNOWN_BUCKET, UNKNOWN_BUCKET
    if filters.min_reward is not None:
        least = bucket_of(filters.min_reward)
        whole = least + (filters.min_reward not in EDGES)
    for some in groups(tasks, _TASKS_AT_ONCE):
        statement = _cells_statement(connection.dialect, len(some), filters.names)
        values = {**_named(some), **filters.values, "least": least}
        cut: dict[str, None] = {}
        for task, success, bucket, *sums in statement.run(connection, values):
            ranges[task, success] = None
            if bucket < whole:
                cut[task] = None
            else:
                parts.append(totals_of(success, *sums))
        if cut:
            end = EDGES[whole] if whole < len(EDGES) else None
            parts.append(_read(connection, list(cut), filters, end))
    return Matches(total(parts), tuple(ranges))


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
def _cells_statement(dialect: Dialect, tasks: int, names: tuple[str, ...]) -> Prepared:
    wanted: list[ColumnElement[bool]] = [
        _s.task.in_(_parameters(tasks)),
        _s.reward_bucket >= bindparam("least"),
    ]
    if "success" in names:
        wanted.append(_s.success == bindparam("success"))
    if "variant" in names:
        wanted.append(_s.variant == bindparam("variant"))
    columns = _s.task, _s.success, _s.reward_bucket, *(_s[name] for name in SUMS)
    return prepared(select(*columns).where(*wanted), dialect)


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
