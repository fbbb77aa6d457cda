"""Connections to SQLite and PostgreSQL, and the two kinds of transactions: reading and writing."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from patterns.store.errors import StoreError, wrong_url

BUSY_SECONDS = 120.0
"""How long a writer waits for another one. A transaction of ours takes milliseconds, but for
a load of a million patterns (`patterns.store.loading`)."""

WRITE_LOCK = 7_310_579_626_152_870_251
"""Key of PostgreSQL's advisory lock: one writer at a time, as with SQLite. Any fixed number."""

_WRITES = "tracker_writes"
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_SECRET_PARAMETERS = frozenset({"password", "sslpassword", "passfile", "sslkey"})


def parse_url(address: str) -> URL:
    """Return the address as SQLAlchemy's URL, with the driver that is used here."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise wrong_url() from error
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise StoreError(
            f"{shown(url)}: {url.drivername} is not supported; "
            "use sqlite:///FILE or postgresql://USER@HOST/DATABASE"
        )
    return url


def shown(url: URL) -> str:
    """Return the address without its passwords."""
    hidden = {key: "***" for key in url.query if key in _SECRET_PARAMETERS}
    name = url.drivername.partition("+")[0]
    return url.set(drivername=name).update_query_dict(hidden).render_as_string(hide_password=True)


def file_of(url: URL) -> Path | None:
    """Return the SQLite file, or None for memory and for a server."""
    in_memory = not url.database or url.database == ":memory:" or "mode=memory" in str(url.query)
    if url.get_backend_name() != "sqlite" or in_memory or url.database is None:
        return None
    return Path(url.database.removeprefix("file:").partition("?")[0])


def make_engine(url: URL) -> Engine:
    """Return an engine; parameters, which may be private, stay out of its errors."""
    if url.get_backend_name() == "postgresql":
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    arguments: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS}}
    if file_of(url) is None:
        arguments["poolclass"] = StaticPool
        arguments["connect_args"]["check_same_thread"] = False
    engine = create_engine(url, hide_parameters=True, **arguments)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one state of the store from beginning to end."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # On the driver, and ended by giving the connection back: SQLAlchemy's own begin and
            # commit take longer than many an answer.
            _begin(connection, "BEGIN")
            yield connection
            return
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        connection.execution_options(**options)
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that keeps other writers out from its first statement on.

    With the lock taken before anything is read, two writers can neither deadlock nor decide
    on what the other is about to change.
    """
    with (
        engine.connect().execution_options(**{_WRITES: True}) as connection,
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITE_LOCK})
        yield connection


def turn_on_wal(engine: Engine) -> None:
    """Let readers and a writer work at once on an SQLite file, for good.

    The change needs the file alone and SQLite does not wait for that, so this does.
    """
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return
        finally:
            raw.close()


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  a driver's object
    # Without this the driver decides when a transaction begins, and begins it too late.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: a transaction that was acknowledged survives a power cut. Bulk writes commit
    # thousands of rows at once and don't notice.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # 64 MiB instead of 2: the pages of live indexes are visited in no order.
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        writes = connection.get_execution_options().get(_WRITES, False)
        _begin(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin(connection: Connection, statement: str) -> None:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement)
    finally:
        cursor.close()
