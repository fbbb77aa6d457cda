"""MLflow is written between rounds, and what it lacks is written from the journals."""

import itertools
import shutil
import sqlite3
import subprocess

import pytest
from mlflow import MlflowClient

from tests.workflow.test_session import scripted
from tracker.config import InputError
from tracker.measurement.journal import Journal
from tracker.measurement.replay import ReplayExecutor
from tracker.workflow.history import list_runs
from tracker.workflow.pages import pages_of_run, path_of_run
from tracker.workflow.run_removal import delete, gc
from tracker.workflow.synchronisation import pending_sessions, sync_sessions

TESTS = ("commit", "status-clean")
NOBODY = "http://127.0.0.1:9"


def sync(project, session=None):
    said = []
    done = sync_sessions(project, session, progress=said.append, warn=said.append)
    return [(one.state, one.written, one.there) for one in done]


def in_mlflow(project, what="level"):
    """Return how many runs of each level and status there are, without the deleted ones."""
    with sqlite3.connect(project / "mlflow.db") as store:
        rows = store.execute(
            "select t.value, r.status, count(*) from runs r join tags t on t.run_uuid = r.run_uuid"
            " and t.key = 'tracker.level' where r.lifecycle_stage = 'active' group by 1, 2"
        ).fetchall()
    store.close()
    return {(level, status): count for level, status, count in rows}


WHOLE = {
    ("trial", "FINISHED"): 6,
    ("variant", "FINISHED"): 3,
    ("trend", "FINISHED"): 3,
    ("session", "FINISHED"): 1,
}


def dies_in(test, method):
    def after(call):
        if call.method == method and call.test == test:
            raise RuntimeError("killed")

    return after


def test_nothing_is_written_to_mlflow_within_a_round(replay, monkeypatch):
    events = []
    for name in ("create_run", "log_batch", "log_inputs", "log_artifacts", "set_terminated"):
        usual = getattr(MlflowClient, name)

        def seen(self, *args, usual=usual, **kwargs):
            events.append("mlflow")
            return usual(self, *args, **kwargs)

        monkeypatch.setattr(MlflowClient, name, seen)
    executor = ReplayExecutor(scripted, after_call=lambda call: events.append(call.method))
    replay.run(executor, tests=TESTS)
    measured = [place for place, event in enumerate(events) if event == "measure"]
    assert events.count("mlflow") > 30
    gaps = [events[a + 1 : b] for a, b in itertools.pairwise(measured)]
    touched = [gap for gap in gaps if "mlflow" in gap]
    assert len(touched) == len(TESTS) - 1, "between the tests, and nowhere else"
    assert all("end" in gap for gap in touched)


