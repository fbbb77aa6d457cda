"""Stores other than SQLite with artifacts beside it: PostgreSQL, a proxy, another place."""

import os
import time
import uuid

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.tracking.synthetic import config, record_session, session
from tracker.tracking import names
from tracker.tracking.names import Tag
from tracker.tracking.recorder import Tracking, open_tracking
from tracker.tracking.removal import delete_runs, empty_trash, find_runs

POSTGRES = os.environ.get("TRACKER_TEST_POSTGRES_URL", "")


@pytest.fixture
def postgres(require_service):
    """Return the address of a database of its own, which goes afterwards."""
    require_service("PostgreSQL", bool(POSTGRES), "set TRACKER_TEST_POSTGRES_URL")
    name = f"mlflow_{uuid.uuid4().hex[:12]}"
    admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    admin.dispose()


@pytest.mark.postgres
@pytest.mark.slow
def test_postgresql_holds_a_session_as_sqlite_does(postgres, tmp_path):
    tracking = Tracking.open(postgres, tmp_path / "mlruns", config(), environ={})
    trials = record_session(tracking, session(), operations=("status", "commit"))
    assert tracking.complete
    runs = tracking.client.search_runs([tracking.experiment_id])
    levels = sorted(run.data.tags[Tag.LEVEL] for run in runs)
    assert levels.count(names.TRIAL) == len(trials)
    assert levels.count(names.VARIANT) == levels.count(names.TREND) == 3
    assert {run.info.status for run in runs} == {"FINISHED"}
    one = next(run for run in runs if run.data.tags[Tag.LEVEL] == names.TRIAL)
    assert len(tracking.client.get_metric_history(one.info.run_id, "sample/time_ms")) == 15
    assert (tmp_path / "mlruns" / "benchmark-0badcafe" / one.info.run_id).is_dir()

    again = Tracking.open(postgres, tmp_path / "mlruns", config(), environ={})
    record_session(again, session(), operations=("status", "commit"))
    assert len(again.client.search_runs([again.experiment_id])) == len(runs), "none twice"

    found = find_runs(again.client, sessions=[session().session_id])
    delete_runs(again.client, found, really=True)
    now = time.time_ns() // 1_000_000
    gone = empty_trash(again.client, postgres, before_ms=now + 1000, really=True)
    assert {run.problem for run in gone} == {None}
    assert len(gone) == len(found)


def test_a_database_server_that_is_away_is_not_waited_for(tmp_path):
    said = []
    began = time.monotonic()
    tracking = open_tracking(
        "postgresql+psycopg://me:geheim@127.0.0.1:9/mlflow",
        tmp_path / "mlruns",
        config(),
        warn=said.append,
    )
    assert tracking.experiment_id is None
    assert time.monotonic() - began < 15
    assert len(said) == 1
    assert "geheim" not in said[0]
    assert "tracker runs sync" in said[0]


def test_a_database_without_its_driver_says_so(tmp_path):
    said = []
    address = "mysql+pymysql://me@127.0.0.1/mlflow"
    open_tracking(address, tmp_path / "mlruns", config(), warn=said.append)
    assert "pymysql" in said[0].lower()


def test_artifacts_go_where_mlflow_is_told_to_keep_them(open_tracking, tmp_path):
    place = (tmp_path / "elsewhere").as_uri()
    tracking = open_tracking(environ={"MLFLOW_DEFAULT_ARTIFACT_ROOT": place})
    trials = record_session(tracking, session(), operations=("status",))
    assert tracking.complete
    run_id = tracking.recorded.trials[trials[0].summary.run_id]
    assert tracking.client.get_run(run_id).info.artifact_uri.startswith(place)
    assert list((tmp_path / "elsewhere").rglob("iterations.jsonl"))


def test_an_artifact_store_that_cannot_be_used_loses_no_figures(open_tracking, warnings_said):
    tracking = open_tracking(environ={"MLFLOW_DEFAULT_ARTIFACT_ROOT": "s3://nowhere/at-all"})
    info = session()
    tracking.begin_session(info)
    assert warnings_said
    assert "configuration of the session" in warnings_said[0]
