"""Several processes at once: nothing that was acknowledged is lost, nothing is there twice."""

import subprocess
import sys
from pathlib import Path

from patterns.models import PatternQuery
from patterns.store import PatternStore
from tests.store.hammer import hammer
from tests.store.values import make_row

EACH = 25

WRITER = """
import sys
from patterns.store import PatternStore
from tests.store.values import make_record, make_row, make_trial
address, me, each = sys.argv[1], sys.argv[2], int(sys.argv[3])
with PatternStore(address) as store:
    for n in range(each):
        run = f"run-{me}-{n}"
        store.add_trial(make_trial(run, reward=n / each), [make_row(1, run)])
        print(run, flush=True)
        store.add_patterns([make_record(input=f"shared {n}")])
        assert store.stats()[0].count >= n + 1
"""


def _start(address, me):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, address, str(me), str(EACH)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_writers_at_once_lose_nothing_and_write_nothing_twice(lasting_address):
    writers = [_start(lasting_address, me) for me in range(3)]
    for writer in writers:
        _, said = writer.communicate(timeout=120)
        assert writer.returncode == 0, said
    with PatternStore(lasting_address) as store:
        found = store.query(PatternQuery(k=1000))
        assert found.statistics.total_found == len(found.patterns) == 3 * EACH + EACH
        assert len(store.runs()) == 3 * EACH
        assert store.results("run-0-0") == (make_row(1, "run-0-0"),)


def test_what_was_acknowledged_survives_a_writer_that_is_killed(lasting_address):
    with PatternStore(lasting_address):
        pass  # the schema is there before the writer starts
    writer = _start(lasting_address, 7)
    acknowledged = [writer.stdout.readline().strip() for _ in range(5)]
    writer.kill()
    rest, _ = writer.communicate(timeout=60)
    acknowledged += rest.split()
    with PatternStore(lasting_address) as store:
        there = {row.run_id for row in store.runs()}
        assert set(acknowledged) <= there
        assert all(len(store.results(run)) == 1 for run in there)
        assert sum(row.count for row in store.stats()) == len(
            store.query(PatternQuery(k=1000)).patterns
        )


def test_processes_that_are_killed_all_the_time_lose_nothing(lasting_address, tmp_path):
    findings = hammer(
        lasting_address, tmp_path, seconds=5
    )  # a minute: python -m tests.store.hammer
    assert findings.wrong == []
    done = findings.trials, findings.patterns, findings.reads, findings.killed
    assert min(done) > 0
