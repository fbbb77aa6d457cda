"""Two versions measured side by side: what the rounds so far decide, whenever one looks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from patterns.statistics.sequential import median_sequence, sign_evidence

ALPHA = 0.002
"""Chance that an unchanged version is ever called changed, however long one measures."""

DESCRIBED_LEVEL = 0.05
"""1 - level of the interval that is shown: 95 %, at every round at once."""


class Finding(StrEnum):
    """What is known of the new version."""

    SLOWER = "slower"
    FASTER = "faster"
    NO_CHANGE = "no change"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class DuelState:
    """The new version over the old one after n rounds; all ratios are new / old."""

    finding: Finding
    n: int
    ratio: float | None
    low: float | None
    """Lower end of the 95 % interval that holds at every round; None while unbounded."""
    high: float | None
    evidence: float
    """E-value against "no change", two-sided."""
    smallest_seen: float | None
    """The smallest change, as a ratio above 1, that these rounds could have confirmed."""


def judge(log_ratios: Sequence[float], *, least: float, alpha: float = ALPHA) -> DuelState:
    """Return what the rounds decide.

    Parameters
    ----------
    log_ratios : sequence of float, shape (n,)
        log(new / old) of each round, in which both were measured in random order.
    least : float
        The smallest change that matters, as a ratio above 1.
    alpha : float
        Chance of a wrong confirmation over all rounds.

    Notes
    -----
    *Slower* needs an interval of the median, valid at all times at once, wholly above no
    change, and an estimate that matters; *faster* the mirror image. *No change* needs the
    interval wholly inside the changes that do not matter. While two versions are the same,
    the random order makes each sign a fair coin, whatever the noise is like.

    Examples
    --------
    >>> found = judge([0.05, 0.06, 0.04, 0.05] * 5, least=1.03)
    >>> found.finding.value, round(found.ratio, 3), found.n
    ('slower', 1.051, 20)
    """
    if least <= 1:
        raise ValueError(f"the least change is a ratio above 1, got {least}")
    matters = math.log(least)
    sure = median_sequence(log_ratios, alpha)
    shown = median_sequence(log_ratios, DESCRIBED_LEVEL)
    if sure is None or shown is None:
        return DuelState(Finding.UNDECIDED, 0, None, None, None, 1.0, None)
    finding = Finding.UNDECIDED
    if sure.low > 0 and sure.estimate >= matters:
        finding = Finding.SLOWER
    elif sure.high < 0 and sure.estimate <= -matters:
        finding = Finding.FASTER
    elif -matters < sure.low and sure.high < matters:
        finding = Finding.NO_CHANGE
    reach = max(sure.estimate - sure.low, sure.high - sure.estimate)
    return DuelState(
        finding=finding,
        n=sure.n,
        ratio=math.exp(sure.estimate),
        low=_ratio(shown.low),
        high=_ratio(shown.high),
        evidence=sign_evidence(log_ratios),
        smallest_seen=_ratio(reach),
    )


def _ratio(logarithm: float) -> float | None:
    return math.exp(logarithm) if math.isfinite(logarithm) else None
