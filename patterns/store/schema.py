"""The schema of a store: which version it has, how it is created, upgraded and checked.

Alembic is imported where a schema is changed or compared; opening a store that is up to
date costs one query.
"""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, Engine, inspect, text

import patterns
from patterns.models import Value
from patterns.store.engine import (
    file_of,
    make_engine,
    parse_url,
    reading,
    shown,
    turn_on_wal,
    writing,
)
from patterns.store.errors import StoreError, told_clearly
from patterns.tables import metadata

if TYPE_CHECKING:
    import sqlite3

    from alembic.config import Config

HEAD = "0003"
"""The newest migration, whose schema this version reads and writes.

0001: the first. 0002: totals of tasks; indexes of trials leave out what is no trial. 0003: indexes
of tasks by time and by reward under each success; totals are kept once.
"""

VERSION_TABLE = "pattern_store_version"
"""Not Alembic's default name, which MLflow uses in a database that both may share."""


class Upgrade(Value):
    """What an upgrade did; the revisions are equal when there was nothing to do."""

    before: str | None
    after: str
    backup: str | None = None


def upgrade(address: str) -> Upgrade:
    """Create the schema or bring it up to this version; data of an SQLite file is backed up.

    Two processes may do this at once: one works, the other waits and finds it done.
    """
    url = parse_url(address)
    with told_clearly(shown(url)):
        engine = make_engine(url)
        try:
            return upgrade_engine(engine)
        finally:
            engine.dispose()


def current(address: str) -> str | None:
    """Return the revision of a store's schema, or None where there is no schema, no file even."""
    url = parse_url(address)
    file = file_of(url)
    if file is not None and not file.exists():
        return None
    with told_clearly(shown(url)):
        engine = make_engine(url)
        try:
            return revision_of(engine)
        finally:
            engine.dispose()


def check(address: str) -> tuple[str, ...]:
    """Return in which points a store differs from the tables of this version; none is good."""
    revision = current(address)
    if revision != HEAD:
        return (f"the schema has revision {revision or 'none'}, this version needs {HEAD}",)
    url = parse_url(address)
    with told_clearly(shown(url)):
        engine = make_engine(url)
        try:
            with reading(engine) as connection:
                return _differences(connection)
        finally:
            engine.dispose()


def ensure(engine: Engine, *, create: bool) -> None:
    """Make sure that an engine's store has this version's schema, creating it where allowed."""
    where = shown(engine.url)
    file = file_of(engine.url)
    if not create and file is not None and not file.exists():
        raise StoreError(f"{where}: there is no pattern store; `tracker run` creates one")
    revision = revision_of(engine)
    if revision == HEAD:
        return
    if revision is not None:
        _refuse_unknown(revision, where)
        raise StoreError(
            f"{where}: the schema is older ({revision}) than this version needs ({HEAD}); "
            "run `tracker db upgrade`, which makes a backup first"
        )
    if not create:
        raise StoreError(f"{where}: this database has no pattern store; `tracker run` creates one")
    upgrade_engine(engine)


def revision_of(engine: Engine) -> str | None:
    """Return the revision of an engine's store, or None without a schema."""
    with reading(engine) as connection:
        return _revision(connection)


def upgrade_engine(engine: Engine) -> Upgrade:
    """Bring an engine's store to this version's schema, under the lock of writers."""
    if engine.dialect.name == "sqlite" and file_of(engine.url) is not None:
        turn_on_wal(engine)
    with writing(engine) as connection:
        before = _revision(connection)
        backup = None
        if before is None:
            _refuse_strangers(connection)
        else:
            _refuse_unknown(before, shown(engine.url))
        if before not in {None, HEAD}:
            backup = _back_up(engine, before)
        if before != HEAD:
            _migrate(connection)
        return Upgrade(before=before, after=HEAD, backup=None if backup is None else str(backup))


def migrations_folder() -> Path:
    """Return where the migrations are: in an installed tracker's data, or beside the package."""
    beside = Path(patterns.__file__).parents[1]
    for folder in (beside / "tracker" / "data" / "migrations", beside / "migrations"):
        if (folder / "versions" / "0001_first.py").is_file():
            return folder
    raise StoreError(f"The migrations are missing in {beside}; install the tracker again")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    # Bandit takes the constant for a value of a user's.
    query = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608
    found = connection.execute(query).scalar()
    return None if found is None else str(found)


def _refuse_unknown(revision: str, where: str) -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415  see the module's docstring

    known = {script.revision for script in ScriptDirectory(migrations_folder()).walk_revisions()}
    if revision not in known:
        raise StoreError(
            f"{where}: the schema ({revision}) is newer than this version of the tracker "
            f"knows ({HEAD}); install a newer tracker, or name another store"
        )


def _refuse_strangers(connection: Connection) -> None:
    there = set(inspect(connection).get_table_names()) & set(metadata.tables)
    if there:
        raise StoreError(
            f"{shown(connection.engine.url)}: has tables of the same names "
            f"({', '.join(sorted(there))}) that the tracker did not make; name another store"
        )


def _back_up(engine: Engine, revision: str) -> Path | None:
    """Copy an SQLite file beside itself; the caller holds the write lock, so it stands still."""
    file = file_of(engine.url)
    if file is None:
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    copy = file.with_name(f"{file.name}.{revision}.{stamp}.backup")
    raw = engine.raw_connection()
    try:
        source = cast("sqlite3.Connection", raw.driver_connection)
        with closing(type(source)(copy)) as target:
            source.backup(target)
    finally:
        raw.close()
    return copy


def _config(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415  see the module's docstring

    config = Config()
    # ConfigParser takes % for the start of an interpolation.
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes.update(connection=connection, metadata=metadata, version_table=VERSION_TABLE)
    return config


def _migrate(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  see the module's docstring

    command.upgrade(_config(connection), "head")


def _differences(connection: Connection) -> tuple[str, ...]:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  see the module's docstring
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name in metadata.tables

    context = MigrationContext.configure(
        connection,
        opts={"version_table": VERSION_TABLE, "compare_type": True, "include_name": ours},
    )
    return tuple(str(difference) for difference in compare_metadata(context, metadata))
