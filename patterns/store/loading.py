"""Loading many patterns at once: indexes are dropped, and made anew when the rows are there.

An index that is kept up row by row costs more the larger it is; made at once it is sorted
once. It pays where most of the rows are new, and only SQLite, which has one writer anyway,
lets everybody go on reading meanwhile.
"""

import time
from collections.abc import Iterator
from itertools import islice

from sqlalchemy import Connection, func, select

from patterns.store.engine import BUSY_SECONDS
from patterns.store.rows import Row
from patterns.store.writing import insert_rows, unseen
from patterns.tables import patterns, tasks

AT_LEAST = 20_000
"""Below this many patterns live indexes cost less than a second in all."""

LONGEST_SECONDS = BUSY_SECONDS / 2
"""Of writing under the lock; making the indexes takes about a third of that, and other writers
wait `BUSY_SECONDS`."""

_CHUNK = 20_000


def pays(connection: Connection, given: int) -> bool:
    """Return whether so many new rows are best loaded: more than half of those there."""
    if connection.dialect.name != "sqlite" or given < AT_LEAST:
        return False
    return 2 * given > _count(connection)


def load(connection: Connection, rows: Iterator[Row]) -> tuple[int, int]:
    """Write what is new among rows until they or the time run out; return added and known.

    Works inside its caller's write transaction: all of it is there afterwards, or nothing.
    """
    give_up = time.monotonic() + LONGEST_SECONDS
    hashes = set(connection.scalars(select(patterns.c.content_hash)))
    runs = set(connection.scalars(select(patterns.c.run_id).where(patterns.c.run_id.is_not(None))))
    indexes = sorted(patterns.indexes, key=lambda index: str(index.name))
    for index in indexes:
        index.drop(connection)
    added = given = 0
    while time.monotonic() < give_up and (chunk := tuple(islice(rows, _CHUNK))):
        fresh = list(unseen(chunk, hashes, runs))
        insert_rows(connection, fresh)
        added, given = added + len(fresh), given + len(chunk)
    for index in indexes:
        index.create(connection)
    return added, given - added


def _count(connection: Connection) -> int:
    return int(connection.scalar(select(func.coalesce(func.sum(tasks.c.found), 0))) or 0)
