"""How long a report of many results takes to write, how much memory, and how large its files are.

    python -m benchmarks.report_scale [RESULTS] [-o FOLDER]

The results are made, not measured: one judged test of three systems, its numbers scaled by a
random factor each time, so that nothing is smaller or faster for being equal.
"""

import argparse
import math
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.report.session import groups_of, session_of
from tracker.analysis import average_speedup, compare_session, key_findings, process
from tracker.models import BenchmarkReport, ProcessedResult, TrialSummary
from tracker.models.config import Analysis
from tracker.models.report import Historical
from tracker.report.build import Judgement, build_report
from tracker.report.files import write_files
from tracker.report.html import to_html
from tracker.report.json_form import json_parts
from tracker.report.markdown import markdown_parts

MIB = 2**20


def scaled(value: Any, factor: float) -> Any:  # noqa: ANN401  whatever JSON holds
    """Return JSON with every float multiplied."""
    if isinstance(value, float):
        return value * factor
    if isinstance(value, dict):
        return {key: scaled(each, factor) for key, each in value.items()}
    return [scaled(each, factor) for each in value] if isinstance(value, list) else value


def many(count: int) -> tuple[list[ProcessedResult], list[TrialSummary]]:
    """Return results and trials as a session of so many tests has them."""
    groups = groups_of()
    templates = process(groups, Analysis(), seed=7)
    rng = np.random.default_rng(1)
    results, trials = [], []
    for number in range(count):
        template, group = templates[number % len(templates)], groups[number % len(groups)]
        factor = math.exp(rng.normal(0, 0.5))
        test_id = f"{template.test_id}-{number}"
        variants = {
            name: type(stats).model_validate(scaled(stats.model_dump(mode="json"), factor))
            for name, stats in template.variants.items()
        }
        results.append(
            template.model_copy(
                update={
                    "test_id": test_id,
                    "variants": variants,
                    "git": variants["git"].time_ms,
                    "jujutsu": variants["jujutsu"].time_ms,
                    "git_worktrees": variants["git-worktrees"].time_ms,
                }
            )
        )
        trials.extend(
            one.model_copy(update={"test_id": test_id, "run_id": f"run-1772366400-{number:06x}"})
            for one in group.trials
        )
    return results, trials


def report_of(results: Sequence[ProcessedResult]) -> BenchmarkReport:
    """Return the report of results."""
    speedup, n = average_speedup(results)
    session = session_of(groups_of()[:1])
    judgement = Judgement(
        comparison=compare_session(results),
        overall_winner=None,
        avg_speedup=speedup,
        avg_speedup_n=n,
        key_findings=key_findings(results),
    )
    return build_report(
        session.measured,
        results,
        judgement,
        {one.fixture.id: one.fixture for one in session.groups if one.fixture},
        generated_ms=1_772_366_527_400,
        historical=Historical(),
    )


def main() -> None:
    """Make the report and print what it took."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("results", type=int, nargs="?", default=10_000)
    arguments.add_argument("-o", "--output", type=Path)
    given = arguments.parse_args()
    results, trials = many(given.results)
    report = report_of(results)
    before = _peak()
    print(f"{given.results} results of three systems; {before:.0f} MiB before the first form")
    print()
    print("| form | seconds | of CPU | MiB |")
    print("|---|---|---|---|")
    started, started_cpu = time.perf_counter(), time.process_time()
    forms: dict[str, Callable[[], Iterable[str]]] = {
        "html": lambda: [to_html(report, trials=trials, records=(), skipped=(), title="Scale")],
        "markdown": lambda: markdown_parts(report),
        "json": lambda: json_parts(report),
    }
    folder = given.output or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    for name, render in forms.items():
        start, cpu = time.perf_counter(), time.process_time()
        file = folder / f"report.{name}"
        file.unlink(missing_ok=True)
        write_files(folder, {file.name: render()})
        took, used = time.perf_counter() - start, time.process_time() - cpu
        print(f"| {name} | {took:.2f} | {used:.2f} | {file.stat().st_size / MIB:.1f} |")
    total = time.perf_counter() - started, time.process_time() - started_cpu
    print(f"| all | {total[0]:.2f} | {total[1]:.2f} | |")
    print()
    print(f"Peak memory of the whole program: {_peak():.0f} MiB")


def _peak() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB


if __name__ == "__main__":
    main()
