"""Counts and sums of patterns, kept beside them so that statistics needn't read them all."""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from patterns.tables import patterns, statistics, tasks

EDGES = tuple(i / 20 for i in range(20))
"""Lower edges of the reward buckets; the last one holds 1.0 too. Comparing with an edge is
exact, where a multiplication would round a reward into its neighbour's bucket."""

UNKNOWN_BUCKET = -1

REWRITE = 2**32
"""What `changes` grows by when patterns that were there changed or went away; new ones count
1. So its higher half tells whether it is enough to read what has been added."""

SUMS = ("found", "rewarded", "reward_sum", "timed", "latency_sum")
"""What a row of totals counts and sums; `Totals` in their order, but for the successes."""


def bucket_of(reward: float | None) -> int:
    """Return the bucket of a reward.

    >>> [bucket_of(reward) for reward in (None, 0.0, 0.05, 0.92, 1.0)]
    [-1, 0, 1, 18, 19]
    """
    return UNKNOWN_BUCKET if reward is None else bisect_right(EDGES, reward) - 1


class Totals(NamedTuple):
    """Counts and sums over patterns; sums skip what is unknown."""

    found: int = 0
    successes: int = 0
    rewarded: int = 0
    reward_sum: float = 0.0
    timed: int = 0
    latency_sum: float = 0.0

    @property
    def avg_reward(self) -> float | None:
        """Mean of the known rewards."""
        return self.reward_sum / self.rewarded if self.rewarded else None

    @property
    def avg_latency(self) -> float | None:
        """Mean of the known latencies, in milliseconds."""
        return self.latency_sum / self.timed if self.timed else None

    @property
    def success_rate(self) -> float | None:
        """Share of successes."""
        return self.successes / self.found if self.found else None


def total(parts: Iterable[Totals]) -> Totals:
    """Return the sum of totals."""
    columns = tuple(zip(*parts, strict=True))
    return Totals._make(map(_sum, columns)) if columns else Totals()


def totals_of(success: int, *sums: Any) -> Totals:  # noqa: ANN401  whole numbers and sums of floats
    """Return the totals of a row of `pattern_statistics` or `pattern_tasks`: its `SUMS`."""
    found = sums[0]
    return Totals(found, found if success else 0, *sums[1:])


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Count patterns that were just inserted, in the same transaction."""
    counted = _count(rows)
    if not counted:
        return
    _upsert(connection, statistics, counted)
    _upsert(connection, tasks, _by_task(counted))


def recount(connection: Connection, cells: Iterable[tuple[str, str]]) -> None:
    """Count the patterns of (task, variant) pairs anew, after some changed or went away."""
    # Subtracting from a sum of floats would leave rounding errors behind, for ever.
    columns = patterns.c.task, patterns.c.variant, patterns.c.success
    touched = sorted(set(cells))
    for task, variant in touched:
        old = (statistics.c.task == task) & (statistics.c.variant == variant)
        connection.execute(delete(statistics).where(old))
        rows = connection.execute(
            select(*columns, patterns.c.reward, patterns.c.latency_ms).where(
                patterns.c.task == task, patterns.c.variant == variant
            )
        )
        counted = _count(dict(row) for row in rows.mappings())
        if counted:
            connection.execute(insert(statistics), counted)
    for task in sorted({task for task, _ in touched}):
        _retotal(connection, task)


def _retotal(connection: Connection, task: str) -> None:
    """Sum a task's totals anew; they stay, with nothing found, where no pattern is left."""
    empty = dict.fromkeys(SUMS, 0)
    of_task = tasks.c.task == task
    connection.execute(
        update(tasks).where(of_task).values(**empty, changes=tasks.c.changes + REWRITE)
    )
    query = select(statistics).where(statistics.c.task == task)
    cells = [dict(row) for row in connection.execute(query).mappings()]
    if cells:
        _upsert(connection, tasks, _by_task(cells))


def _upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    sums = [name for name in ("changes", *SUMS) if name in table.c]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={name: table.c[name] + statement.excluded[name] for name in sums},
        ),
        rows,
    )


def _by_task(cells: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    groups: defaultdict[tuple[str, int], list[Mapping[str, Any]]] = defaultdict(list)
    for cell in cells:
        groups[cell["task"], cell["success"]].append(cell)
    return [
        {
            "task": task,
            "success": success,
            "changes": 1,
            **{name: _sum(cell[name] for cell in found) for name in SUMS},
        }
        for (task, success), found in sorted(groups.items())
    ]


def _sum(values: Iterable[float]) -> float:
    listed = list(values)
    return math.fsum(listed) if any(isinstance(one, float) for one in listed) else sum(listed)


def _count(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    cells: defaultdict[tuple[str, str, int, int], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        key = row["task"], row["variant"], row["success"], bucket_of(row["reward"])
        cells[key].append(row)
    return [_cell(*key, found) for key, found in sorted(cells.items())]


def _cell(
    task: str, variant: str, success: int, bucket: int, found: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    rewards = [row["reward"] for row in found if row["reward"] is not None]
    latencies = [row["latency_ms"] for row in found if row["latency_ms"] is not None]
    return {
        "task": task,
        "variant": variant,
        "success": success,
        "reward_bucket": bucket,
        "found": len(found),
        "rewarded": len(rewards),
        "reward_sum": math.fsum(rewards),
        "timed": len(latencies),
        "latency_sum": math.fsum(latencies),
    }
