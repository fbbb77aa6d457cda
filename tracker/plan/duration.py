"""How long a session will take: before it starts, and from what was seen so far."""

from collections.abc import Mapping, Sequence

from tracker.models import Plan, RepoSize, TestSuite, Value
from tracker.models.suite import ALL_SYSTEMS

SIZE_FACTOR = {RepoSize.SMALL: 1.0, RepoSize.MEDIUM: 4.0, RepoSize.LARGE: 25.0}
"""Guesses that only an estimate rests on. From 200 to 5,000 files `git status` took 9×, `jj status`
2.8× the CPU time and a log of twenty commits the same; large follows the same slope."""

DEFAULT_TIMEOUT_SHARE = 0.002
"""Share of its timeout an iteration is taken to need where a suite has no estimate: 120 ms of
the usual minute."""


class DurationEstimate(Value):
    """Expected time in ms, and the time no session can exceed in its measured steps."""

    expected_ms: float
    limit_ms: float


def estimate(plan: Plan, suites: Sequence[TestSuite]) -> DurationEstimate:
    """Return how long a plan will take.

    A suite's `estimatedDuration` is one round of all its tests with the three
    systems in a small repository; what is chosen of it counts by its share.
    """
    execution = plan.config.execution
    rounds = execution.iterations + execution.warmup_runs
    known = {suite.id: suite for suite in suites}
    expected = limit = 0.0
    for group in plan.groups:
        timeout = group.test.timeout or execution.timeout
        one = _per_iteration_ms(known.get(group.suite_id), timeout)
        count = rounds * len(group.variants)
        expected += count * one * SIZE_FACTOR.get(group.fixture.size, 1.0)
        limit += count * timeout
    return DurationEstimate(expected_ms=expected, limit_ms=limit)


def _per_iteration_ms(suite: TestSuite | None, timeout: int) -> float:
    whole = suite.requirements.estimated_duration if suite else None
    if suite is None or whole is None:
        return timeout * DEFAULT_TIMEOUT_SHARE
    trials = sum(len([v for v in test.vcs_types if v in ALL_SYSTEMS]) for test in suite.tests)
    return whole / max(trials, 1)


def remaining_ms(plan: Plan, done: Mapping[str, int], elapsed_ms: float) -> float | None:
    """Return the time left, from the mean time of the iterations so far; None before the first.

    Parameters
    ----------
    done : mapping of str to int
        Finished iterations, warm-ups included, by the key of their group.
    elapsed_ms : float
        What they took, set-up and restoring included.
    """
    execution = plan.config.execution
    rounds = execution.iterations + execution.warmup_runs
    total = rounds * plan.trial_count
    finished = sum(done.values())
    if finished == 0:
        return None
    return max(total - finished, 0) * elapsed_ms / finished
