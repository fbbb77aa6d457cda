"""What a test counted beside its times, in words: commits found, attempts that failed."""

from tracker.models import GroupResult

PER_SECOND = "PerSecond"
SUCCESSES, FAILURES = "commits", "failedAttempts"
"""Of a test of several writers; their share is the success rate of an attempt."""


def count_notes(group: GroupResult) -> tuple[str, ...]:
    """Return a sentence for each variant that counted something.

    Examples
    --------
    >>> said({"commits": 16, "commitsPerSecond": 41.25, "failedAttempts": 4})
    'commits 16 (41/s), failedAttempts 4, 80 % of attempts succeeded'
    """
    return tuple(f"{trial.variant}: {said(trial.counts)}" for trial in group.trials if trial.counts)


def said(counts: dict[str, float]) -> str:
    """Return medians of what was counted, one after another."""
    parts = [
        f"{name} {value:g}{_rate(counts.get(f'{name}{PER_SECOND}'))}"
        for name, value in counts.items()
        if not name.endswith(PER_SECOND)
    ]
    attempts = counts.get(SUCCESSES, 0) + counts.get(FAILURES, 0)
    if FAILURES in counts and attempts:
        parts.append(f"{100 * counts.get(SUCCESSES, 0) / attempts:.0f} % of attempts succeeded")
    return ", ".join(parts)


def _rate(per_second: float | None) -> str:
    return "" if per_second is None else f" ({per_second:.2g}/s)"
