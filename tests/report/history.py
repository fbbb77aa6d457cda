"""A session with earlier ones before it: git's status got slower in the middle of them."""

import numpy as np

from tests.analysis.builder import SETTINGS
from tests.report.session import groups_of, session_of
from tracker.analysis.history import PastPoint, PastSeries, historical

DAY = 86_400_000


def past(variant="git", metric="time_ms", *, sessions=24, step_at=12, step=1.4, noise=0.01, seed=1):
    """Return a series whose level rises by `step` at one session."""
    rng = np.random.default_rng(seed)
    levels = np.where(np.arange(sessions) < step_at, 1.0, step)
    values = 4.0 * levels * np.exp(rng.normal(0, noise, sessions))
    return PastSeries(
        test="status-clean · small",
        test_id="status-clean",
        operation="status",
        vcs_type=variant.partition("+")[0],
        variant=variant,
        repository="small",
        repo_id="synthetic-small-1a2b3c4d",
        metric=metric,
        points=tuple(
            PastPoint(1_772_000_000_000 + at * DAY, float(value), 15, "2.39.5", f"run-{at}")
            for at, value in enumerate(values)
        ),
    )


def with_trends():
    session = session_of(groups_of(rounds=8)[:2])
    found = historical([past()], SETTINGS, previous_reports=("report-1",))
    report = session.report.model_copy(update={"historical": found})
    return type(session)(session.groups, session.results, session.measured, report)
