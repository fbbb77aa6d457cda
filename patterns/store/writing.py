"""Writing trials and patterns; each function works inside its caller's write transaction."""

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from patterns.models import PatternRecord, TrialRow
from patterns.store import daily, rollup
from patterns.store.errors import StoreError
from patterns.store.rows import Row, pattern_row, trial_row
from patterns.store.values import StoredTrial
from patterns.tables import patterns, results

_AT_ONCE = 500
"""Values in one IN (…); SQLite has taken 32,766 since 3.32 and 999 before."""

INSERTED = tuple(column.name for column in patterns.columns if column.name != "id")

_COPY = f"COPY {patterns.name} ({', '.join(INSERTED)}) FROM STDIN"


def add_trial(
    connection: Connection, record: PatternRecord, rows: Sequence[TrialRow]
) -> StoredTrial:
    """Write a trial's pattern and iterations; see `PatternStore.add_trial`."""
    run_id = record.context.run_id
    strange = {row.run_id for row in rows} - {run_id}
    if strange:
        raise StoreError(f"iterations of {sorted(strange)} were given with the pattern of {run_id}")
    row = pattern_row(record)
    known = _known_trial(connection, row)
    if known is None:
        key = _insert_one(connection, row)
        return StoredTrial(id=key, outcome="added", iterations=_add_iterations(connection, rows))
    if known["content_hash"] == row["content_hash"]:
        added = _add_iterations(connection, rows)
        return StoredTrial(id=known["id"], outcome="known", iterations=added)
    _replace(connection, known, row)
    if rows:
        touched = daily.days_of(connection, [str(run_id)])
        connection.execute(delete(results).where(results.c.run_id == run_id))
        daily.refresh_days(connection, touched)
    added = _add_iterations(connection, rows)
    return StoredTrial(id=known["id"], outcome="replaced", iterations=added)


def add_patterns(connection: Connection, rows: Sequence[Row]) -> tuple[int, int]:
    """Write what is new among rows; return how many were added and how many were known."""
    hashes = _there(connection, patterns.c.content_hash, [row["content_hash"] for row in rows])
    runs = _there(
        connection, patterns.c.run_id, [row["run_id"] for row in rows if row["run_id"] is not None]
    )
    fresh = list(unseen(rows, hashes, runs))
    insert_rows(connection, fresh)
    return len(fresh), len(rows) - len(fresh)


def insert_rows(connection: Connection, rows: Sequence[Row]) -> None:
    """Write patterns that are known to be new, by the driver's way for many rows."""
    if not rows:
        return
    pick = itemgetter(*INSERTED)
    if connection.dialect.name == "postgresql":
        _copy(connection, (pick(row) for row in rows))
    else:
        statement = insert(patterns).compile(dialect=connection.dialect, column_keys=INSERTED)
        connection.exec_driver_sql(str(statement), [pick(row) for row in rows])
    rollup.add(connection, rows)


def _copy(connection: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows by PostgreSQL's COPY: in about half the time of its INSERT."""
    try:
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError(_COPY, None, error) from error


def unseen(rows: Iterable[Row], hashes: set[bytes], runs: set[str]) -> Iterator[Row]:
    """Return the rows whose content and run were not seen yet, and take note of them."""
    for row in rows:
        content, run_id = row["content_hash"], row["run_id"]
        if content in hashes or run_id in runs:
            continue
        hashes.add(content)
        if run_id is not None:
            runs.add(run_id)
        yield row


def update_mlflow_run(connection: Connection, run_id: str, mlflow_run_id: str) -> bool:
    """Write which MLflow run a trial has; return whether the trial is there."""
    changed = connection.execute(
        update(patterns).where(patterns.c.run_id == run_id).values(mlflow_run_id=mlflow_run_id)
    )
    connection.execute(
        update(results).where(results.c.run_id == run_id).values(mlflow_run_id=mlflow_run_id)
    )
    return bool(changed.rowcount)


def _known_trial(connection: Connection, row: Row) -> Row | None:
    """Return the pattern of the same run or, where there is no run, of the same content."""
    columns = patterns.c.id, patterns.c.content_hash, patterns.c.task, patterns.c.variant
    name = "content_hash" if row["run_id"] is None else "run_id"
    query = select(*columns).where(patterns.c[name] == row[name])
    found = connection.execute(query).mappings().first()
    return None if found is None else dict(found)


def _insert_one(connection: Connection, row: Row) -> int:
    inserted = connection.execute(insert(patterns).values(**row).returning(patterns.c.id))
    rollup.add(connection, [row])
    return int(inserted.scalar_one())


def _replace(connection: Connection, known: Row, row: Row) -> None:
    connection.execute(update(patterns).where(patterns.c.id == known["id"]).values(**row))
    cells = (known["task"], known["variant"]), (row["task"], row["variant"])
    rollup.recount(connection, cells)


def _add_iterations(connection: Connection, rows: Sequence[TrialRow]) -> int:
    if not rows:
        return 0
    run_id = rows[0].run_id
    there = set(
        connection.scalars(select(results.c.iteration).where(results.c.run_id == run_id)).all()
    )
    fresh: dict[int, Row] = {}
    for row in rows:
        if row.iteration not in there:
            fresh.setdefault(row.iteration, trial_row(row))
    if fresh:
        connection.execute(insert(results), list(fresh.values()))
        daily.refresh_days(connection, {daily.day_of(row) for row in fresh.values()})
    return len(fresh)


def _there(connection: Connection, column: Column[Any], values: Sequence[Any]) -> set[Any]:
    found: set[Any] = set()
    for start in range(0, len(values), _AT_ONCE):
        some = values[start : start + _AT_ONCE]
        found.update(connection.scalars(select(column).where(column.in_(some))).all())
    return found
