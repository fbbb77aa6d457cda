"""Paired comparisons that may be looked at after every round and stopped at any time.

The evidence is an e-process: while nothing differs, the chance that it ever reaches 1 / α is
at most α, however often one looks and whatever one decides by what one saw.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import betaln

from patterns.statistics.arrays import Samples, as_floats

JEFFREYS = 0.5
"""Both parameters of the Beta mixture over the share of signs: 1/2, at most √n worse than the
best share known beforehand."""


@dataclass(frozen=True, slots=True)
class MedianSequence:
    """What n rounds say of the median difference, at every n at once."""

    n: int
    estimate: float
    low: float
    """-inf while too few rounds bound it."""
    high: float
    level: float


def sign_evidence(differences: Samples, null: float = 0.0) -> float:
    """Return the e-value against the median difference being `null`, two-sided.

    Parameters
    ----------
    differences : sequence of float, shape (n,)
        One for each round, in any order; log ratios of two variants measured side by side.
    null : float
        Those that equal it say nothing and are left out.

    Notes
    -----
    The capital of one who bets on the next sign by a Beta(½, ½) mixture [1]_: given the past,
    a difference lies above its median with probability ½, whatever its distribution, so the
    capital is a martingale, and Ville's inequality bounds its largest value ever.

    References
    ----------
    .. [1] S. R. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, "Time-uniform, nonparametric,
       nonasymptotic confidence sequences", Annals of Statistics 49(2), 2021.

    Examples
    --------
    >>> sign_evidence([0.1] * 6) < 20 < sign_evidence([0.1] * 7)
    True
    >>> sign_evidence([])
    1.0
    """
    values = as_floats(differences) - null
    above = int((values > 0).sum())
    return math.exp(_log_evidence(above, above + int((values < 0).sum())))


def median_sequence(differences: Samples, alpha: float) -> MedianSequence | None:
    """Return an interval that covers the median at all times at once with 1 - `alpha`.

    None without any difference. Its ends are order statistics: the medians that the evidence
    does not yet refute.

    Examples
    --------
    >>> found = median_sequence([0.10, 0.12, 0.11, 0.09, 0.13, 0.10, 0.11, 0.12], 0.05)
    >>> found.low, found.high
    (0.09, 0.13)
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, got {alpha}")
    ordered = np.sort(as_floats(differences))
    n = len(ordered)
    if not n:
        return None
    depth = _depth(n, alpha)
    low, high = -math.inf, math.inf
    if depth:
        low, high = float(ordered[depth - 1]), float(ordered[n - depth])
    return MedianSequence(n, float(np.median(ordered)), low, high, 1 - alpha)


@lru_cache(maxsize=4096)
def _depth(n: int, alpha: float) -> int:
    """Return how many order statistics from each end are refuted as medians; 0 for none."""
    bound = math.log(1 / alpha)
    depth = 0
    # A median below the k-th smallest has at most k - 1 differences under it.
    while depth < n // 2 and _log_evidence(depth, n) >= bound:
        depth += 1
    return depth


@lru_cache(maxsize=65536)
def _log_evidence(above: int, n: int) -> float:
    spread = betaln(above + JEFFREYS, n - above + JEFFREYS) - betaln(JEFFREYS, JEFFREYS)
    return float(n * math.log(2) + spread)
