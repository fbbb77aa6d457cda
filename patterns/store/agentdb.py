"""Reading the episodes of an AgentDB 1.6 database file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from patterns.models import BenchmarkPattern, PatternRecord
from patterns.store.errors import StoreError
from patterns.store.jsonl import OnReject, context_of
from patterns.store.rows import pattern_row

_FIELDS = "session_id, task, input, output, critique, reward, success, latency_ms, tokens_used, ts"

MAGIC = b"SQLite format 3\x00"


def is_database(path: Path) -> bool:
    """Return whether a file is an SQLite database."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read_episodes(path: Path, *, reject: OnReject) -> Iterator[PatternRecord]:
    """Return the episodes of a database file, which is only read.

    Parameters
    ----------
    path : Path
        What AgentDB 1.6 saved: it has a table `episodes`.
    reject : callable
        Called with the id of an episode that is no pattern, and the reason.

    Notes
    -----
    AgentDB writes a latency of 0 as NULL, so an unknown latency may have been 0. Embeddings
    are left behind: what is similar is told from typed columns here.
    """
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        # Text that is not UTF-8 shall cost its own row, not the rest of them.
        connection.text_factory = bytes
        try:
            rows = connection.execute(f"SELECT id, {_FIELDS} FROM episodes ORDER BY id")  # noqa: S608  constants
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"{path}: is no AgentDB 1.6 database ({error}); "
                "give a file that has a table `episodes`, or JSON lines"
            ) from error
        for key, *values in rows:
            try:
                yield _record(dict(zip(_FIELDS.split(", "), values, strict=True)))
            except (ValueError, StoreError) as error:
                reject(key, str(error).replace("\n", " "))


def _record(row: dict[str, Any]) -> PatternRecord:
    row = {
        name: value.decode() if isinstance(value, bytes) else value for name, value in row.items()
    }
    seconds = row.pop("ts")
    if not isinstance(seconds, int | float):
        raise StoreError(f"ts is {seconds!r}, no time in Unix seconds")
    if row["success"] not in {0, 1}:
        raise StoreError(f"success is {row['success']!r}, neither 0 nor 1")
    texts = {name: row[name] or "" for name in ("input", "output")}
    pattern = BenchmarkPattern.model_validate({**row, **texts, "success": bool(row["success"])})
    context = context_of(pattern, 0).model_copy(update={"created_at": int(seconds * 1000)})
    record = PatternRecord(pattern=pattern, context=context)
    pattern_row(record)
    return record
