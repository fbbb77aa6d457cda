"""Groups as a session would have measured them, from given durations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from tracker.models import (
    ErrorType,
    FixtureRequest,
    FixtureStrategy,
    GroupResult,
    IterationRecord,
    RawMetric,
    RepositoryFixture,
    RepoSize,
    Test,
    TrialGroup,
    TrialSummary,
    Variant,
)
from tracker.models.config import Analysis
from tracker.models.fixture import Characteristics, FixtureMetadata, Generation
from tracker.models.metrics import (
    CPUMetrics,
    ExecutionResult,
    IOMetrics,
    MemoryMetrics,
    MetricContext,
    Performance,
    Quality,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETTINGS = Analysis()
SYSTEMS = ("git", "git-worktrees", "jujutsu")
FILES = {"small": 200, "medium": 2_000, "large": 20_000, "custom": 731}


def noisy(median: float, rounds: int, seed: int, spread: float = 0.01) -> list[float]:
    """Return log-normal durations whose median is exactly `median`."""
    logs = np.random.default_rng(seed).normal(0, spread, rounds)
    return (median * np.exp(logs - np.median(logs))).tolist()


def paired(
    medians: Mapping[str, float], rounds: int, seed: int, *, own: float = 0.01, shared: float = 0.1
) -> dict[str, list[float]]:
    """Return durations that share the machine's drift in each round, as measured ones do."""
    rng = np.random.default_rng(seed)
    drift = rng.normal(0, shared, rounds)
    return {
        name: (median * np.exp(drift + rng.normal(0, own, rounds))).tolist()
        for name, median in medians.items()
    }


@dataclass(frozen=True)
class Measured:
    """What one group is built from; a failed round is given by variant and number."""

    times: Mapping[str, Sequence[float | None]]
    cpu: Mapping[str, Sequence[float]] = field(default_factory=dict)
    memory: Mapping[str, int] = field(default_factory=dict)
    io: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    failed: Mapping[str, set[int]] = field(default_factory=dict)
    status: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


def fixture(size: str = "small", repo_id: str | None = None) -> RepositoryFixture:
    files = FILES[size]
    return RepositoryFixture(
        id=repo_id or f"synthetic-{size}-1a2b3c4d",
        name=f"{size} repository",
        size=RepoSize(size),
        created_at="2026-03-01T11:00:00Z",
        path=f"/cache/{size}",
        metadata=FixtureMetadata(
            commits=files // 2,
            branches=5,
            tags=0,
            files=files,
            total_size=files * 4096,
            largest_file=50_000,
        ),
        characteristics=Characteristics(),
        generation=Generation(strategy=FixtureStrategy.SYNTHETIC),
    )


def group(
    measured: Measured,
    test_id: str = "commit-one-file",
    *,
    operation: str | None = "commit",
    name: str = "Commit one file",
    size: str = "small",
    repo_id: str | None = None,
) -> GroupResult:
    """Return a group with one record for each variant and round."""
    place = fixture(size, repo_id)
    return GroupResult(
        group=TrialGroup(
            suite_id="basic-operations",
            suite_name="Basic operations",
            test=Test(id=test_id, name=name, command="true", operation=operation),
            fixture=FixtureRequest(size=place.size),
            variants=tuple(Variant(name=v, vcs_type=v.partition("+")[0]) for v in measured.times),
        ),
        fixture=place,
        trials=tuple(
            _trial(measured, v, test_id, operation or test_id, place) for v in measured.times
        ),
        records=tuple(
            _record(measured, v, number, value, order, test_id, operation or test_id, place)
            for order, v in enumerate(measured.times)
            for number, value in enumerate(measured.times[v])
            if value is not None
        ),
    )


def run_id(test_id: str, variant: str) -> str:
    digest = sum(ord(letter) * (place + 7) for place, letter in enumerate(f"{test_id}/{variant}"))
    return f"run-1772366400-{digest % 16**6:06x}"


def _trial(
    measured: Measured, variant: str, test_id: str, operation: str, place: RepositoryFixture
) -> TrialSummary:
    rounds = sum(value is not None for value in measured.times[variant])
    status = measured.status.get(variant, "finished")
    return TrialSummary(
        run_id=run_id(test_id, variant),
        suite_id="basic-operations",
        test_id=test_id,
        operation=operation,
        variant=variant,
        vcs_type=variant.partition("+")[0],
        repo_size=place.size,
        repo_id=place.id,
        status=status,
        success_rate=1 - len(measured.failed.get(variant, ())) / rounds if rounds else None,
        outcome_passed=status != "void",
        reason=measured.reasons.get(variant),
    )


def _record(
    measured: Measured,
    variant: str,
    number: int,
    value: float,
    order: int,
    test_id: str,
    operation: str,
    place: RepositoryFixture,
) -> IterationRecord:
    moment = START + timedelta(seconds=number)
    started = moment.timestamp() * 1000
    failed = number in measured.failed.get(variant, ())
    ops, moved = measured.io.get(variant, (None, None))
    cpu = measured.cpu[variant][number] if variant in measured.cpu else value * 0.9
    return IterationRecord(
        suite_id="basic-operations",
        variant=variant,
        phase="measured",
        round=number,
        order=order,
        raw=RawMetric(
            test_id=test_id,
            run_id=run_id(test_id, variant),
            iteration=number + 1,
            timestamp=moment.isoformat().replace("+00:00", "Z"),
            context=MetricContext(
                vcs_type=variant.partition("+")[0],
                operation=operation,
                repo_size=place.size,
                repo_id=place.id,
                variant=variant,
            ),
            execution=ExecutionResult(
                exit_code=1 if failed else 0,
                stdout="",
                stderr="",
                start_time=started,
                end_time=started + value,
                duration_ms=value,
            ),
            performance=Performance(
                cpu=CPUMetrics(total_time=cpu),
                memory=MemoryMetrics(peak=measured.memory.get(variant)),
                io=IOMetrics(read_ops=ops, write_ops=0 if ops else None, read_bytes=moved),
            ),
            quality=Quality(success=not failed, error_type=ErrorType.EXIT_CODE if failed else None),
        ),
    )
