"""Where a Git configuration begins to pay: the same tests over repositories that grow.

    python benchmarks/crossover.py RESULTS.jsonl [--files 200 1000 5000] [--commits 100 1000 5000]
        [--rounds 15] [--table]

Every size is measured by the tracker itself: rounds in which each variant has one turn in a seeded
order, outcome checks, work copies put back. Files grow with 100 commits, commits with 200 files.
A line is added to RESULTS.jsonl for each test, variant and size as soon as it is known, and sizes
that are in the file are not measured again; `--table` only prints what the file holds.

The ratio is time of plain Git over time of the variant, the Hodges–Lehmann estimate over the
rounds, with its 95 % interval: above 1 the variant is faster. Set TRACKER_GIT to a git of 2.55 or
later for the built-in file-system monitor.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from patterns.statistics.comparison import compare
from tracker.config import default_config, load_variants, read_library
from tracker.measurement.engine import measure_plan
from tracker.measurement.journal import Journal
from tracker.measurement.local import LocalExecutor
from tracker.measurement.probe.client import start_local_probe
from tracker.models import (
    BenchmarkConfig,
    FixtureRequest,
    GenerationParameters,
    GroupResult,
    RepoSize,
    SessionInfo,
)
from tracker.models.fixture import Branches, Commits, Content, FileTree
from tracker.plan import make_plan, round_order
from tracker.vcs.registry import get_vcs
from tracker.workflow.availability import features, unavailable, with_tool_paths
from tracker.workflow.bench import SYSTEM_PATH
from tracker.workflow.fixtures import fixture_store
from tracker.workflow.workspace import Workspace, open_workspace

BASELINE = "git"
What = tuple[tuple[str, ...], tuple[str, ...]]
"""Tests and variants."""

ON_FILES: What = (
    ("status-clean", "status-dirty", "add", "commit"),
    ("git+untracked-cache", "git+manyfiles", "git+fsmonitor", "git+fsmonitor+manyfiles"),
)
ON_COMMITS: What = (("log-path",), ("git+commit-graph", "git+commit-graph+changed-paths"))
FEW_COMMITS, FEW_FILES = 100, 200
SEED = 7
PER_DIRECTORY = 10


def repository(files: int, commits: int) -> GenerationParameters:
    """Return a repository of files of about a kilobyte."""
    return GenerationParameters(
        file_tree=FileTree(
            max_depth=6, files_per_dir=PER_DIRECTORY, dir_count=files // PER_DIRECTORY
        ),
        commits=Commits(count=commits, authors_count=20),
        branches=Branches(count=8, merge_frequency=0.2, branch_lifetime=2),
        content=Content(avg_file_size=1024),
    )


def measured(
    workspace: Workspace, files: int, commits: int, rounds: int, what: What
) -> Iterator[GroupResult]:
    """Measure one size and yield the results of its tests."""
    tests, names = what
    known = load_variants(workspace.project.variant_roots, known_vcs=workspace.known_vcs)
    library = read_library(workspace.project.suite_roots, known_vcs=workspace.known_vcs)
    suites = [library.suites[name].suite for name in ("basic-operations", "scale-testing")]
    values = default_config(suites, ["crossover"]).model_dump(mode="json", by_alias=True)
    values["execution"] |= {"iterations": rounds, "warmupRuns": 2}
    config = BenchmarkConfig.model_validate(values)
    plan = make_plan(
        config,
        suites,
        with_tool_paths(lambda _: workspace, known),
        seed=SEED,
        fixtures=[FixtureRequest(size=RepoSize.CUSTOM, parameters=repository(files, commits))],
        test_globs=tests,
        variant_globs=[BASELINE, *names],
        unavailable=unavailable(lambda _: workspace, known),
        features=features(lambda _: workspace, known),
    )
    store = fixture_store(workspace)
    with tempfile.TemporaryDirectory(dir=workspace.settings.work_dir) as scratch:
        root = Path(scratch)
        git = workspace.tool("git")
        (root / "tools").mkdir()
        if git is not None:
            (root / "tools" / "git").symlink_to(git.path)
        executor = LocalExecutor(
            start_local_probe,
            lambda request: store.get(request, seed=SEED),
            get_vcs,
            root / "work",
            path=f"{root / 'tools'}:{SYSTEM_PATH}",
            systems=("git",),
        )
        with Journal(root / "journal.jsonl") as journal:
            try:
                session = SessionInfo(
                    session_id="benchmark-0",
                    config_id=config.id,
                    config_name=config.name,
                    config_hash="",
                    started_ms=0,
                    seed=SEED,
                    machine=executor.describe(),
                    versions=executor.versions(),
                    tracker_version="",
                )
                yield from measure_plan(
                    plan, session, executor, journal, order=partial(round_order, SEED)
                )
            finally:
                executor.close()


def rows(result: GroupResult, files: int, commits: int) -> Iterator[dict[str, Any]]:
    """Yield one row for each variant that is compared with plain Git."""
    times: dict[str, dict[int, tuple[float, float]]] = {}
    for record in result.measured:
        raw = record.raw
        duration, cpu = raw.execution.duration_ms, raw.performance.cpu.total_time
        if raw.quality.success and duration is not None and cpu is not None:
            times.setdefault(record.variant, {})[record.round] = (duration, cpu)
    base = times.get(BASELINE, {})
    for trial in result.trials:
        own = times.get(trial.variant, {})
        shared = sorted(base.keys() & own.keys())
        row: dict[str, Any] = {
            "test": trial.test_id,
            "variant": trial.variant,
            "files": files,
            "commits": commits,
            "status": trial.status,
            "reason": trial.reason,
            "n": len(shared),
            "oneOffMs": trial.one_off_ms,
            "serviceStartMs": trial.service_start_ms,
            "serviceCpuMs": trial.service_cpu_ms,
        }
        for place, metric in enumerate(("time", "cpu")):
            ours = [own[number][place] for number in shared]
            theirs = [base[number][place] for number in shared]
            row[f"{metric}Ms"] = sorted(ours)[len(ours) // 2] if ours else None
            if trial.variant != BASELINE and shared:
                found = compare(ours, theirs, paired=True)
                bounds = found.interval
                row[f"{metric}Ratio"] = found.ratio
                row[f"{metric}Interval"] = [bounds.low, bounds.high] if bounds else None
        yield row


def table(known: Sequence[dict[str, Any]]) -> str:
    """Return the ratios as Markdown, a table for each test, and where their sign changes."""
    lines: list[str] = []
    for test in dict.fromkeys(row["test"] for row in known):
        here = [row for row in known if row["test"] == test]
        axis = "commits" if test in ON_COMMITS[0] else "files"
        sizes = sorted({row[axis] for row in here})
        heads = " | ".join(f"{size:,} {axis}" for size in sizes)
        lines += ["", f"### {test}", "", f"| variant | {heads} |", "|---" * (len(sizes) + 1) + "|"]
        for name in dict.fromkeys(row["variant"] for row in here):
            own = {row[axis]: row for row in here if row["variant"] == name}
            cells = " | ".join(cell(own.get(size)) for size in sizes)
            lines.append(f"| {name} | {cells} |")
        lines += ["", *(signs(here, axis))]
    return "\n".join(lines).lstrip("\n")


def cell(row: dict[str, Any] | None) -> str:
    """Return a ratio with its interval, or the median of plain Git."""
    if row is None or row["timeMs"] is None:
        return "–"
    if row["variant"] == BASELINE:
        return f"{row['timeMs']:.1f} ms, CPU {row['cpuMs']:.1f}"
    interval, cpu = row["timeInterval"], row["cpuRatio"]
    bounds = f" [{interval[0]:.2f}–{interval[1]:.2f}]" if interval else ""
    return f"{row['timeRatio']:.2f}{bounds}, CPU {cpu:.2f}" if cpu else f"{row['timeRatio']:.2f}"


def signs(here: Sequence[dict[str, Any]], axis: str) -> list[str]:
    """Say for each variant where it is surely slower and surely faster."""
    said: list[str] = []
    for name in dict.fromkeys(row["variant"] for row in here if row["variant"] != BASELINE):
        own = sorted((r for r in here if r["variant"] == name), key=lambda r: r[axis])
        known = [row for row in own if row.get("timeInterval")]
        slower = [row[axis] for row in known if row["timeInterval"][1] < 1]
        faster = [row[axis] for row in known if row["timeInterval"][0] > 1]
        open_ = [row[axis] for row in known if row[axis] not in {*slower, *faster}]
        parts = [
            f"{word} at {', '.join(f'{size:,}' for size in sizes)}"
            for word, sizes in (("slower", slower), ("unresolved", open_), ("faster", faster))
            if sizes
        ]
        said.append(f"- {name}: {'; '.join(parts) or 'nothing was measured'} {axis}")
    return said


def main(arguments: Sequence[str]) -> int:
    """Measure the sizes that are not in the file yet and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=Path)
    parser.add_argument("--files", type=int, nargs="*", default=[200, 1000, 5000, 20_000, 50_000])
    parser.add_argument("--commits", type=int, nargs="*", default=[100, 1000, 5000, 20_000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--table", action="store_true")
    asked = parser.parse_args(arguments)
    lines = asked.results.read_text().splitlines() if asked.results.exists() else []
    known = [json.loads(line) for line in lines]
    if not asked.table:
        workspace = open_workspace(None)
        workspace.settings.work_dir.mkdir(parents=True, exist_ok=True)
        sizes: list[tuple[int, int, What]] = [
            (files, FEW_COMMITS, ON_FILES) for files in asked.files
        ]
        sizes += [(FEW_FILES, commits, ON_COMMITS) for commits in asked.commits]
        for files, commits, what in sizes:
            have = {
                row["test"] for row in known if (row["files"], row["commits"]) == (files, commits)
            }
            tests = tuple(test for test in what[0] if test not in have)
            if not tests:
                continue
            for result in measured(workspace, files, commits, asked.rounds, (tests, what[1])):
                new = list(rows(result, files, commits))
                known += new
                with asked.results.open("a") as file:
                    file.writelines(f"{json.dumps(row)}\n" for row in new)
    print(table(known))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
