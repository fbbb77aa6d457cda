"""What SQLite and numpy alone take for the store's work: the floors of its benchmarks."""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.generated_patterns import CRITIQUE, OPERATIONS, SEED, SYSTEMS
from patterns.models import PatternRecord
from patterns.store import schema
from patterns.store.rollup import bucket_of
from patterns.store.rows import Row, pattern_row
from patterns.store.writing import INSERTED
from patterns.tables import patterns

AT_ONCE = 5_000
"""Patterns of one transaction, as the store has them."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def raw_write(file: Path, records: list[PatternRecord], *, live: bool) -> float:
    """Write through sqlite3 alone: same tables, indexes, hash and rollup; return rows/s."""
    schema.upgrade(f"sqlite:///{file}")
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -65536")
    names = [str(index.name) for index in patterns.indexes]
    marks = ", ".join("?" * len(names))
    creations = connection.execute(
        f"SELECT name, sql FROM sqlite_master WHERE name IN ({marks})", names
    ).fetchall()
    marks = ", ".join("?" * len(INSERTED))
    insert = f"INSERT INTO benchmark_patterns ({', '.join(INSERTED)}) VALUES ({marks})"
    started, remaining = time.perf_counter(), iter(records)
    if not live:
        connection.execute("BEGIN IMMEDIATE")
        for name, _ in creations:
            connection.execute(f"DROP INDEX {name}")
    while some := [pattern_row(record) for record in islice(remaining, AT_ONCE)]:
        if live:
            connection.execute("BEGIN IMMEDIATE")
        connection.executemany(insert, ([row[name] for name in INSERTED] for row in some))
        _raw_rollup(connection, some)
        if live:
            connection.execute("COMMIT")
    if not live:
        for _, sql in creations:
            connection.execute(sql)
        connection.execute("COMMIT")
    taken = time.perf_counter() - started
    connection.close()
    return len(records) / taken


def _raw_rollup(connection: sqlite3.Connection, rows: list[Row]) -> None:
    cells: defaultdict[tuple[object, ...], list[float]] = defaultdict(lambda: [0, 0, 0.0, 0, 0.0])
    for row in rows:
        base = row["task"], row["success"]
        for key in (
            ("t", *base),
            ("c", row["task"], row["variant"], row["success"], bucket_of(row["reward"])),
        ):
            cell = cells[key]
            cell[0] += 1
            if row["reward"] is not None:
                cell[1] += 1
                cell[2] += row["reward"]
            if row["latency_ms"] is not None:
                cell[3] += 1
                cell[4] += row["latency_ms"]
    sums = ", ".join(
        f"{name} = {name} + excluded.{name}"
        for name in ("found", "rewarded", "reward_sum", "timed", "latency_sum")
    )
    fine = [(*key[1:], *cell) for key, cell in cells.items() if key[0] == "c"]
    coarse = [(*key[1:], 1, *cell) for key, cell in cells.items() if key[0] == "t"]
    connection.executemany(
        "INSERT INTO pattern_statistics VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        f" ON CONFLICT (task, variant, success, reward_bucket) DO UPDATE SET {sums}",
        fine,
    )
    connection.executemany(
        "INSERT INTO pattern_tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        f" ON CONFLICT (task, success) DO UPDATE SET changes = changes + 1, {sums}",
        coarse,
    )


class RawQueries:
    """The SQL of the store's answers, run through sqlite3 alone on the same file."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file)
        self._connection.execute("PRAGMA cache_size = -65536")

    def exact(self, task: str, condition: str = "") -> None:
        """Read the ten best, the worst, the newest 201 and the totals of one task."""
        self._answer([task], condition)

    def glob(self, pattern: str) -> None:
        """Read the same of the tasks that match, which are looked up first."""
        found = self._connection.execute(
            "SELECT task FROM pattern_tasks WHERE task GLOB ?", [pattern]
        )
        self._answer(sorted({row[0] for row in found}), "")

    def fetch(self, ids: Sequence[int]) -> None:
        """Read whole patterns by their keys."""
        marks = ", ".join("?" * len(ids))
        self._connection.execute(
            f"SELECT * FROM benchmark_patterns WHERE id IN ({marks})", ids
        ).fetchall()

    def _answer(self, tasks: Sequence[str], condition: str) -> None:
        run = self._connection.execute
        flags = [flag for flag in "10" if condition != f" AND success = {1 - int(flag)}"]
        each = " UNION ALL ".join(
            "SELECT id, reward, created_at FROM benchmark_patterns"
            f" WHERE task = ? AND success = {flag} AND reward IS NOT NULL{condition}"
            for _ in tasks
            for flag in flags
        )
        given = [task for task in tasks for _ in flags]
        keys = []
        for order, limit in (("DESC", 10), ("ASC", 1)):
            place = f"reward {order}, created_at {order}, id {order} LIMIT {limit}"
            keys += [row[0] for row in run(f"{each} ORDER BY {place}", given)]
        run(f"{each} ORDER BY created_at DESC, reward DESC LIMIT 201", given).fetchall()
        self.fetch(keys)
        marks = ", ".join("?" * len(tasks))
        sums = (
            "SUM(found), SUM(rewarded), SUM(reward_sum), SUM(timed), SUM(latency_sum),"
            " SUM(found * success)"
        )
        # Of rewards, the store looks up finer totals: by variant and bucket.
        table = "pattern_statistics" if "reward" in condition else "pattern_tasks"
        least = " AND reward_bucket >= 14" if "reward" in condition else ""
        run(f"SELECT {sums} FROM {table} WHERE task IN ({marks}){least}", tasks).fetchall()