def test_a_session_measured_without_its_server_is_written_later(replay, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", NOBODY)
        outcome = replay.run(ReplayExecutor(scripted), tests=TESTS)
    assert any("tracker runs sync" in line for line in outcome.closing_lines)
    assert any("tracking-disabled" in warning for warning in replay.warnings)
    assert outcome.exit_code == 0
    assert in_mlflow(replay.project) == {}
    assert len(pending_sessions(replay.project)) == 1
    assert sync(replay.project) == [("complete", 6, 0)]
    assert in_mlflow(replay.project) == WHOLE
    assert pending_sessions(replay.project) == []
    known = {run["mlflowRunId"] for run in list_runs(replay.project, session=None, limit=None)}
    assert len(known) == 6
    assert None not in known


def test_a_session_that_is_in_mlflow_is_left_alone(replay):
    replay.run(ReplayExecutor(scripted), tests=TESTS)
    assert in_mlflow(replay.project) == WHOLE
    assert sync(replay.project) == []
    (mark,) = (replay.project / ".tracker" / "sessions").glob("*/mlflow.json")
    mark.unlink()
    assert sync(replay.project) == [("complete", 0, 6)]
    assert in_mlflow(replay.project) == WHOLE


def test_another_store_gets_every_session(replay, monkeypatch):
    replay.run(ReplayExecutor(scripted), tests=("commit",))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///another.db")
    assert sync(replay.project) == [("complete", 3, 0)]
    assert (replay.project / "another.db").is_file()


def test_a_killed_session_is_written_so_far_and_goes_on(replay, monkeypatch):
    dying = ReplayExecutor(scripted, after_call=dies_in("commit", "end"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", NOBODY)
    with pytest.raises(RuntimeError):
        replay.run(dying, tests=TESTS)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    ((state, written, there),) = sync(replay.project)
    assert state == "complete so far"
    assert (written, there) in {(0, 0), (3, 0)}
    assert in_mlflow(replay.project)["session", "KILLED"] == 1
    assert pending_sessions(replay.project) == []
    replay.run(ReplayExecutor(scripted), sources=(), resume=True)
    assert in_mlflow(replay.project) == WHOLE


def test_a_session_that_is_being_measured_is_not_touched(replay):
    with pytest.raises(RuntimeError):
        replay.run(ReplayExecutor(scripted, after_call=dies_in("commit", "end")), tests=TESTS)
    (folder,) = pending_sessions(replay.project)
    before = in_mlflow(replay.project)
    with Journal(folder.journal):
        assert sync(replay.project) == [("being measured", 0, 0)]
    assert in_mlflow(replay.project) == before


def test_a_store_that_is_still_away_is_said_before_anything_is_done(replay, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", NOBODY)
    replay.run(ReplayExecutor(scripted), tests=("commit",))
    with pytest.raises(InputError, match="cannot be"):
        sync(replay.project)
    assert len(pending_sessions(replay.project)) == 1


def test_a_deleted_run_can_be_restored_until_the_trash_is_emptied(replay):
    replay.run(ReplayExecutor(scripted), tests=("commit",))
    run = list_runs(replay.project, session=None, limit=1)[0]
    (told,) = delete(replay.project, [run["runId"]], None, really=False)
    assert told.mlflow_run == run["mlflowRunId"]
    assert in_mlflow(replay.project)["trial", "FINISHED"] == 3
    delete(replay.project, [run["runId"]], None, really=True)
    assert in_mlflow(replay.project)["trial", "FINISHED"] == 2
    assert sync(replay.project) == []
    assert gc(replay.project, 1, really=True) == []
    (found,) = gc(replay.project, 0, really=False)
    folders = list((replay.project / "mlruns").rglob(found.mlflow_run))
    assert folders
    (gone,) = gc(replay.project, 0, really=True)
    assert gone.problem is None
    assert not folders[0].exists()
    assert gc(replay.project, 0, really=True) == []
    assert len(list_runs(replay.project, session=None, limit=None)) == 3, "what was learned stays"


def test_the_trash_is_emptied_although_a_folder_is_missing_and_others_runs_stay(replay):
    replay.run(ReplayExecutor(scripted), tests=("commit",))
    (session,) = {run["sessionId"] for run in list_runs(replay.project, session=None, limit=None)}
    client = MlflowClient(f"sqlite:///{replay.project / 'mlflow.db'}")
    foreign = client.create_run("0").info.run_id
    client.delete_run(foreign)
    moved = delete(replay.project, [], session, really=True)
    assert {one.level for one in moved} == {"trial", "variant", "session"}
    trial = next(one.mlflow_run for one in moved if one.level == "trial")
    shutil.rmtree(next((replay.project / "mlruns").rglob(trial)))
    assert {one.problem for one in gc(replay.project, 0, really=True)} == {None}
    assert client.get_run(foreign).info.lifecycle_stage == "deleted"


def test_nothing_is_deleted_that_was_not_named(replay):
    with pytest.raises(InputError, match="names no run"):
        delete(replay.project, [], None, really=True)
    replay.run(ReplayExecutor(scripted), tests=("commit",))
    with pytest.raises(InputError, match="has no run"):
        delete(replay.project, ["run-' OR '1' = '1"], None, really=True)


def test_a_trial_knows_its_pages(replay):
    from tracker.workflow.history import show_run

    replay.run(ReplayExecutor(scripted), tests=("commit",))
    run = list_runs(replay.project, session=None, limit=1)[0]
    pages = pages_of_run(replay.project, show_run(replay.project, run["runId"]).record)
    assert pages["MLflow page"].startswith("http://127.0.0.1:5000/#/experiments/1/runs/")
    assert run["mlflowRunId"] in pages["MLflow page"]
    assert "viewStateShareKey=case-commit-small" in pages["all variants"]
    assert run["mlflowRunId"] in path_of_run(replay.project, run["runId"])
    with pytest.raises(InputError, match="no run in MLflow"):
        path_of_run(replay.project, "run-1-abcdef")


@pytest.mark.parametrize("keep", [False, True])
def test_the_path_of_a_repository_is_in_mlflow_only_where_names_are_kept(
    replay, project, tmp_path, keep
):
    folder = tmp_path / "somebody"
    folder.mkdir()
    subprocess.run(["/usr/bin/git", "init", "-q", str(folder)], check=True)
    replay.run(
        ReplayExecutor(scripted), tests=("commit",), repos=(folder,), author="me", keep_names=keep
    )
    with sqlite3.connect(project / "mlflow.db") as store:
        found = store.execute("select value from params where key = 'repository'").fetchall()
        users = store.execute("select count(*) from tags where value = 'me'").fetchone()
    store.close()
    assert set(found) == ({(str(folder),)} if keep else set())
    assert users == (int(keep),)
