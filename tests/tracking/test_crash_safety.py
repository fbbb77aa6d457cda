"""Runs that end badly: signals, dead processes, failing stores, resumed sessions."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException

from tests.tracking.synthetic import Trial, config, record_session, result, session
from tracker.tracking import names, recorder
from tracker.tracking.address import TrackingError, absolute_uri, without_password
from tracker.tracking.disabled import DisabledTracking
from tracker.tracking.names import Tag
from tracker.tracking.owner import Owner, process_start, this_host
from tracker.tracking.signals import deferred, ended_by_signals

ROOT = Path(__file__).parents[2]


def statuses(tracking):
    runs = tracking.client.search_runs([tracking.experiment_id], max_results=1000)
    return {run.info.run_name: run.info.status for run in runs}


def python(project, body):
    """Start a Python that has tracking open in `project`; it says `ready` when `body` got there."""
    script = f"""
import signal, sys, time
from pathlib import Path
from tests.tracking.synthetic import Trial, config, session
from tracker.tracking.recorder import Tracking
from tracker.tracking.signals import ended_by_signals
def open_():
    return Tracking.open("sqlite:///mlflow.db", Path({str(project)!r}) / "mlruns", config())
def ready():
    print("ready", flush=True)
    time.sleep(60)
{textwrap.dedent(body)}
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("MLFLOW_RUN_ID", None)
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_run_of_a_dead_process_is_ended_at_the_next_start(open_tracking):
    dead = subprocess.Popen(["true"])
    started = process_start(os.getpid())
    dead.wait()
    gone = open_tracking(owner=Owner(host=this_host(), pid=dead.pid, started=started))
    gone.begin_session(session(0))
    assert statuses(open_tracking()) == {session(0).session_id: "KILLED"}


def test_a_run_of_a_living_process_is_left_alone(open_tracking):
    alive = open_tracking()
    alive.begin_session(session(0))
    assert statuses(open_tracking()) == {session(0).session_id: "RUNNING"}


def test_a_later_process_with_the_same_number_does_not_keep_a_run_open(open_tracking):
    earlier = Owner(host=this_host(), pid=os.getpid(), started="an earlier start")
    open_tracking(owner=earlier).begin_session(session(0))
    assert statuses(open_tracking()) == {session(0).session_id: "KILLED"}


def test_a_run_of_another_machine_is_left_alone(open_tracking):
    elsewhere = Owner(host="elsewhere", pid=1, started="then")
    open_tracking(owner=elsewhere).begin_session(session(0))
    assert statuses(open_tracking()) == {session(0).session_id: "RUNNING"}


def test_an_owner_survives_being_written_and_read():
    owner = Owner.current()
    assert Owner.parse(str(owner)) == owner
    assert not owner.is_dead()
    assert Owner.parse("nonsense") is None


@pytest.mark.slow
def test_sigkill_leaves_a_run_open_and_the_next_start_ends_it(open_tracking, project):
    process = python(project, "tracking = open_(); tracking.begin_session(session()); ready()")
    assert process.stdout.readline() == "ready\n"
    with process:
        process.kill()
    killed = session().session_id
    assert statuses(open_tracking()) == {killed: "KILLED"}


@pytest.mark.slow
def test_sigterm_ends_the_runs_and_then_the_process(open_tracking, project):
    process = python(
        project,
        """
        tracking = open_()
        with ended_by_signals(tracking.terminate):
            tracking.begin_session(session())
            ready()
        """,
    )
    assert process.stdout.readline() == "ready\n"
    with process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == -signal.SIGTERM
    # Read without a start, which would sweep.
    found = open_tracking(owner=Owner(host="elsewhere", pid=1, started="then"))
    run = found.client.search_runs([found.experiment_id])[0]
    assert run.info.status == "KILLED"
    assert run.info.end_time is not None


