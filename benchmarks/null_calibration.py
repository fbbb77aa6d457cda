"""False alarms and power of a comparison, on real commands compared with themselves.

First rounds are recorded: in each, the same command runs twice in the same work copy, in random
order, as two variants of a session would. Then they are judged as the tracker judges:

* A/A comparisons of 20 rounds, drawn without overlap: how many have p < .05?
* the same with 5 % added to one side, as one declared comparison of 30 rounds: how many are
  *different*?
* 100 reports with 50 null tests of 20 rounds each, drawn from the recorded rounds and corrected
  together: how many hold any *different*?

    python benchmarks/null_calibration.py record ROUNDS.csv --rounds 2000
    python benchmarks/null_calibration.py judge ROUNDS.csv

Recording may be repeated; it goes on at the end of the file.
"""

import argparse
import csv
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from patterns.statistics.comparison import compare
from patterns.statistics.verdict import Comparison, Verdict, judge
from tracker.fixtures.presets import preset
from tracker.fixtures.store import FixtureStore
from tracker.measurement.place import LocalPlace
from tracker.measurement.probe.client import start_local_probe
from tracker.measurement.probe.protocol import RunAnswer, RunRequest
from tracker.measurement.work_copy import WorkCopy, make_work_copy
from tracker.models import FixtureRequest, RepoSize, Variant
from tracker.vcs.registry import get_vcs

COMMANDS = {"git": ("git", "status", "--porcelain"), "jujutsu": ("jj", "log", "-n", "20")}
COLUMNS = ("command", "wall_a", "wall_b", "cpu_a", "cpu_b", "others_ms")
WARM_UPS = 5
NULL_ROUNDS, POWER_ROUNDS = 20, 30
SLOWDOWN = 1.05
REPORTS, TESTS = 100, 50
ALPHA = 0.05

Rounds = dict[str, NDArray[np.float64]]
"""Command → array of shape (rounds, 4): wall and CPU time in ms of both sides."""


def work_copies(folder: Path) -> Iterator[tuple[str, LocalPlace, WorkCopy]]:
    """Yield a small repository of each system that is here, in a work copy."""
    store = FixtureStore(folder / "fixtures", git=shutil.which("git") or "git", max_bytes=1 << 30)
    request = FixtureRequest(size=RepoSize.SMALL, parameters=preset(RepoSize.SMALL), seed=0)
    fixture = store.get(request, seed=0, progress=lambda *_: None)
    for system, command in COMMANDS.items():
        if shutil.which(command[0]) is None:
            continue
        place = LocalPlace(start_local_probe, folder / system, path=os.environ["PATH"])
        variant = Variant(name=system, vcs_type=system)
        copy = make_work_copy(
            place.site(system),
            folder / system / "copy",
            vcs=get_vcs(system),
            variant=variant,
            fixture=fixture,
        )
        yield system, place, copy
        place.close()


def record(path: Path, rounds: int) -> None:
    """Append rounds of every command."""
    fresh = not path.exists()
    random = np.random.default_rng()
    with tempfile.TemporaryDirectory() as name, path.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(COLUMNS)
        for system, place, copy in work_copies(Path(name)):
            request = RunRequest(
                cwd=str(copy.workdir), env=copy.runner.environment, steps=(COMMANDS[system],)
            )
            probe = place.site(system).probe
            for number in range(-WARM_UPS, rounds):
                swapped = bool(random.integers(2))
                first, second = probe.run(request), probe.run(request)
                sides = (second, first) if swapped else (first, second)
                if number >= 0:
                    writer.writerow([" ".join(COMMANDS[system]), *_figures(*sides)])


def _figures(one: RunAnswer, other: RunAnswer) -> list[float | None]:
    walls = [answer.wall_ns / 1e6 for answer in (one, other)]
    cpus = [(answer.user_us + answer.system_us) / 1e3 for answer in (one, other)]
    loads = [answer.load.others_cpu_us for answer in (one, other)]
    others = sum(load or 0 for load in loads) / 1e3 if None not in loads else None
    return [*walls, *cpus, others]


