"""Histories of known costs: a constant, so much per file, so much per commit."""

import json
from collections.abc import Iterator, Mapping

import numpy as np

from patterns.models import BenchmarkPattern, PatternContext, PatternRecord

OPERATIONS = {"status-dirty": (3.0, 0.004, 0.0), "commit": (5.0, 0.002, 0.0)}
"""ms, ms per file, ms per commit of the baseline."""

FACTORS = {"git": (0.0, 1.0), "git+watch": (1.0, 0.3), "git+same": (0.0, 1.0)}
"""ms more and share of the cost per file: `git+watch` pays from 360 files of `status-dirty` on."""


def cost_ms(operation: str, variant: str, files: float, commits: float) -> float:
    """Return the ms without noise."""
    base, per_file, per_commit = OPERATIONS[operation]
    more, share = FACTORS[variant]
    return base + more + per_file * share * files + per_commit * commits


def trial(
    repository: str,
    operation: str,
    variant: str,
    ms: float | None,
    *,
    files: int | None = 100,
    commits: int = 100,
    session: str = "benchmark-1",
    one_off_ms: float | None = None,
    **more: object,
) -> PatternRecord:
    """Return a trial as it is remembered."""
    run_id = f"run-{repository}-{operation}-{variant}-{session}"
    output = {"executionTime": ms, "runId": run_id, "success": ms is not None}
    if one_off_ms is not None:
        output["oneOffMs"] = one_off_ms
    values: dict[str, object] = {
        "operation": operation,
        "vcs_type": "git",
        "variant": variant,
        "repo_size": "custom",
        "run_id": run_id,
        "created_at": 1,
        "vcs_version": "git 2.39.5",
        "machine_class": "here",
        "fixture_id": repository,
        "round": 12,
        "files": files,
        "commits": commits,
        "branches": 3,
        "tags": 0,
        "total_bytes": 200_000,
        **more,
    }
    return PatternRecord(
        pattern=BenchmarkPattern(
            session_id=session,
            task=f"{operation}-git-benchmark",
            input="{}",
            output=json.dumps(output, sort_keys=True),
            reward=None,
            success=ms is not None,
            latency_ms=ms,
        ),
        context=PatternContext.model_validate(values),
    )


def records(
    count: int,
    *,
    noise: float = 0.01,
    seed: int = 0,
    one_offs: Mapping[str, float] | None = None,
    **more: object,
) -> Iterator[PatternRecord]:
    """Give the trials of repositories from 30 to 20,000 files."""
    random = np.random.default_rng(seed)
    for number in range(count):
        files = int(np.exp(random.uniform(3.4, 9.9)))
        commits = int(np.exp(random.uniform(3.4, 8.0)))
        for operation in OPERATIONS:
            for variant in FACTORS:
                ms = cost_ms(operation, variant, files, commits)
                yield trial(
                    f"fixture-{number}",
                    operation,
                    variant,
                    ms * float(np.exp(random.normal(0, noise))),
                    files=files,
                    commits=commits,
                    total_bytes=2000 * files,
                    one_off_ms=(one_offs or {}).get(variant),
                    **more,
                )
