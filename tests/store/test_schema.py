"""The schema: its creation, its version, and its agreement with the tables."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from patterns import tables
from patterns.models import PatternQuery
from patterns.store import PatternStore, StoreError, schema
from patterns.store.engine import make_engine, parse_url
from tests.store.values import make_record

SPECIFIED_COLUMNS = {
    "benchmark_results": """id test_id run_id timestamp vcs_type operation repo_size execution_time_ms
        cpu_user_ms cpu_system_ms memory_peak_bytes io_read_ops io_write_ops disk_delta_bytes success
        exit_code retry_count reward""",
    "benchmark_patterns": """id session_id task input output reward critique latency_ms success
        created_at""",
    "performance_trends": "id operation vcs_type date avg_time_ms avg_memory_bytes sample_count",
    "recommendations": """id report_id priority category title description expected_impact
        created_at""",
}

SPECIFIED_INDEXES = {
    "benchmark_results": {"idx_vcs_operation", "idx_timestamp", "idx_success"},
    "benchmark_patterns": {"idx_task", "idx_reward", "idx_created_at"},
    "performance_trends": {"idx_operation_vcs", "idx_date"},
    "recommendations": {"idx_report", "idx_priority"},
}

RELEASED = Path(__file__).parent / "released"
"""A dump of a store of every schema that was released, with the same three patterns."""

MEASURED = {
    *("execution_time_ms", "cpu_user_ms", "cpu_system_ms", "memory_peak_bytes", "io_read_ops"),
    *("io_write_ops", "disk_delta_bytes", "exit_code", "reward"),
}

OPEN_AT_ONCE = """
import sys
from patterns.store import PatternStore
from tests.store.values import make_record
address, number = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
with PatternStore(address) as store:
    store.add_patterns([make_record(input=number)])
