"""`kill -9` in the middle of a real session, and what is left of it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.measurement.repository import make_fixture
from tracker.measurement.journal import Iteration, RoundEnded, load_journal
from tracker.measurement.ledger import ledgers_of
from tracker.measurement.sweep import sweep

pytestmark = pytest.mark.vcs

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


@pytest.fixture
def start(tmp_path, git):
    assert git
    fixture = tmp_path / "fixture.json"
    fixture.write_text(make_fixture(tmp_path / "made").to_json())
    arguments = [tmp_path / "journal.jsonl", tmp_path / "work" / "benchmark-1", fixture]
    command = [sys.executable, "-m", "tests.measurement.session_process", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = []

    def run():
        started.append(
            subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def measured(events):
    return [e.record for e in events if isinstance(e, Iteration) and e.record.phase == "measured"]


def test_killed_session_loses_no_finished_round_and_leaves_no_process(start, tmp_path):
    path = tmp_path / "journal.jsonl"
    process = start()
    wait_until(lambda: path.exists() and path.read_bytes().count(b'"phase":"measured"') > 20)
    below = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    assert below
    wait_until(lambda: not any(child.is_running() for child in below))

    events = load_journal(path)
    (ledger,) = ledgers_of(events).values()
    sealed = sum(isinstance(e, RoundEnded) and e.phase == "measured" for e in events)
    kept = [record for record in ledger.kept if record.phase == "measured"]
    assert len(kept) == 2 * sealed >= 4, "rounds that others disturbed are set aside"
    assert len(kept) + len(ledger.fragments) >= len(measured(events))

    output, _ = start().communicate(timeout=PATIENCE_S)
    assert output == "finished 120\n"
    (whole,) = ledgers_of(load_journal(path)).values()
    assert [record for record in whole.kept if record.phase == "measured"][: len(kept)] == kept
    assert {record.raw.run_id for record in whole.kept} == {record.raw.run_id for record in kept}


def test_work_copies_of_a_killed_session_are_swept(start, tmp_path):
    path = tmp_path / "journal.jsonl"
    process = start()
    wait_until(lambda: path.exists() and b"trial-begun" in path.read_bytes())
    assert sweep(tmp_path / "work") == ()
    process.kill()
    process.wait()
    assert sweep(tmp_path / "work") == (tmp_path / "work" / "benchmark-1",)
    assert not (tmp_path / "work" / "benchmark-1").exists()
