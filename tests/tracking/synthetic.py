"""A session that was never measured, with the values of one that was."""

import random
import statistics

from tracker.models import (
    BenchmarkConfig,
    IterationRecord,
    Machine,
    PerformanceStats,
    ProcessedResult,
    RawMetric,
    RepoSize,
    SessionInfo,
    TrialSummary,
)
from tracker.models.config import DataGeneration, Environment, Execution, TestSelection
from tracker.models.enums import FixtureStrategy
from tracker.models.fixture import (
    Characteristics,
    FixtureMetadata,
    Generation,
    GenerationParameters,
    RepositoryFixture,
)
from tracker.models.metrics import (
    CPUMetrics,
    ExecutionResult,
    MemoryMetrics,
    MetricContext,
    Performance,
    Quality,
)
from tracker.models.results import (
    Distribution,
    Insights,
    Learning,
    Percentiles,
    ResultQuality,
    SystemComparisons,
    VariantStats,
)
from tracker.tracking.change import Change

VARIANTS = {"git": 1.0, "git-worktrees": 1.05, "jujutsu": 0.62}
OPERATIONS = {"status": 6.0, "commit": 21.0, "log": 9.0, "merge": 34.0}
START_MS = 1_763_800_000_000


def config(name="basic-operations", config_id="benchmark-0badcafe"):
    return BenchmarkConfig(
        id=config_id,
        name=name,
        description="The operations of every day.",
        execution=Execution(iterations=15, warmup_runs=2, timeout=60_000),
        environment=Environment(),
        tests=TestSelection(suites=("basic",)),
        data_generation=DataGeneration(repo_sizes=(RepoSize.SMALL, RepoSize.MEDIUM)),
    )


def session(number=0, **changes):
    values = {
        "session_id": f"benchmark-{START_MS + number * 86_400_000}",
        "config_id": "benchmark-0badcafe",
        "config_name": "basic-operations",
        "config_hash": "5f1d",
        "started_ms": START_MS + number * 86_400_000,
        "seed": 42,
        "machine": Machine(machine_class="a1b2c3", os="Linux", kernel="6.1", cores=2),
        "versions": {"git": "2.39.5", "jj": "0.35.0"},
        "tracker_version": "0.1.0",
        "command": ("tracker", "run", "--repo", "/home/somebody/secret"),
        "author": "somebody",
    }
    return SessionInfo(**{**values, **changes})


def describe(values):
    ordered = sorted(values)
    return PerformanceStats(
        mean=statistics.fmean(values),
        median=statistics.median(values),
        std_dev=statistics.stdev(values),
        variance=statistics.variance(values),
        range=(ordered[0], ordered[-1]),
        percentiles=Percentiles(
            p25=None, p50=statistics.median(values), p75=None, p90=None, p95=ordered[-2], p99=None
        ),
        sample_size=len(values),
        valid_samples=len(values),
        distribution=Distribution(skewness=None, kurtosis=None, normality=None),
    )


def record(trial, iteration, time_ms, start_ms, *, phase="measured", success=True, fragment=False):
    return IterationRecord(
        suite_id=trial.suite_id,
        variant=trial.variant,
        phase=phase,
        round=iteration,
        order=0,
        fragment=fragment,
        outcome="secret-branch",
        raw=RawMetric(
            test_id=trial.test_id,
            run_id=trial.run_id,
            iteration=iteration,
            timestamp="2025-11-22T00:00:00Z",
            context=MetricContext(
                vcs_type=trial.vcs_type,
                operation=trial.operation,
                repo_size=trial.repo_size,
                repo_id=trial.repo_id,
                variant=trial.variant,
            ),
            execution=ExecutionResult(
                exit_code=0,
                stdout="secret-file",
                start_time=start_ms,
                end_time=start_ms + time_ms,
                duration_ms=time_ms,
            ),
            performance=Performance(
                cpu=CPUMetrics(total_time=time_ms * 0.8, context_switches=7),
                memory=MemoryMetrics(peak=4_000_000 + iteration, tree_peak=5_000_000 + iteration),
            ),
            quality=Quality(success=success),
        ),
    )


