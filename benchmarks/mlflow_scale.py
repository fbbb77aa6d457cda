"""Ten thousand trials: how long `tracker runs list`, `compare` and `report` take to answer.

    python benchmarks/mlflow_scale.py [--runs 10000] [--folder DIR] [--repeats 5]

A session of the quickstart is measured for real, then its trials are copied under new ids until
the pattern store and MLflow's store hold that many. Each command is a process of its own, timed
from outside: wall and CPU time, medians. With --folder the project stays, for a look at its
pages with `tracker --project DIR ui`.
"""

import argparse
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

RUN_TABLES = ("tags", "params", "latest_metrics", "metrics")
"""MLflow's tables with a row for each value of a run."""


def tracker(project: Path, *words: str) -> tuple[float, float]:
    """Run a command; return wall and CPU seconds."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "tracker", "--project", str(project), *words],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )
    wall = time.perf_counter() - started
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"tracker {' '.join(words)}: {done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu


def columns(store: sqlite3.Connection, table: str) -> list[str]:
    """Return the names of a table's columns."""
    return [row[1] for row in store.execute(f"pragma table_info({table})")]


def copy_patterns(path: Path, count: int) -> None:
    """Copy the trials of the pattern store until there are `count`, a session for each copy."""
    with sqlite3.connect(path) as store:
        names = columns(store, "benchmark_patterns")
        trials = store.execute(
            "select * from benchmark_patterns where run_id is not null"
        ).fetchall()
        at = {name: place for place, name in enumerate(names)}
        marks = ",".join("?" * len(names))
        number = len(trials)
        while number < count:
            for trial in trials:
                number += 1
                age = (number // len(trials)) * 3_600_000
                row = list(trial)
                row[at["id"]] = None
                row[at["run_id"]] = f"run-{number}-{number:06x}"
                row[at["content_hash"]] = os.urandom(16)
                row[at["session_id"]] = f"benchmark-{1_600_000_000_000 - age}"
                row[at["created_at"]] = trial[at["created_at"]] - age
                store.execute(f"insert into benchmark_patterns values ({marks})", row)
    store.close()


def copy_mlflow(path: Path, count: int) -> None:
    """Copy the runs of MLflow's store until there are `count`, with all their values."""
    with sqlite3.connect(path) as store:
        runs = store.execute("select * from runs where lifecycle_stage = 'active'").fetchall()
        run_names = columns(store, "runs")
        at = {name: place for place, name in enumerate(run_names)}
        values = {
            table: (
                columns(store, table),
                {
                    run[at["run_uuid"]]: store.execute(
                        f"select * from {table} where run_uuid = ?", (run[at["run_uuid"]],)
                    ).fetchall()
                    for run in runs
                },
            )
            for table in RUN_TABLES
        }
        number = len(runs)
        while number < count:
            for run in runs:
                number += 1
                new, old = uuid.uuid4().hex, run[at["run_uuid"]]
                row = list(run)
                row[at["run_uuid"]] = new
                row[at["start_time"]] -= (number // len(runs)) * 3_600_000
                store.execute(f"insert into runs values ({','.join('?' * len(row))})", row)
                for table, (names, by_run) in values.items():
                    place = names.index("run_uuid")
                    store.executemany(
                        f"insert into {table} values ({','.join('?' * len(names))})",
                        [[*one[:place], new, *one[place + 1 :]] for one in by_run[old]],
                    )
    store.close()


def main() -> None:
    """Fill and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        project = given.folder or Path(temporary)
        project.mkdir(parents=True, exist_ok=True)
        (project / "MLproject").write_text("name: scale\n")
        if not (project / "tracker.db").is_file():
            few = ("--test", "commit", "--test", "status-clean", "--iterations", "10")
            tracker(project, "run", "quickstart", *few)
            copy_patterns(project / "tracker.db", given.runs)
            copy_mlflow(project / "mlflow.db", given.runs)
        print(f"{given.runs} trials, {given.repeats} repeats")
        print(f"{'command':42} {'wall s':>8} {'CPU s':>8}   (medians)")
        for words in (
            ("--help",),
            ("runs", "list"),
            ("runs", "list", "--limit", "50", "--format", "json"),
            ("compare", "git", "jujutsu"),
            ("report", "--format", "markdown"),
            ("report", "--format", "html", "-o", "REPORT"),
        ):
            costs = []
            for number in range(given.repeats):
                output = str(project / f"report-{uuid.uuid4().hex}-{number}.html")
                costs.append(tracker(project, *(output if w == "REPORT" else w for w in words)))
            wall, cpu = (statistics.median(one) for one in zip(*costs, strict=True))
            name = " ".join(word for word in words if word not in {"-o", "REPORT"})
            print(f"tracker {name:34} {wall:8.2f} {cpu:8.2f}")


if __name__ == "__main__":
    main()
