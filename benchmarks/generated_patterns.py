"""The patterns of the store's benchmarks: the same for everybody, from one seed."""

import json
import random
from collections.abc import Iterator

from patterns.models import BenchmarkPattern, PatternContext, PatternRecord

SEED = 1_699_564_800
OPERATIONS = [
    *("add", "commit", "status", "log", "diff", "branch"),
    *("merge", "checkout", "clone", "blame", "rebase", "push"),
]
SYSTEMS = ["git", "jujutsu", "git-worktrees"]
CRITIQUE = "Excellent performance. 2.1x faster than Git with lower memory usage."


def generate(count: int, start: int = 0) -> Iterator[PatternRecord]:
    """Make distinct patterns of the size of the specification's example."""
    for number in range(start, start + count):
        chance = random.Random(SEED * 1_000_003 + number)
        operation, vcs_type = chance.choice(OPERATIONS), chance.choice(SYSTEMS)
        variant = vcs_type + chance.choice(["", "+a", "+b", "+c"])
        files = int(10 ** chance.uniform(1, 5))
        latency = round(files**0.7 * chance.lognormvariate(0, 0.3) / 10, 3)
        success = chance.random() < 0.9
        given = {"operation": operation, "vcsType": vcs_type, "repoSize": "medium", "files": files}
        output = {
            "executionTime": latency,
            "memoryPeak": 128,
            "ioOperations": 250,
            "success": success,
        }
        created = SEED * 1000 + number * 1000
        yield PatternRecord(
            pattern=BenchmarkPattern(
                session_id=f"benchmark-{created // 50_000}",
                task=f"{operation}-{vcs_type}-benchmark",
                input=json.dumps({**given, "commitMessage": "50 chars"}),
                output=json.dumps(output),
                reward=round(chance.random(), 4) if success else 0.0,
                success=success,
                critique=CRITIQUE,
                latency_ms=latency,
            ),
            context=PatternContext(
                operation=operation,
                vcs_type=vcs_type,
                variant=variant,
                repo_size="medium",
                files=files,
                created_at=created,
            ),
        )