@pytest.mark.slow
def test_two_first_starts_at_once_both_work(tmp_path):
    body = "tracking = open_(); print(tracking.begin_session(session({})), tracking.experiment_id)"
    both = [python(tmp_path, body.format(number)) for number in (0, 1)]
    answers = []
    for process in both:
        with process:
            answers.append(process.stdout.read().split())
            assert process.wait(60) == 0
    assert len(answers[0]) == len(answers[1]) == 2
    assert answers[0][1] == answers[1][1], "one experiment"
    assert answers[0][0] != answers[1][0], "two runs"


def test_a_signal_waits_until_the_call_is_over():
    heard = []
    usual = signal.signal(signal.SIGTERM, lambda *_: heard.append("heard"))
    try:
        with deferred():
            signal.raise_signal(signal.SIGTERM)
            time.sleep(0.01)
            assert heard == []
        assert heard == ["heard"]
        with deferred():
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
            assert heard[1:] == ["heard"], "a second one is let through"
    finally:
        signal.signal(signal.SIGTERM, usual)


def test_ctrl_c_ends_the_runs_and_is_passed_on(tracking):
    tracking.begin_session(session())
    with pytest.raises(KeyboardInterrupt), ended_by_signals(tracking.terminate):
        signal.raise_signal(signal.SIGINT)
    assert statuses(tracking) == {session().session_id: "KILLED"}
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_session_resumed_writes_no_trial_twice_and_the_interrupted_one_whole(open_tracking):
    info = session()
    trials = [Trial(info, name, "small", "git") for name in ("status", "commit")]
    first = open_tracking(owner=Owner(host=this_host(), pid=os.getpid(), started="before"))
    first.begin_session(info)
    kept = first.log_trial(trials[0].summary, trials[0].records, trials[0].stats, 1.0)
    half = trials[1].summary.model_copy(update={"status": "interrupted"})
    cut_off = first.log_trial(half, trials[1].records[:3], None, None)

    second = open_tracking()
    session_run = second.begin_session(info)
    assert session_run == first.begin_session(info)
    assert second.log_trial(trials[0].summary, trials[0].records, trials[0].stats, 1.0) == kept
    again = second.log_trial(trials[1].summary, trials[1].records, trials[1].stats, 1.0)
    assert again != cut_off
    second.finish_session([result([t]) for t in trials], [t.summary for t in trials], None)
    runs = second.client.search_runs([second.experiment_id])
    assert sorted(run.data.tags[Tag.LEVEL] for run in runs) == [
        "session",
        "trend",
        "trial",
        "trial",
        "variant",
    ]
    assert {run.info.status for run in runs} == {"FINISHED"}


def test_finishing_a_session_again_adds_no_runs(open_tracking):
    for _ in range(2):
        tracking = open_tracking()
        record_session(tracking, session(), operations=("status",))
    assert len(statuses(tracking)) == 3 + 3 + 3 + 1


def test_a_trial_that_cannot_be_written_warns_and_the_session_goes_on(
    tracking, warnings_said, monkeypatch
):
    info = session()
    tracking.begin_session(info)
    one, two = (Trial(info, name, "small", "git") for name in ("status", "commit"))

    def full(*_, **__):
        raise MlflowException("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(tracking.client, "log_batch", full)
        assert tracking.log_trial(one.summary, one.records, one.stats, None) is None
    assert tracking.log_trial(two.summary, two.records, two.stats, None) is not None
    assert tracking.unlogged == {one.summary.run_id}
    assert not tracking.complete
    (warning,) = warnings_said
    assert warning.startswith("tracking-failed: trial ")
    assert "disk is full" in warning
    assert "KILLED" in statuses(tracking).values()

    tracking.measured()
    assert tracking.log_trial(one.summary, one.records, one.stats, None) is not None
    assert tracking.complete
    assert "KILLED" not in statuses(tracking).values()


def test_a_report_that_cannot_be_copied_does_not_lose_the_views(
    tracking, warnings_said, monkeypatch, tmp_path
):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tracking.client, "log_artifacts", full)
    record_session(tracking, session(), operations=("status",), report_dir=tmp_path)
    assert any("No space left" in warning for warning in warnings_said)
    tags = tracking.client.get_experiment(tracking.experiment_id).tags
    assert f"{Tag.VIEW}latest" in tags
    assert statuses(tracking)[session().session_id] == "FINISHED"