def load(path: Path) -> tuple[Rounds, float]:
    """Return the rounds, and the share of the processors others took."""
    found: dict[str, list[list[float]]] = {}
    others = wall = 0.0
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["command"], []).append([float(row[name]) for name in COLUMNS[1:5]])
            others += float(row["others_ms"] or 0)
            wall += float(row["wall_a"]) + float(row["wall_b"])
    return {name: np.array(rows) for name, rows in found.items()}, others / (
        wall * (os.cpu_count() or 1)
    )


def windows(rows: NDArray[np.float64], size: int) -> Iterator[NDArray[np.float64]]:
    """Yield stretches of consecutive rounds that do not overlap."""
    for start in range(0, len(rows) - size + 1, size):
        yield rows[start : start + size]


def compared(rows: NDArray[np.float64], metric: int, factor: float = 1.0) -> Comparison:
    """Compare both sides, one of them slowed down by a factor."""
    return compare(rows[:, metric + 1] * factor, rows[:, metric], paired=True, alpha=ALPHA)


def judge_all(rounds: Rounds) -> None:
    """Print what was found, a line for each metric and question."""
    print("| metric | question | found | of | share |")
    print("|---|---|---|---|---|")
    random = np.random.default_rng(20261122)
    for metric, name in ((0, "wall time"), (2, "CPU time")):
        every = [*rounds.items(), ("both", None)]
        for command, rows in every:
            chosen = list(rounds.values()) if rows is None else [rows]
            null = [compared(w, metric) for one in chosen for w in windows(one, NULL_ROUNDS)]
            alarms = sum((c.p_value or 1) < ALPHA for c in null)
            _line(name, f"{command}: A/A, p < .05 in {NULL_ROUNDS} rounds", alarms, len(null))
        for command, rows in every:
            chosen = list(rounds.values()) if rows is None else [rows]
            real = [
                compared(w, metric, SLOWDOWN) for one in chosen for w in windows(one, POWER_ROUNDS)
            ]
            seen = sum(c.verdict is Verdict.DIFFERENT for c in real)
            _line(name, f"{command}: +5 % *different* in {POWER_ROUNDS} rounds", seen, len(real))
        held = sum(_report(rounds, metric, random) for _ in range(REPORTS))
        _line(name, f"reports of {TESTS} null tests that hold a *different*", held, REPORTS)


def _report(rounds: Rounds, metric: int, random: np.random.Generator) -> bool:
    """Return whether a report of null tests, corrected together, holds any difference."""
    tests = []
    for _ in range(TESTS):
        rows = list(rounds.values())[int(random.integers(len(rounds)))]
        start = int(random.integers(len(rows) - NULL_ROUNDS + 1))
        tests.append(compared(rows[start : start + NULL_ROUNDS], metric))
    return any(one.verdict is Verdict.DIFFERENT for one in judge(tests, ALPHA, 2.0))


def _line(metric: str, question: str, found: int, of: int) -> None:
    share = f"{100 * found / of:.1f} %" if of else "–"
    print(f"| {metric} | {question} | {found} | {of} | {share} |")


def main() -> None:
    """Record or judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=("record", "judge"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--rounds", type=int, default=2000, help="of each command (2000)")
    options = parser.parse_args()
    if options.what == "record":
        record(options.file, options.rounds)
        return
    rounds, others = load(options.file)
    counts = ", ".join(
        f"{name}: {len(rows)} rounds, median {np.median(rows[:, 0]):.3g} ms wall,"
        f" {np.median(rows[:, 2]):.3g} ms CPU"
        for name, rows in rounds.items()
    )
    print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors, {counts}.")
    print(f"Others took {100 * others:.0f} % of the processors meanwhile.\n")
    judge_all(rounds)


if __name__ == "__main__":
    main()
