"""What somebody does with a repository in a day, and what that costs in each variant."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from patterns.learning.recommendation.cases import Costs, Floats
from patterns.learning.recommendation.history import BASELINE, CostHistory


@dataclass(frozen=True)
class Workload:
    """Operations per day.

    Attributes
    ----------
    name : str
        Of the profile, or of the file.
    per_day : mapping of operation to times a day
        More than 0.
    source : str
        Where the numbers come from.
    """

    name: str
    per_day: Mapping[str, float]
    source: str


PROFILES = {
    "agent": Workload(
        "agent",
        {"status-dirty": 700.0, "commit": 200.0, "log-path": 100.0},
        "shares: a mix of 70 % status after an edit, 20 % commit, 10 % path history, taken for "
        "programs that write code; a thousand operations a day: assumed",
    ),
    "developer": Workload(
        "developer",
        {
            "status-clean": 200.0,
            "status-dirty": 100.0,
            "diff": 40.0,
            "add": 25.0,
            "commit": 15.0,
            "log": 15.0,
            "log-path": 5.0,
            "blame": 5.0,
            "branch-list": 5.0,
            "switch": 5.0,
        },
        "assumed: a prompt or an editor that asks for the status, and commands typed by hand",
    ),
    "ci": Workload(
        "ci",
        {
            "status-clean": 100.0,
            "log": 100.0,
            "count-commits": 100.0,
            "diff": 50.0,
            "switch": 100.0,
            "log-path": 50.0,
        },
        "assumed: fifty builds a day that check out, number a version and list what changed",
    ),
}
"""None is counted from users; docs/recommendation.md says how to count one's own."""


@dataclass(frozen=True)
class WorkloadCosts:
    """The history seen through a workload, ready to learn from.

    Attributes
    ----------
    ratios : Costs, shape (r, v)
        ms a day / the baseline's; NaN where an operation was not measured.
    base_ms : ndarray, shape (r,)
        The baseline's ms a day.
    operations : tuple of str
        Those that count.
    unknown : tuple of str
        Those of the workload that nobody measured; left out.
    """

    ratios: Costs
    base_ms: Floats
    operations: tuple[str, ...]
    unknown: tuple[str, ...]


def weigh(history: CostHistory, workload: Workload, *, horizon_days: float) -> WorkloadCosts:
    """Return what the workload costs in every repository and variant.

    Parameters
    ----------
    horizon_days : float
        Days over which a one-off cost is spread.
    """
    known = tuple(one for one in history.operations if one in workload.per_day)
    unknown = tuple(sorted(set(workload.per_day) - set(known)))
    places = [history.operations.index(one) for one in known]
    times = np.array([workload.per_day[one] for one in known])
    per_day = np.tensordot(history.ms[:, places, :], times, axes=([1], [0]))
    whole = per_day + np.nan_to_num(history.one_off_ms) / horizon_days
    if BASELINE in history.variants and known:
        base = whole[:, history.variants.index(BASELINE)]
    else:
        base = np.full(len(history.repositories), np.nan)
    ratios = whole / base[:, None]
    # Without the baseline beside it, a cost says nothing of differences.
    failed = np.zeros(ratios.shape, dtype=np.bool_)
    return WorkloadCosts(Costs(history.variants, ratios, failed), base, known, unknown)
