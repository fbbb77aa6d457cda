"""How long advice takes to learn from many patterns.

Patterns are made of known costs: a constant, so much per file, so much per commit, with noise.

    python benchmarks/recommendation_training.py --patterns 100000
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from patterns.learning.recommendation.advising import Adviser, Question
from patterns.learning.recommendation.history import FEATURES, history_of
from patterns.learning.recommendation.workload import PROFILES
from patterns.models import BenchmarkPattern, PatternContext, PatternRecord
from patterns.store import PatternStore

OPERATIONS = tuple(PROFILES["developer"].per_day)
VARIANTS = ("git", *(f"git+variant{number}" for number in range(1, 8)))


def patterns(count: int) -> Iterator[PatternRecord]:
    """Give that many trials."""
    random = np.random.default_rng(0)
    cells = len(OPERATIONS) * len(VARIANTS)
    for number in range(-(-count // cells)):
        files, commits = (int(value) for value in np.exp(random.uniform(3.4, 10, 2)))
        for operation in OPERATIONS:
            for place, variant in enumerate(VARIANTS):
                share = 1.0 if place == 0 else 0.4 + 0.1 * place
                ms = 3 + 0.3 * place + 0.004 * share * files + 0.001 * commits
                ms *= float(np.exp(random.normal(0, 0.05)))
                yield record(f"fixture-{number}", operation, variant, ms, files, commits)


def record(
    repository: str, operation: str, variant: str, ms: float, files: int, commits: int
) -> PatternRecord:
    """Return one trial."""
    run_id = f"run-{repository}-{operation}-{variant}"
    return PatternRecord(
        pattern=BenchmarkPattern(
            session_id="benchmark-1",
            task=f"{operation}-git-benchmark",
            input="{}",
            output=json.dumps({"executionTime": ms, "runId": run_id}),
            reward=None,
            success=True,
            latency_ms=ms,
        ),
        context=PatternContext(
            operation=operation,
            vcs_type="git",
            variant=variant,
            repo_size="custom",
            run_id=run_id,
            created_at=1,
            machine_class="here",
            fixture_id=repository,
            round=15,
            files=files,
            commits=commits,
            branches=5,
            tags=0,
            total_bytes=2000 * files,
        ),
    )


def main() -> None:
    """Print the seconds of each step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patterns", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with PatternStore(f"sqlite:///{Path(folder) / 'tracker.db'}") as store:
            store.add_patterns(patterns(arguments.patterns))
            marks = [(time.perf_counter(), time.process_time(), "")]
            history = history_of(store.records(trials=True))
        marks.append((time.perf_counter(), time.process_time(), "reading the store"))
        adviser = Adviser.fit(history, PROFILES["developer"])
        marks.append((time.perf_counter(), time.process_time(), "fitting"))
        asked = Question(dict.fromkeys(FEATURES, 1000.0), adviser.workload, "here")
        advice = adviser.advise(asked)
        marks.append((time.perf_counter(), time.process_time(), "one answer"))
    print(f"{history.patterns} patterns, {len(history.repositories)} repositories: {advice.model}")
    for before, after in pairwise(marks):
        wall, cpu = after[0] - before[0], after[1] - before[1]
        print(f"{after[2]:18} {wall:6.1f} s, {cpu:6.1f} s of CPU")


if __name__ == "__main__":
    main()