class RawNeighbours:
    """A search of the nearest by numpy alone: one configuration's logarithms, held in memory."""

    def __init__(self, file: Path, raw: RawQueries) -> None:
        self._raw = raw
        self._of: dict[tuple[str, str], tuple[Integers, Floats]] = {}
        rows = sqlite3.connect(file).execute(
            "SELECT operation, variant, id, files, commits, branches, tags, total_bytes"
            " FROM benchmark_patterns"
        )
        found: defaultdict[tuple[str, str], list[tuple[int, ...]]] = defaultdict(list)
        for operation, variant, *numbers in rows:
            found[operation, variant].append(tuple(numbers))
        for key, values in found.items():
            known = np.array(values, dtype=np.float64)
            self._of[key] = known[:, 0].astype(np.int64), np.log1p(np.nan_to_num(known[:, 1:]))

    def nearest(self, operation: str, variant: str, files: int) -> None:
        """Find and fetch the ten nearest."""
        ids, logs = self._of[operation, variant]
        gaps = logs[:, :1] - np.log1p(files)
        squares = np.einsum("ij,ij->i", gaps, gaps)
        near = np.argpartition(squares, 10)[:10]
        self._raw.fetch([int(key) for key in ids[near[np.argsort(squares[near])]]])


def fill(file: Path, count: int) -> None:
    """Fill a store with distinct patterns of the same shape by SQL: minutes less, for queries.

    The hash of a pattern is random here, which no query looks at.
    """
    schema.upgrade(f"sqlite:///{file}")
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA cache_size = -262144")
    names = [str(index.name) for index in patterns.indexes]
    marks = ", ".join("?" * len(names))
    creations = connection.execute(
        f"SELECT name, sql FROM sqlite_master WHERE name IN ({marks})", names
    ).fetchall()
    connection.execute("BEGIN IMMEDIATE")
    for name, _ in creations:
        connection.execute(f"DROP INDEX {name}")
    operations = ", ".join(f"({place}, '{name}')" for place, name in enumerate(OPERATIONS))
    systems = ", ".join(f"({place}, '{name}')" for place, name in enumerate(SYSTEMS))
    connection.execute(
        f"""
        INSERT INTO benchmark_patterns (session_id, task, input, output, reward, critique,
            latency_ms, success, created_at, tokens_used, content_hash, operation, vcs_type,
            variant, repo_size, status, files)
        WITH RECURSIVE operations(place, operation) AS (VALUES {operations}),
            systems(place, vcs) AS (VALUES {systems}),
            numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count} - 1),
            drawn AS MATERIALIZED (SELECT n, abs(random()) % 12 AS o, abs(random()) % 3 AS s,
                abs(random()) % 4 AS v, 10 + abs(random()) % 99990 AS files,
                abs(random()) % 10 > 0 AS success, abs(random()) % 10001 / 10000.0 AS reward,
                1 + abs(random()) % 1000000 / 1000.0 AS ms FROM numbers)
        SELECT 'benchmark-' || (({SEED} * 1000 + n * 1000) / 50000),
            operation || '-' || vcs || '-benchmark',
            '{{"operation": "' || operation || '", "vcsType": "' || vcs
                || '", "repoSize": "medium", "files": ' || files
                || ', "commitMessage": "50 chars"}}',
            '{{"executionTime": ' || ms || ', "memoryPeak": 128, "ioOperations": 250, "success": '
                || CASE WHEN success THEN 'true' ELSE 'false' END || '}}',
            CASE WHEN success THEN reward ELSE 0.0 END, '{CRITIQUE}', ms, success,
            {SEED} * 1000 + n * 1000, 0,
            randomblob(16), operation, vcs, vcs || substr('  +a+b+c', 1 + 2 * v, 2), 'medium',
            'finished', files
        FROM drawn JOIN operations ON operations.place = o JOIN systems ON systems.place = s
        """
    )
    connection.execute("UPDATE benchmark_patterns SET variant = trim(variant)")
    edges = "CAST(min(reward * 20 + 1e-9, 19) AS INTEGER)"
    sums = (
        "count(*), count(reward), coalesce(sum(reward), 0.0), count(latency_ms),"
        " coalesce(sum(latency_ms), 0.0) FROM benchmark_patterns"
    )
    connection.execute(
        f"INSERT INTO pattern_statistics SELECT task, variant, success, {edges}, {sums}"
        f" GROUP BY task, variant, success, {edges}"
    )
    connection.execute(
        f"INSERT INTO pattern_tasks SELECT task, success, 1, {sums} GROUP BY task, success"
    )
    for _, sql in creations:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.close()
