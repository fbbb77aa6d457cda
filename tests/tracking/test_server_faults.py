"""Crash safety with a real MLflow server on loopback: nothing finished is lost, nothing hangs."""

import base64
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import zlib
from pathlib import Path

import pytest

from tests.tracking.loopback import Door, Server
from tests.tracking.synthetic import Trial, config, result, session
from tracker.tracking import names
from tracker.tracking.names import Tag
from tracker.tracking.recorder import Tracking, open_tracking
from tracker.tracking.server import latest_experiment

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server(empty_store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(empty_store / "mlflow.db", folder / "mlflow.db")
    made = Server(folder)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def opened(server, tmp_path):
    """Return a function that opens tracking on the server, with a configuration of its own."""
    warnings = []
    key = f"benchmark-{zlib.crc32(tmp_path.name.encode()):08x}"

    def open_(url=server.url, **options):
        tracking = Tracking.open(
            url,
            tmp_path / "mlruns",
            config(name=tmp_path.name, config_id=key),
            **{"warn": warnings.append, "environ": {}, **options},
        )
        tracking.warnings = warnings
        return tracking

    return open_


def some_trials(info, count=4):
    return [
        Trial(info, name, "small", "git") for name in ("status", "commit", "log", "merge")[:count]
    ]


def log(tracking, trial):
    began = time.monotonic()
    found = tracking.log_trial(trial.summary, trial.records, trial.stats, trial.reward)
    return found, time.monotonic() - began


def conclude(tracking, trials):
    """End a session as the workflow does."""
    tracking.measured()
    for trial in trials:
        log(tracking, trial)
    tracking.finish_session([result([t]) for t in trials], [t.summary for t in trials], None)


def states(tracking):
    runs = tracking.client.search_runs([tracking.experiment_id], max_results=1000)
    return {
        (run.data.tags[Tag.LEVEL], run.data.tags.get(Tag.RUN_ID)): run.info.status for run in runs
    }


def expect_everything(tracking, trials):
    assert tracking.complete, (tracking.warnings, tracking._open.failures)
    found = states(tracking)
    assert set(found.values()) == {"FINISHED"}
    assert {key for level, key in found if level == names.TRIAL} == {
        trial.summary.run_id for trial in trials
    }
    for trial in trials:
        run_id = tracking.recorded.trials[trial.summary.run_id]
        history = tracking.client.get_metric_history(run_id, "sample/time_ms")
        assert len(history) == len(trial.records)
        assert tracking.client.list_artifacts(run_id, "raw")


def test_a_server_that_is_gone_for_a_while_loses_nothing_and_holds_nobody_up(server, opened):
    info, tracking = session(1), opened()
    trials = some_trials(info)
    tracking.begin_session(info)
    assert log(tracking, trials[0])[0] is not None
    server.stop()
    for trial in trials[1:3]:
        run_id, took_s = log(tracking, trial)
        assert run_id is None
        assert took_s < 5
    server.start()
    assert log(tracking, trials[3])[0] is not None
    assert tracking.unlogged == {trial.summary.run_id for trial in trials[1:3]}
    conclude(tracking, trials)
    expect_everything(tracking, trials)
    assert len(tracking.warnings) == 1, "one line, not one for each trial"


def test_a_server_that_answers_nothing_is_waited_for_once(server, opened):
    info, tracking = session(2), opened()
    trials = some_trials(info)
    tracking.begin_session(info)
    with server.frozen():
        waited = [log(tracking, trial)[1] for trial in trials]
    assert 3 < waited[0] < 20
    assert max(waited[1:]) < 0.1
    conclude(tracking, trials)
    expect_everything(tracking, trials)


def test_a_full_disk_of_the_server_loses_nothing(server, opened):
    info, tracking = session(3), opened()
    trials = some_trials(info, 3)
    tracking.begin_session(info)
    assert log(tracking, trials[0])[0] is not None
    with server.full_disk():
        assert log(tracking, trials[1])[0] is None
    assert log(tracking, trials[2])[0] is not None
    conclude(tracking, trials)
    expect_everything(tracking, trials)


def test_a_server_that_is_gone_at_the_end_is_said_to_lack_something(server, opened):
    info, tracking = session(4), opened()
    trials = some_trials(info, 2)
    tracking.begin_session(info)
    log(tracking, trials[0])
    with server.full_disk():
        conclude(tracking, trials)
    assert not tracking.complete
    later = opened()
    later.begin_session(info)
    conclude(later, trials)
    expect_everything(later, trials)


SCRIPT = """
import os, signal, sys, time
from pathlib import Path
from tests.tracking.synthetic import Trial, config, session
from tracker.tracking.recorder import Tracking
from tracker.tracking.signals import ended_by_signals
signal.signal(signal.SIGINT, signal.default_int_handler)
url, folder, name, key, number = sys.argv[1:]
tracking = Tracking.open(
    url, Path(folder) / "mlruns", config(name=name, config_id=key), environ={}
)
info = session(int(number))
with ended_by_signals(tracking.terminate):
    tracking.begin_session(info)
    one = Trial(info, "status", "small", "git")
    tracking.log_trial(one.summary, one.records, one.stats, 1.0)
    print("ready", flush=True)
    time.sleep(120)
"""


def test_sigint_sigterm_and_sigkill_leave_no_run_open_and_lose_no_trial(server, opened, tmp_path):
    tracking = opened()
    key = tracking.client.get_experiment(tracking.experiment_id).tags[Tag.CONFIG_ID]
    ways = {10: signal.SIGINT, 11: signal.SIGTERM, 12: signal.SIGKILL}
    processes = {
        number: subprocess.Popen(
            [
                *(sys.executable, "-c", textwrap.dedent(SCRIPT)),
                *(server.url, tmp_path, tmp_path.name, key, str(number)),
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for number in ways
    }
    for number, process in processes.items():
        with process:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(ways[number])
            process.wait(60)
    opened()  # the next start
    runs = tracking.client.search_runs([tracking.experiment_id])
    found = {(r.data.tags[Tag.SESSION], r.data.tags[Tag.LEVEL]): r.info.status for r in runs}
    for number in ways:
        assert found[session(number).session_id, names.SESSION] == "KILLED"
        assert found[session(number).session_id, names.TRIAL] == "FINISHED"


BASIC = {"MLFLOW_TRACKING_USERNAME": "me", "MLFLOW_TRACKING_PASSWORD": "geheim-17"}
TOKEN = {"MLFLOW_TRACKING_TOKEN": "geheim-17"}


@pytest.mark.parametrize(
    ("number", "given", "header"),
    [
        (5, BASIC, f"Basic {base64.b64encode(b'me:geheim-17').decode()}"),
        (6, TOKEN, "Bearer geheim-17"),
    ],
    ids=["basic", "token"],
)
def test_a_server_behind_a_door_is_used_and_the_secret_is_told_nobody(
    server, opened, tmp_path, monkeypatch, number, given, header
):
    for name in (*BASIC, *TOKEN):
        monkeypatch.delenv(name, raising=False)
    said = []
    with Door(server.port, header) as door:
        refused = open_tracking(door.url, tmp_path / "mlruns", config(), warn=said.append)
        assert refused.experiment_id is None
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        info, tracking = session(number), opened(door.url)
        trials = some_trials(info, 2)
        tracking.begin_session(info)
        conclude(tracking, trials)
        expect_everything(tracking, trials)
        assert latest_experiment(door.url) == tracking.experiment_id
        door.authorization = "another"
        tracking.begin_session(session(7))
        assert door.refused >= 2
    secret = given[next(reversed(given))]
    assert len(said) == 1
    assert tracking.warnings
    assert not any(secret in warning for warning in [*said, *tracking.warnings])
    for file in server.folder.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes()
