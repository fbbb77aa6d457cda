"""Show that a planted regression is confirmed, an unchanged program passes, and one of 8 is found.

Run: python benchmarks/regression_gate.py [--repeats 5] [--budget 60] [--replays 100]
A wrapper round git stands on every side. It burns a share of the CPU time that the measured
command takes on this machine, and then becomes git; the unchanged wrapper burns nothing.
The replays draw the unchanged duel again from the pairs that were measured: with a random sign
each, which is what the random order of a round makes of two equal programs.
"""

import argparse
import math
import random
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from patterns.learning.monitoring.duel import Finding, judge
from tracker.workflow import gate_measurement
from tracker.workflow.bisect import bisect_versions
from tracker.workflow.duel import Rounds
from tracker.workflow.gate import check
from tracker.workflow.gate_request import BisectRequest, CheckRequest
from tracker.workflow.request import RunRequest

WRAPPER = r"""
#include <time.h>
#include <unistd.h>
static long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}
int main(int argc, char **argv) {
  (void)argc;
  long end = now() + EXTRA_US;
  while (now() < end) {}
  execv(GIT, argv);
  return 127;
}
"""

TEST, SIZE = "status-clean", "small"
CHOSEN = RunRequest(tests=(TEST,), repo_sizes=(SIZE,))
GUILTY = 5
VERSIONS = 8


def main() -> None:
    """Print what the gate says of a planted and of no regression, and where it was planted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--replays", type=int, default=100)
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--share", type=float, default=0.05)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "MLproject").write_text("name: gate\n")
        demonstrate(folder, arguments)


def demonstrate(folder: Path, arguments: argparse.Namespace) -> None:
    """Measure the cost of the command first, then plant a share of it."""
    plain, copy = built(folder, "git-plain", 0), built(folder, "git-copy", 0)
    cost_ms, ratios = calibrated(folder, plain, copy, arguments.budget / 4)
    extra_us = round(1000 * cost_ms * arguments.share)
    slow = built(folder, "git-slow", extra_us)
    print(f"{TEST} takes {cost_ms:.2f} ms of CPU here; planted: {extra_us} µs")
    for label, new in (("unchanged", copy), ("planted", slow)):
        for repeat in range(arguments.repeats):
            asked = CheckRequest(
                old=plain,
                new=new,
                selection=CHOSEN,
                metrics=("cpu",),
                budget_s=arguments.budget,
                seed=repeat,
            )
            report = check(folder, asked)
            (result,) = report.results
            low, high = result.change_interval or (math.nan, math.nan)
            rounds = result.candidate.n if result.candidate else 0
            print(
                f"{label}: exit {report.exit_code}, {result.verdict}, "
                f"{result.change_percent:+.1f} % ({low:+.1f} to {high:+.1f} %), {rounds} rounds",
                flush=True,
            )
    wrong = replayed(ratios, arguments.replays)
    print(f"unchanged, replayed: {wrong} of {arguments.replays} confirmed ({len(ratios)} pairs)")
    bisected(folder, extra_us, arguments.budget)


def calibrated(folder: Path, old: Path, new: Path, budget: float) -> tuple[float, list[float]]:
    """Return the CPU time of the command and the log ratios of two equal programs."""
    seen: list[Rounds] = []
    measure = gate_measurement.measure_rounds

    def kept(*given: object, **named: object) -> Rounds:
        rounds = measure(*given, **{**named, "decided": lambda _: False})
        seen.append(rounds)
        return rounds

    gate_measurement.measure_rounds = kept
    try:
        asked = CheckRequest(old=old, new=new, selection=CHOSEN, metrics=("cpu",), budget_s=budget)
        check(folder, asked)
    finally:
        gate_measurement.measure_rounds = measure
    (rounds,) = seen
    return statistics.median(rounds.values["cpu"]["old"]), rounds.log_ratios["cpu"]


def replayed(ratios: list[float], repeats: int) -> int:
    """Return how many replays of an unchanged duel end in a confirmed regression."""
    draw = random.Random(0)
    wrong = 0
    for _ in range(repeats):
        seen: list[float] = []
        for _ in range(500):
            seen.append(draw.choice((-1, 1)) * draw.choice(ratios))
            if len(seen) >= gate_measurement.FEWEST_ROUNDS and len(seen) % 2 == 0:
                finding = judge(seen, least=1.03).finding
                if finding is not Finding.UNDECIDED:
                    wrong += finding is Finding.SLOWER
                    break
    return wrong


def bisected(folder: Path, extra_us: int, budget: float) -> None:
    """Print which of eight versions is named; the planted one is the sixth."""
    programs = [
        built(folder, f"git-{number + 1}", extra_us if number >= GUILTY else 0)
        for number in range(VERSIONS)
    ]
    asked = BisectRequest(
        programs=tuple(programs),
        test=TEST,
        selection=RunRequest(repo_sizes=(SIZE,)),
        budget_s=budget,
    )
    report = bisect_versions(folder, asked)
    named = Path(report.first_slow).name if report.first_slow else "none"
    rounds = sum(one.n for one in report.asked)
    print(
        f"bisect: {named} named, git-{GUILTY + 1} planted, {len(report.asked)} versions asked, "
        f"{rounds} rounds, {report.seconds:.0f} s"
    )


def built(folder: Path, name: str, extra_us: int) -> Path:
    """Return a wrapper that burns so much CPU time before it becomes git."""
    source, program = folder / "wrapper.c", folder / name
    source.write_text(WRAPPER)
    git = shutil.which("git") or "/usr/bin/git"
    flags = [f"-DEXTRA_US={extra_us}", f'-DGIT="{git}"']
    subprocess.run(["cc", "-O1", *flags, str(source), "-o", str(program)], check=True)
    return program


if __name__ == "__main__":
    main()
