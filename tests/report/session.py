"""A whole session, judged and reported, from plausible numbers."""

from dataclasses import dataclass

import numpy as np

from tests.analysis.builder import SETTINGS, Measured, group, paired
from tracker.analysis import (
    average_speedup,
    compare_session,
    key_findings,
    overall_winner,
    process,
)
from tracker.models import (
    BenchmarkReport,
    GroupResult,
    Machine,
    ProcessedResult,
    SessionInfo,
    SessionResult,
    SkippedTrial,
)
from tracker.report.build import Judgement, build_report

MIB = 2**20

# Median ms on a small repository: git, git-worktrees, jujutsu.
TESTS = {
    ("status-clean", "status", "Status of a clean working copy"): (3.4, 3.42, 21.0),
    ("status-dirty", "status", "Status with ten changed files"): (4.1, 4.12, 24.5),
    ("add", "add", "Add ten files"): (5.2, 5.1, 23.0),
    ("commit", "commit", "Commit ten changed files"): (12.8, 14.1, 31.0),
    ("log", "log", "The last fifty commits"): (4.6, 4.6, 26.4),
    ("diff", "diff", "Diff of ten changed files"): (4.4, 4.5, 25.1),
    ("branch", "branch", "Create a branch"): (2.6, 2.7, 22.3),
    ("switch", "switch", "Switch to an older branch"): (18.9, 19.6, 17.1),
    ("merge", "merge", "Merge a branch without conflicts"): (24.2, 26.0, 33.8),
}
PEAKS = {"git": 4.9, "git-worktrees": 5.0, "jujutsu": 31.5}
ADVICE = "jj is not installed: run `tracker tools install jj`"


@dataclass(frozen=True)
class Session:
    groups: tuple[GroupResult, ...]
    results: tuple[ProcessedResult, ...]
    measured: SessionResult
    report: BenchmarkReport


def groups_of(
    systems=("git", "git-worktrees", "jujutsu"), rounds=15, sizes=("small",), tests=TESTS
):
    growth = {"small": 1.0, "medium": 4.0, "large": 22.0}
    places = ("git", "git-worktrees", "jujutsu")
    return tuple(
        group(
            _measured(
                {name: medians[places.index(name)] * growth[size] for name in systems},
                rounds,
                1000 * number + len(size),
            ),
            test_id=test_id,
            operation=operation,
            name=name,
            size=size,
        )
        for size in sizes
        for number, ((test_id, operation, name), medians) in enumerate(tests.items())
    )


def _measured(medians, rounds, seed):
    times = paired(medians, rounds, seed, own=0.02, shared=0.08)
    rng = np.random.default_rng(seed + 1)
    for values in times.values():  # now and then something else runs
        for place in np.flatnonzero(rng.random(rounds) < 0.015):
            values[place] *= 1.5 + rng.random()
    cpu = {
        name: [value * (1.25 if name == "jujutsu" else 0.93) for value in values]
        for name, values in times.items()
    }
    return Measured(
        times,
        cpu=cpu,
        memory={name: int(PEAKS[name] * MIB) for name in times},
        io=dict.fromkeys(times, (120, 90_000)),
    )


def session_of(groups, skipped=(), name="Quick start") -> Session:
    results = process(groups, SETTINGS, seed=7)
    speedup, n = average_speedup(results)
    measured = SessionResult(
        session=SessionInfo(
            session_id="benchmark-1772366400000",
            config_id="benchmark-0a1b2c3d",
            config_name=name,
            config_hash="0123456789abcdef",
            started_ms=1_772_366_400_000,
            seed=42,
            machine=Machine(
                machine_class="3f5a9c01",
                os="Debian GNU/Linux 12",
                kernel="6.18.0",
                cpu="AMD EPYC 7B13",
                cores=2,
                memory_bytes=8 * 2**30,
                storage="ext4 on SSD",
            ),
            versions={"git": "2.39.5", "jj": "0.35.0"},
            tracker_version="0.1.0",
        ),
        trials=tuple(trial for one in groups for trial in one.trials),
        records=tuple(record for one in groups for record in one.records),
        skipped=tuple(skipped),
        duration_ms=127_400,
    )
    report = build_report(
        measured,
        results,
        Judgement(
            comparison=compare_session(results),
            overall_winner=overall_winner(results, SETTINGS),
            avg_speedup=speedup,
            avg_speedup_n=n,
            key_findings=key_findings(results),
        ),
        {one.fixture.id: one.fixture for one in groups},
        generated_ms=1_772_366_527_400,
        settings=SETTINGS,
    )
    return Session(tuple(groups), results, measured, report)


def without_jujutsu() -> Session:
    groups = groups_of(systems=("git", "git-worktrees"))
    skipped = [
        SkippedTrial(
            suite_id="basic-operations",
            test_id=one.group.test.id,
            variant="jujutsu",
            repo_size="small",
            reason=ADVICE,
        )
        for one in groups
    ]
    return session_of(groups, skipped)