class Trial:
    """A trial with its records, statistics and reward."""

    def __init__(self, info, operation, size, variant, *, iterations=15, status="finished"):
        rng = random.Random(f"{info.session_id}/{operation}/{size}/{variant}")
        self.summary = TrialSummary(
            run_id=f"run-{info.started_ms // 1000}-{rng.getrandbits(24):06x}",
            suite_id="basic",
            test_id=operation,
            operation=operation,
            variant=variant,
            vcs_type=variant.partition("+")[0],
            repo_size=size,
            repo_id=f"synthetic-{size}-1a2b3c4d",
            status=status,
            success_rate=1.0,
            outcome_passed=status != "void",
        )
        scale = OPERATIONS.get(operation, 10.0) * VARIANTS.get(variant, 0.9)
        scale *= 1.0 if size == "small" else 3.0
        times = [scale * rng.lognormvariate(0, 0.08) for _ in range(iterations)]
        # The last sample of the fastest is the slowest of all: whoever compares it is misled.
        times[-1] = scale * (4.0 if variant == "jujutsu" else 0.9)
        self.records = tuple(
            record(self.summary, i, time, info.started_ms + 1000 * i)
            for i, time in enumerate(times, start=1)
        )
        self.stats = VariantStats(
            time_ms=describe(times),
            cpu_ms=describe([time * 0.8 for time in times]),
            memory_bytes=describe([4_000_000.0 + i for i in range(iterations)]),
        )
        self.reward = min(1.0, 0.5 / VARIANTS.get(variant, 0.9))


def result(trials):
    first = trials[0].summary
    return ProcessedResult(
        test_suite=first.suite_id,
        test_name=first.test_id,
        operation=first.operation,
        timestamp="2025-11-22T00:00:00Z",
        comparison=SystemComparisons(),
        quality=ResultQuality(reliability=1.0, variance=0.1, outliers=0),
        insights=Insights(winner="jujutsu", confidence=None),
        learning=Learning(reward=None),
        test_id=first.test_id,
        repo_size=first.repo_size,
        repo_id=first.repo_id,
        variants={trial.summary.variant: trial.stats for trial in trials},
        leaders=("jujutsu",),
    )


def fixture(summary):
    """Return the repository a trial was measured in."""
    return RepositoryFixture(
        id=summary.repo_id,
        name=summary.repo_id,
        size=summary.repo_size,
        created_at="2025-11-22T00:00:00Z",
        path="/home/somebody/cache/secret",
        metadata=FixtureMetadata(
            commits=100, branches=3, tags=2, files=500, total_size=2_000_000, largest_file=90_000
        ),
        characteristics=Characteristics(code_files=480),
        generation=Generation(
            strategy=FixtureStrategy.SYNTHETIC, seed=7, parameters=GenerationParameters()
        ),
    )


def _log(tracking, trial, slower):
    change = None
    if slower:
        is_slower = trial.summary.variant in slower
        change = Change(
            regression="confirmed" if is_slower else "none",
            ratio=1.25 if is_slower else 1.0,
            words="Change over time: slower by 25 %." if is_slower else "",
        )
    tracking.log_trial(
        trial.summary,
        trial.records,
        trial.stats,
        trial.reward,
        "jujutsu against git: different, 1.61× faster [1.55, 1.68]\n"
        "git-worktrees against git: unresolved, 0.95× [0.90, 1.01]",
        fixture=fixture(trial.summary),
        change=change,
    )


def groups_of(info, operations, sizes, variants=VARIANTS):
    return [
        [Trial(info, operation, size, variant) for variant in variants]
        for size in sizes
        for operation in operations
    ]


def conclude_session(tracking, info, *, operations, sizes):
    """Record the end of a session, which the trend rests on, without the runs of its trials."""
    tracking.begin_session(info)
    tracking.measured()
    groups = groups_of(info, operations, sizes)
    trials = [trial.summary for group in groups for trial in group]
    tracking.finish_session([result(group) for group in groups], trials, None)


def record_session(
    tracking,
    info,
    *,
    operations=OPERATIONS,
    sizes=("small",),
    variants=VARIANTS,
    report_dir=None,
    slower=(),
):
    """Record a whole session through the facade; return its trials.

    Trials of the variants in `slower` are said to be regressions, where there are any.
    """
    tracking.begin_session(info)
    groups = groups_of(info, operations, sizes, variants)
    trials = [trial for group in groups for trial in group]
    for trial in trials:
        _log(tracking, trial, slower)
    tracking.measured()
    for trial in trials:  # on a busy machine one may have been put off
        _log(tracking, trial, slower)
    tracking.finish_session(
        [result(group) for group in groups], [trial.summary for trial in trials], report_dir
    )
    return trials
