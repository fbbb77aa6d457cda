"""Many processes on one store, one of them killed every second; what was acknowledged must stay.

    python -m tests.store.hammer [--seconds 60] [--address postgresql://USER@/DATABASE?host=DIR]

A writer notes what it wrote in a file of its own after the store has returned. At the end
every note must be true, nothing may be there twice, and no process may have seen an error.
"""

import argparse
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from patterns.models import PatternQuery
from patterns.store import PatternStore, StoreError
from tests.store.values import DAY, START, make_record, make_row, make_trial

ITERATIONS = 3
BATCH = 5
SHARED = 40
"""Patterns that every writer writes: each of them may be there once."""


@dataclass
class Findings:
    """What was done and what was wrong; nothing should be."""

    trials: int = 0
    patterns: int = 0
    reads: int = 0
    killed: int = 0
    wrong: list[str] = field(default_factory=list)


def hammer(
    address: str, folder: Path, *, seconds: float, writers: int = 8, readers: int = 4, seed: int = 0
) -> Findings:
    """Write and read with so many processes for a while, killing one a second; then check."""
    with PatternStore(address):
        pass  # the schema is there
    chance = random.Random(seed)
    context = multiprocessing.get_context("forkserver")
    # What a process needs is loaded once: a query's trend takes SciPy, seconds of loading.
    context.set_forkserver_preload([__name__, "patterns.statistics.trend"])
    number = 0

    def start(work) -> BaseProcess:
        nonlocal number
        number += 1
        process = context.Process(target=work, args=(address, folder, number), daemon=True)
        process.start()
        return process

    works = [_write] * writers + [_read] * readers
    running = [start(work) for work in works]
    findings = Findings()
    _wait_for(folder, "ready-", len(works))
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(1.0, left))
        victim = chance.randrange(len(running))
        os.kill(running[victim].pid, signal.SIGKILL)
        running[victim].join()
        findings.killed += 1
        running[victim] = start(works[victim])
    (folder / "stop").touch()
    for process in running:
        process.join(timeout=150)
        if process.exitcode != 0:
            findings.wrong.append(f"a process ended with {process.exitcode}")
    _check(address, folder, findings)
    return findings


def _wait_for(folder: Path, prefix: str, count: int) -> None:
    give_up = time.monotonic() + 120
    while len(list(folder.glob(f"{prefix}*"))) < count and time.monotonic() < give_up:
        time.sleep(0.05)


def _write(address: str, folder: Path, me: int) -> None:
    notes = (folder / f"written-{me}").open("ab", buffering=0)
    try:
        with PatternStore(address) as store:
            (folder / f"ready-{me}").touch()
            n = 0
            while not (folder / "stop").exists():
                n += 1
                run = f"run-{me}-{n}"
                rows = [
                    make_row(i, run, timestamp=START + (me * 1000 + n) % 60 * DAY)
                    for i in range(1, ITERATIONS + 1)
                ]
                store.add_trial(make_trial(run, reward=n % 10 / 10, created_at=START + n), rows)
                notes.write(f"trial {run}\n".encode())
                mine = [make_record(input=f"{me} {n} {i}") for i in range(BATCH)]
                store.add_patterns([*mine, make_record(input=f"shared {n % SHARED}")])
                notes.write(b"".join(f"pattern {one.pattern.input}\n".encode() for one in mine))
    except StoreError as error:
        (folder / f"error-{me}").write_text(str(error))
        sys.exit(3)


def _read(address: str, folder: Path, me: int) -> None:
    notes = (folder / f"read-{me}").open("ab", buffering=0)
    try:
        with PatternStore(address) as store:
            (folder / f"ready-{me}").touch()
            found = 0
            while not (folder / "stop").exists():
                answer = store.query(PatternQuery(task="commit-*", min_reward=0.05))
                if answer.statistics.total_found < found:
                    (folder / f"error-{me}").write_text("what was found is gone")
                found = answer.statistics.total_found
                store.trends()
                notes.write(b".")
    except StoreError as error:
        (folder / f"error-{me}").write_text(str(error))
        sys.exit(3)


def _check(address: str, folder: Path, findings: Findings) -> None:
    said = findings.wrong.append
    noted = [
        line.split(" ", 1)
        for path in folder.glob("written-*")
        for line in path.read_text().splitlines()
    ]
    trials = {name for kind, name in noted if kind == "trial"}
    inputs = {name for kind, name in noted if kind == "pattern"}
    findings.trials, findings.patterns = len(trials), len(inputs)
    findings.reads = sum(path.stat().st_size for path in folder.glob("read-*"))
    for path in folder.glob("error-*"):
        said(f"{path.name}: {path.read_text()}")
    with PatternStore(address, create=False) as store:
        records = list(store.records())
        runs = Counter(one.context.run_id for one in records if one.context.run_id)
        there = Counter(one.pattern.input for one in records if not one.context.run_id)
        if lost := trials - set(runs):
            said(f"{len(lost)} acknowledged trials are lost, such as {min(lost)}")
        if lost := inputs - set(there):
            said(f"{len(lost)} acknowledged patterns are lost, such as {min(lost)}")
        for name, count in (runs + there).items():
            if count > 1:
                said(f"{name} is there {count} times")
        for run in runs:
            if len(store.results(run)) != ITERATIONS:
                said(f"{run} is not whole")
        if sum(row.count for row in store.stats()) != len(records):
            said("the statistics do not count what is there")
        kept = store.trends()
        store.refresh_trends()
        if store.trends() != kept:
            said("the daily means are not those of the iterations")


def main() -> None:
    """Hammer the store that is asked for, or an SQLite file, and say what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--address", help="default: an SQLite file in a temporary folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        address = given.address or f"sqlite:///{temporary}/tracker.db"
        findings = hammer(address, Path(temporary), seconds=given.seconds)
    told = (
        f"{findings.trials} trials and {findings.patterns} patterns acknowledged,"
        f" {findings.reads} answers, {findings.killed} processes killed"
    )
    good = ["all of it is there, once, and no process saw an error"]
    sys.stdout.write("\n".join([told, *(findings.wrong or good), ""]))
    sys.exit(bool(findings.wrong))


if __name__ == "__main__":
    main()
