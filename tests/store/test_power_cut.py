"""What was acknowledged is on the disk: synced before it is said, and found in any copy."""

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from patterns.store import PatternStore

WRITER = """
import os, sys
from patterns.store import PatternStore
from tests.store.values import make_record, make_row, make_trial
file, notes, me, most = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
said = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
with PatternStore(f"sqlite:///{file}") as store:
    for n in range(most):
        run = f"run-{me}-{n}"
        store.add_trial(make_trial(run, reward=n % 10 / 10), [make_row(1, run)])
        os.write(said, f"{run}\\n".encode())
        store.add_patterns([make_record(input=f"{me} {n}")])
        os.write(said, f"{me} {n}\\n".encode())
"""

SYNCED = re.compile(r"f(?:data)?sync\(\d+<(?P<path>[^>]*)>\)\s*= 0$")
SAID = re.compile(r"write\(\d+<[^>]*/notes>")


def _command(folder: Path, me: int, most: int) -> list[str]:
    arguments = [str(folder / "tracker.db"), str(folder / "notes"), str(me), str(most)]
    return [sys.executable, "-c", WRITER, *arguments]


def test_every_acknowledgement_follows_a_sync_of_the_log(tmp_path, require_service):
    strace = shutil.which("strace")
    require_service("strace", strace is not None, "install the package strace")
    allowed = subprocess.run([strace, "-o", os.devnull, "true"], check=False, capture_output=True)
    require_service("strace", allowed.returncode == 0, "this machine does not allow tracing")
    with PatternStore(f"sqlite:///{tmp_path}/tracker.db"):
        pass
    calls = tmp_path / "calls"
    watched = [strace, "-f", "-y", "-e", "trace=fsync,fdatasync,write", "-o", str(calls)]
    subprocess.run([*watched, *_command(tmp_path, 1, 5)], check=True, cwd=Path(__file__).parents[2])
    synced, said = 0, 0
    for line in calls.read_text().splitlines():
        found = SYNCED.search(line)
        if found is not None and found["path"] == str(tmp_path / "tracker.db-wal"):
            synced += 1
        elif SAID.search(line):
            said += 1
            assert synced > 0, f"acknowledgement {said} was not synced"
            synced = 0
    assert said == 10


@pytest.fixture
def writers(tmp_path):
    """Start two writers that go on until the test is over."""
    with PatternStore(f"sqlite:///{tmp_path}/tracker.db"):
        pass
    started = [
        subprocess.Popen(_command(tmp_path, me, 10**6), cwd=Path(__file__).parents[2])
        for me in range(2)
    ]
    yield started
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def _stopped(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGSTOP)
    while "T" not in Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]:
        assert process.poll() is None, "the writer ended"
        time.sleep(0.001)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads from /proc that a process is stopped")
def test_a_copy_taken_at_any_moment_holds_every_acknowledged_row(tmp_path, writers):
    chance = random.Random(3)
    notes = tmp_path / "notes"
    give_up = time.monotonic() + 60
    while not notes.exists() and time.monotonic() < give_up:
        time.sleep(0.02)
    for moment in range(8):
        time.sleep(chance.uniform(0.02, 0.4))
        for process in writers:
            _stopped(process)
        copy = tmp_path / f"copy-{moment}"
        copy.mkdir()
        for name in ("tracker.db", "tracker.db-wal"):  # the -shm is memory and goes with it
            shutil.copy(tmp_path / name, copy / name)
        acknowledged = set(notes.read_text().splitlines())
        for process in writers:
            process.send_signal(signal.SIGCONT)
        if moment % 2:  # a page that was being written when the power went
            with (copy / "tracker.db-wal").open("ab") as log:
                log.write(chance.randbytes(chance.randrange(1, 9000)))
        _check(copy / "tracker.db", acknowledged)
    assert len(acknowledged) > 8


def _check(file: Path, acknowledged: set[str]) -> None:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with PatternStore(f"sqlite:///{file}", create=False) as store:
        records = list(store.records())
        there = {one.context.run_id or one.pattern.input for one in records}
        assert acknowledged <= there
        assert sum(row.count for row in store.stats()) == len(records)
        assert all(len(store.results(row.run_id)) == 1 for row in store.runs())
