"""Errors say where, what and what to do, and no password."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from patterns.store import PatternStore, StoreError, engine, schema
from tests.store.values import make_record

CAN_WRITE_ANYWHERE = os.geteuid() == 0


@pytest.mark.parametrize(
    "address",
    ["", "tracker.db", "mysql://user:secret@host/db", "postgresql://user:secret@host:port/db"],
)
def test_a_wrong_address_says_which_are_right(address):
    with pytest.raises(StoreError, match=r"use sqlite:///FILE or postgresql://") as caught:
        PatternStore(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://user:secret@127.0.0.1:1/db",
        "postgres://user:secret@127.0.0.1:1/db",
        "postgresql+psycopg://user@127.0.0.1:1/db?password=secret",
    ],
)
def test_a_server_that_is_not_there_is_told_without_the_password(address):
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1/db.*no server answers") as caught:
        PatternStore(address)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path):
    file = tmp_path / "t.db"
    file.write_text("This is a letter, not a database. " * 100)
    with pytest.raises(StoreError, match=r"t\.db.*not an SQLite database"):
        PatternStore(f"sqlite:///{file}")
    assert file.read_text().startswith("This is a letter")


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(StoreError, match="check that its folder exists"):
        PatternStore(f"sqlite:///{tmp_path}/none/t.db")


def test_a_locked_store_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)
    with PatternStore(f"sqlite:///{tmp_path}/t.db") as store:
        with closing(sqlite3.connect(tmp_path / "t.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="another process has been writing"):
                store.add_patterns([make_record()])
            assert store.stats() == ()
        assert store.add_patterns([make_record()]).added == 1


@pytest.mark.skipif(CAN_WRITE_ANYWHERE, reason="permissions do not bind root")
def test_a_read_only_store_is_told_when_written(tmp_path):
    PatternStore(f"sqlite:///{tmp_path}/t.db").close()
    (tmp_path / "t.db").chmod(0o444)
    with (
        pytest.raises(StoreError, match="read-only"),
        PatternStore(f"sqlite:///{tmp_path}/t.db") as store,
    ):
        store.add_patterns([make_record()])


def test_a_store_opened_for_reading_only_says_so_when_written(tmp_path):
    PatternStore(f"sqlite:///{tmp_path}/t.db").close()
    address = f"sqlite:///file:{tmp_path}/t.db?mode=ro&uri=true"
    with PatternStore(address) as store:
        assert store.stats() == ()
        with pytest.raises(StoreError, match="read-only"):
            store.add_patterns([make_record()])


def test_a_missing_driver_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match="extra `postgres`"):
        schema.current("postgresql://user@127.0.0.1:1/db")


@pytest.mark.postgres
def test_a_missing_database_is_told(postgres_url):
    missing = postgres_url.set(database="surely_not_there", password="secret")
    with pytest.raises(StoreError, match="no such database") as caught:
        PatternStore(missing.render_as_string(hide_password=False))
    assert "secret" not in str(caught.value)


def test_importing_patterns_loads_no_database_library():
    code = (
        "import sys, patterns, patterns.models\n"
        "heavy = {'sqlmodel', 'sqlalchemy', 'alembic', 'scipy', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert patterns.PatternQuery is patterns.models.PatternQuery\n"
        "assert 'sqlalchemy' not in sys.modules\n"
        "patterns.PatternStore\n"
        "assert 'alembic' not in sys.modules and 'scipy' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_model_and_the_store_are_found_under_patterns():
    import patterns
    from patterns import models

    for name in (*models.__all__, "PatternStore", "StoreError"):
        assert name in dir(patterns)
        assert getattr(patterns, name) is not None
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = patterns.Nonsense
