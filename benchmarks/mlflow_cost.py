"""What it costs to record one trial in MLflow: ours, a bare `log_batch` client, a naive logger.

    python benchmarks/mlflow_cost.py [--rounds 15] [--naive 2] [--trackio PYTHON]

Everybody records the same: 25 parameters, 25 tags, 40 metrics of 30 steps each and three
artifacts, into a SQLite store of its own. Each round records once with ours and once with the
bare client, in random order; the ratio is of the pairs, with the interval of the signed-rank
test. CPU is user and system time of the process, which a busy machine changes little; wall time
stands beside it. The naive logger calls once for each value. Trackio, where PYTHON has it,
writes its own format and has no artifacts: its process is asked for its own CPU time.
"""

import argparse
import json
import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

from patterns.statistics.paired import signed_rank
from tracker.tracking.client import connect
from tracker.tracking.open_runs import OpenRuns
from tracker.tracking.run_content import RunContent

METRICS, STEPS, SEED = 40, 30, 8
EXPERIMENT = "1"
"""The first that is made in an empty store; the one MLflow makes keeps artifacts elsewhere."""
START_MS = 1_763_800_000_000

PARAMS = {f"param.{i:02d}": f"value {i}" for i in range(25)}
TAGS = {f"tag.{i:02d}": f"value {i}" for i in range(25)}
POINTS = tuple(
    Metric(f"sample/metric_{m:02d}", m + step / 10, START_MS + step, step)
    for m in range(METRICS)
    for step in range(STEPS)
)
ARTIFACTS = {
    "raw/iterations.jsonl": '{"iteration": 1, "ms": 12.5}\n' * STEPS,
    "tables/iterations.csv": "iteration,ms\n" + "1,12.5\n" * STEPS,
    "environment.json": json.dumps({"cpu": "a", "cores": 2}),
}

TRACKIO = """
import json, sys, time
import trackio
metrics, steps, count = map(int, sys.argv[1:])
for number in range(count):
    cpu, wall = time.process_time(), time.perf_counter()
    trackio.init(project="cost", name=f"trial-{number}", config={f"p{i}": i for i in range(50)})
    for step in range(steps):
        trackio.log({f"metric_{m}": m + step / 10 for m in range(metrics)}, step=step)
    trackio.finish()
    print(json.dumps([time.process_time() - cpu, time.perf_counter() - wall]))
"""


def ours(client: MlflowClient, _folder: Path) -> None:
    """Record as `Tracking.log_trial` does: guarded, results first, in batches."""
    content = RunContent(
        name="trial",
        status="FINISHED",
        start_ms=START_MS,
        end_ms=START_MS + 1000,
        tags=TAGS,
        params=PARAMS,
        samples=POINTS,
        artifacts=ARTIFACTS,
    )
    runs = OpenRuns(client, warn=print, clock=lambda: START_MS)

    def write() -> None:
        runs.complete(runs.create(EXPERIMENT, content), content)

    runs.attempt("trial", write)
    if runs.failures:
        raise SystemExit("the trial could not be recorded")


def bare(client: MlflowClient, folder: Path) -> None:
    """Record with as few calls as MLflow's limits allow, and nothing else."""
    run_id = client.create_run(EXPERIMENT, start_time=START_MS, run_name="trial").info.run_id
    tags = [RunTag(key, value) for key, value in TAGS.items()]
    params = [Param(key, value) for key, value in PARAMS.items()]
    client.log_batch(run_id, metrics=POINTS[:900], params=params, tags=tags)
    client.log_batch(run_id, metrics=POINTS[900:])
    client.log_artifacts(run_id, str(folder))
    client.set_terminated(run_id, "FINISHED", START_MS + 1000)


def naive(client: MlflowClient, folder: Path) -> None:
    """Record one value at a time."""
    run_id = client.create_run(EXPERIMENT, start_time=START_MS, run_name="trial").info.run_id
    for key, value in PARAMS.items():
        client.log_param(run_id, key, value)
    for key, value in TAGS.items():
        client.set_tag(run_id, key, value)
    for point in POINTS:
        client.log_metric(run_id, point.key, point.value, point.timestamp, point.step)
    for path in ARTIFACTS:
        client.log_artifact(run_id, str(folder / path), str(Path(path).parent).strip(".") or None)
    client.set_terminated(run_id, "FINISHED", START_MS + 1000)


Way = Callable[[MlflowClient, Path], None]


def cost(way: Way, client: MlflowClient, folder: Path) -> tuple[float, float]:
    """Return CPU and wall seconds of recording once."""
    cpu, wall = time.process_time(), time.perf_counter()
    way(client, folder)
    return time.process_time() - cpu, time.perf_counter() - wall


def trackio(python: str, count: int) -> list[tuple[float, float]]:
    """Return CPU and wall seconds of each recording by trackio, the first left out."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [python, "-c", TRACKIO, str(METRICS), str(STEPS), str(count + 1)],
            capture_output=True,
            text=True,
            check=True,
            env={"HOME": home, "TRACKIO_DIR": home, "PATH": "/usr/bin:/bin"},
        )
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    return [(cpu, wall) for cpu, wall in rows[1:]]


def row(name: str, costs: list[tuple[float, float]]) -> str:
    """Return a line of the table."""
    cpu, wall = (statistics.median(values) for values in zip(*costs, strict=True))
    return f"{name:22} {cpu:8.3f} {wall:8.3f} {len(costs):4}"


def ratio(ours_s: list[float], theirs_s: list[float]) -> str:
    """Return the ratio of the pairs with its 95 % interval."""
    logs = [math.log(a / b) for a, b in zip(ours_s, theirs_s, strict=True)]
    test = signed_rank(logs)
    interval = None if test is None else test.interval(0.95)
    if test is None or interval is None:
        return f"{math.exp(statistics.median(logs)):.2f} (no interval from {len(logs)} pairs)"
    low, high = math.exp(interval.low), math.exp(interval.high)
    return f"{math.exp(test.estimate):.2f} [{low:.2f}, {high:.2f}]"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--naive", type=int, default=2)
    parser.add_argument("--trackio", metavar="PYTHON")
    given = parser.parse_args()
    order = random.Random(SEED)
    costs: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": [], "naive": []}
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base, "artifacts")
        for path, text in ARTIFACTS.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        clients = {name: connect(f"sqlite:///{base}/{name}.db", Path(base, name)) for name in costs}
        for name, client in clients.items():
            client.create_experiment("cost", artifact_location=f"{base}/{name}")
        for name, way in (("ours", ours), ("bare", bare)):  # warm
            cost(way, clients[name], folder)
        for _ in range(given.rounds):
            for name, way in order.sample([("ours", ours), ("bare", bare)], 2):
                costs[name].append(cost(way, clients[name], folder))
        print(f"{'one trial':22} {'CPU s':>8} {'wall s':>8} {'n':>4}   (medians)")
        print(row("tracker", costs["ours"]))
        print(row("bare log_batch client", costs["bare"]), flush=True)
        costs["naive"] = [cost(naive, clients["naive"], folder) for _ in range(given.naive)]
    print(row("naive, a call a value", costs["naive"]))
    if given.trackio:
        print(row("trackio, no artifacts", trackio(given.trackio, given.rounds)))
    cpu = {name: [one for one, _ in values] for name, values in costs.items()}
    print(f"tracker / bare, CPU:  {ratio(cpu['ours'], cpu['bare'])}")
    print(
        "naive / tracker, CPU: "
        f"{statistics.median(cpu['naive']) / statistics.median(cpu['ours']):.0f}"
    )


if __name__ == "__main__":
    main()