def test_a_configuration_that_cannot_be_copied_leaves_the_session_open(
    tracking, warnings_said, monkeypatch
):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(tracking.client, "log_artifacts", full)
        assert tracking.begin_session(session()) is not None
    assert len(warnings_said) == 1
    assert statuses(tracking) == {session().session_id: "RUNNING"}
    tracking.finish_session([], [], None)
    assert statuses(tracking) == {session().session_id: "FINISHED"}


def test_the_run_of_mlflow_run_is_adopted(open_tracking):
    outer = open_tracking()
    made = outer.client.create_run("0", tags={"mlflow.source.type": "PROJECT"}, run_name="bold-fox")
    outer.client.log_param(made.info.run_id, "iterations", "3")
    tracking = open_tracking(environ={"MLFLOW_RUN_ID": made.info.run_id})
    record_session(tracking, session(), operations=("status",))
    adopted = tracking.client.get_run(made.info.run_id)
    assert adopted.info.status == "FINISHED"
    assert adopted.info.run_name == session().session_id
    assert adopted.data.tags["mlflow.source.type"] == "PROJECT"
    assert adopted.data.tags[Tag.RESULTS_IN] == tracking.experiment_id
    assert adopted.data.params["iterations"] == "3"
    assert adopted.data.params["seed"] == "42"
    assert names.SESSION not in {
        run.data.tags[Tag.LEVEL] for run in tracking.client.search_runs([tracking.experiment_id])
    }


@pytest.mark.parametrize("stale", ["0" * 32, "nonsense", "ended"])
def test_a_stale_mlflow_run_id_is_not_adopted(open_tracking, stale):
    outer = open_tracking()
    if stale == "ended":
        stale = outer.client.create_run("0").info.run_id
        outer.client.set_terminated(stale)
    tracking = open_tracking(environ={"MLFLOW_RUN_ID": stale})
    assert tracking.begin_session(session()) not in {None, stale}


@pytest.mark.parametrize("uri", ["mlruns", "file:///tmp/mlruns", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_would_lose_results_is_refused(uri):
    with pytest.raises(TrackingError, match=r"sqlite:///mlflow\.db"):
        absolute_uri(uri, Path("/project"))


def test_a_damaged_store_disables_tracking_with_a_warning(tmp_path):
    (tmp_path / "mlflow.db").write_bytes(b"this is not a database" * 100)
    said = []
    tracking = recorder.open_tracking(
        "sqlite:///mlflow.db", tmp_path / "mlruns", config(), warn=said.append
    )
    assert isinstance(tracking, DisabledTracking)
    assert said[0].startswith("tracking-disabled: the MLflow store")
    assert "not a database" in said[0]
    record_session(tracking, session(), operations=("status",))


def test_a_server_that_is_away_disables_tracking_without_telling_the_password(tmp_path):
    said = []
    tracking = recorder.open_tracking(
        "http://me:secret@127.0.0.1:9", tmp_path / "mlruns", config(), warn=said.append
    )
    assert isinstance(tracking, DisabledTracking)
    assert len(said) == 1
    assert "secret" not in said[0]
    assert without_password("sqlite:////a/b.db") == "sqlite:////a/b.db"


def test_nothing_is_sent_about_the_use_of_mlflow():
    from mlflow.telemetry.utils import is_telemetry_disabled

    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert is_telemetry_disabled()
    assert os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] == "true"
    # pytest alone turns telemetry off as well, so a plain process is asked too.
    environment = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    code = (
        "import tracker.tracking.client, mlflow.telemetry.client as c, mlflow.telemetry.utils as u;"
        "u._IS_IN_CI_ENV_OR_TESTING = False;"
        "print(u.is_telemetry_disabled(), c.get_telemetry_client())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == ["True", "None"]