"""


def _run(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def _set_revision(address: str, revision: str) -> None:
    engine = create_engine(parse_url(address))
    with engine.begin() as connection:
        connection.execute(
            text(f"UPDATE {schema.VERSION_TABLE} SET version_num = :new"), {"new": revision}
        )
    engine.dispose()


@pytest.fixture
def inspected(lasting_address):
    schema.upgrade(lasting_address)
    engine = make_engine(parse_url(lasting_address))
    yield inspect(engine)
    engine.dispose()


@pytest.mark.parametrize("table", SPECIFIED_COLUMNS)
def test_each_specified_column_is_there_in_its_order(inspected, table):
    columns = [column["name"] for column in inspected.get_columns(table)]
    specified = SPECIFIED_COLUMNS[table].split()
    assert columns[: len(specified)] == specified


@pytest.mark.parametrize("table", SPECIFIED_INDEXES)
def test_each_specified_index_is_there(inspected, table):
    assert SPECIFIED_INDEXES[table] <= {index["name"] for index in inspected.get_indexes(table)}


def test_what_may_be_unknown_is_nullable_and_nothing_else(inspected):
    def nullable(table):
        specified = set(SPECIFIED_COLUMNS[table].split())
        found = {column["name"] for column in inspected.get_columns(table) if column["nullable"]}
        return found & specified

    assert nullable("benchmark_results") == MEASURED
    assert nullable("benchmark_patterns") == {"reward", "critique", "latency_ms"}
    assert nullable("performance_trends") == {"avg_memory_bytes"}
    assert nullable("recommendations") == {"expected_impact"}


def test_sqlite_has_the_specified_types(tmp_path):
    address = f"sqlite:///{tmp_path}/t.db"
    schema.upgrade(address)
    with closing(sqlite3.connect(tmp_path / "t.db")) as connection:
        types = {
            f"{table}.{row[1]}": row[2]
            for table in SPECIFIED_COLUMNS
            for row in connection.execute(f"PRAGMA table_info({table})")
        }
    assert types["benchmark_results.execution_time_ms"] == "REAL"
    assert types["benchmark_results.memory_peak_bytes"] == "INTEGER"
    assert types["benchmark_patterns.success"] == "INTEGER"
    assert types["benchmark_patterns.task"] == "TEXT"
    assert types["benchmark_patterns.content_hash"] == "BLOB"


def test_migrations_lead_to_the_tables(lasting_address):
    assert schema.check(lasting_address) == (
        f"the schema has revision none, this version needs {schema.HEAD}",
    )
    schema.upgrade(lasting_address)
    assert schema.check(lasting_address) == ()


def test_a_difference_from_the_tables_is_told(lasting_address):
    schema.upgrade(lasting_address)
    engine = make_engine(parse_url(lasting_address))
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX idx_date"))
        connection.execute(text("ALTER TABLE recommendations DROP COLUMN details"))
    engine.dispose()
    told = "\n".join(schema.check(lasting_address))
    assert "idx_date" in told
    assert "details" in told


def test_tables_that_are_not_the_tracker_s_are_no_difference(lasting_address):
    schema.upgrade(lasting_address)
    engine = make_engine(parse_url(lasting_address))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
    engine.dispose()
    assert schema.check(lasting_address) == ()
    assert schema.current(lasting_address) == schema.HEAD


def test_the_newest_migration_is_the_one_this_version_reads():
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(schema.migrations_folder()).get_current_head() == schema.HEAD


def test_a_schema_is_created_on_first_use_and_kept(lasting_address):
    assert schema.current(lasting_address) is None
    with PatternStore(lasting_address) as store:
        store.add_patterns([make_record()])
    assert schema.current(lasting_address) == schema.HEAD
    assert schema.upgrade(lasting_address) == schema.Upgrade(before=schema.HEAD, after=schema.HEAD)
    with PatternStore(lasting_address, create=False) as store:
        assert store.query(PatternQuery()).statistics.total_found == 1


def test_asking_for_the_revision_creates_no_file(tmp_path):
    assert schema.current(f"sqlite:///{tmp_path}/t.db") is None
    assert list(tmp_path.iterdir()) == []


def test_without_creation_a_missing_store_is_told_and_no_file_made(lasting_address, tmp_path):
    with pytest.raises(StoreError, match="no pattern store"):
        PatternStore(lasting_address, create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("attempt", range(3))
def test_processes_that_start_at_once_all_work(lasting_address, attempt):
    processes = [_run(OPEN_AT_ONCE, lasting_address, f"{attempt}-{n}") for n in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
    with PatternStore(lasting_address) as store:
        assert store.query(PatternQuery()).statistics.total_found == 3
    assert schema.check(lasting_address) == ()


def test_a_newer_schema_is_refused_by_opening_and_by_upgrading(lasting_address):
    schema.upgrade(lasting_address)
    _set_revision(lasting_address, "9999")
    with pytest.raises(StoreError, match=r"9999.*newer.*install a newer tracker"):
        PatternStore(lasting_address)
    with pytest.raises(StoreError, match="newer"):
        schema.upgrade(lasting_address)
    assert schema.current(lasting_address) == "9999"


def test_tables_of_somebody_else_are_not_touched(lasting_address):
    engine = make_engine(parse_url(lasting_address))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE recommendations (what TEXT)"))
    engine.dispose()
    with pytest.raises(StoreError, match=r"recommendations.*did not make"):
        PatternStore(lasting_address)
    assert schema.current(lasting_address) is None


def _first_schema_with_data(address):
    """Make a store of revision 0001 as its version left it: two successes and a failure."""
    from alembic import command

    engine = make_engine(parse_url(address))
    with engine.begin() as connection:
        command.upgrade(schema._config(connection), "0001")
        for n, (reward, success) in enumerate([(0.5, 1), (0.9, 1), (0.0, 0)]):
            connection.execute(
                text(
                    "INSERT INTO benchmark_patterns (session_id, task, input, output, reward, success,"
                    " latency_ms, created_at, content_hash, operation, vcs_type, variant, repo_size,"
                    " status, run_id) VALUES ('s', 'add-git-benchmark', 'i', 'o', :reward, :success,"
                    " 10.0, :n, :hash, 'add', 'git', 'git', 'small', 'finished', :run)"
                ),
                {
                    "reward": reward,
                    "success": success,
                    "n": n,
                    "hash": bytes([n] * 16),
                    "run": f"run-{n}",
                },
            )
            connection.execute(
                text(
                    "INSERT INTO pattern_statistics VALUES"
                    " ('add-git-benchmark', 'git', :success, :bucket, 1, 1, :reward, 1, 10.0)"
                ),
                {"success": success, "bucket": int(reward * 20), "reward": reward},
            )
    engine.dispose()


def test_the_first_schema_s_data_is_answered_the_same_after_an_upgrade(lasting_address):
    _first_schema_with_data(lasting_address)
    with pytest.raises(StoreError, match=r"older.*tracker db upgrade"):
        PatternStore(lasting_address)
    done = schema.upgrade(lasting_address)
    assert (done.before, done.after) == ("0001", schema.HEAD)
    assert schema.check(lasting_address) == ()
    with PatternStore(lasting_address) as store:
        answer = store.query(PatternQuery(task="add-*"))
        assert answer.statistics.total_found == 3
        assert answer.statistics.avg_reward == pytest.approx(1.4 / 3)
        assert answer.statistics.success_rate == pytest.approx(2 / 3)
        assert store.query(PatternQuery(only_failures=True)).statistics.total_found == 1
        assert store.run("run-1").pattern.reward == 0.9
        store.add_trial(make_record(task="add-git-benchmark", run_id="run-1", reward=0.1), ())
        assert store.stats()[0].avg_reward == pytest.approx(0.2)


def test_every_released_schema_is_kept():
    released = {path.stem for path in RELEASED.glob("*.sql")}
    folder = schema.migrations_folder() / "versions"
    assert released == {path.name.partition("_")[0] for path in folder.glob("[0-9]*.py")}


@pytest.mark.parametrize("dump", sorted(RELEASED.glob("*.sql")), ids=lambda path: path.stem)
def test_the_data_of_every_released_schema_is_there_after_an_upgrade(dump, tmp_path):
    with closing(sqlite3.connect(tmp_path / "t.db")) as connection:
        connection.executescript(dump.read_text())
    address = f"sqlite:///{tmp_path}/t.db"
    assert schema.upgrade(address).before == dump.stem
    assert schema.check(address) == ()
    with PatternStore(address) as store:
        rewards = [one.reward for one in store.query(PatternQuery(task="add-*")).patterns]
        assert rewards == [0.9, 0.5, 0.0]
        (row,) = store.stats()
        assert (row.count, row.success_rate) == (3, pytest.approx(2 / 3))
        assert store.run("run-1").pattern.reward == 0.9


def test_an_upgrade_of_data_makes_a_backup_first(tmp_path):
    address = f"sqlite:///{tmp_path}/t.db"
    _first_schema_with_data(address)
    done = schema.upgrade(address)
    assert Path(done.backup).parent == tmp_path
    assert schema.current(f"sqlite:///{done.backup}") == "0001"
    with closing(sqlite3.connect(done.backup)) as copy:
        assert copy.execute("SELECT count(*) FROM benchmark_patterns").fetchone() == (3,)


def test_the_migrations_can_be_taken_back(lasting_address):
    from alembic import command

    schema.upgrade(lasting_address)
    engine = make_engine(parse_url(lasting_address))
    with engine.begin() as connection:
        command.downgrade(schema._config(connection), "base")
        assert not set(inspect(connection).get_table_names()) & set(tables.metadata.tables)
    engine.dispose()


def test_creation_leaves_logging_alone(tmp_path):
    import logging

    handlers = list(logging.getLogger().handlers)
    level = logging.getLogger().level
    schema.upgrade(f"sqlite:///{tmp_path}/t.db")
    assert logging.getLogger().handlers == handlers
    assert logging.getLogger().level == level
    assert not logging.getLogger("patterns").disabled


def test_a_file_store_is_in_wal_mode_and_syncs_every_commit(tmp_path):
    with PatternStore(f"sqlite:///{tmp_path}/t.db") as store, store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_path_with_odd_characters_is_a_path(tmp_path):
    folder = tmp_path / "50 % é #1"
    folder.mkdir()
    with PatternStore(f"sqlite:///{folder}/t.db") as store:
        store.add_patterns([make_record()])
    assert (folder / "t.db").exists()
