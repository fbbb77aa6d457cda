"""Interval widths that follow their own record: conformal at first, adaptive afterwards."""

from collections import defaultdict

import numpy as np

from patterns.statistics.arrays import FloatArray

SMALLEST_HALF_WIDTH = 1e-3
"""In units of the local scale: an interval of no width could never be corrected."""

WIDEST = 30.0
"""Bound of the multiplier, both ways."""


def stretch_needed(
    target: float | FloatArray,
    median: float | FloatArray,
    lower: float | FloatArray,
    upper: float | FloatArray,
) -> FloatArray:
    """Return by what factor each interval would just hold its target.

    Examples
    --------
    >>> float(stretch_needed(3.0, 0.0, -1.0, 2.0))
    1.5
    """
    above = np.maximum(upper - median, SMALLEST_HALF_WIDTH)
    below = np.maximum(median - lower, SMALLEST_HALF_WIDTH)
    beyond = np.where(target > median, (target - median) / above, (median - target) / below)
    return np.asarray(beyond, dtype=np.float64)


def conformal_stretch(needed: FloatArray, level: float) -> float | None:
    """Return the factor of split-conformal coverage `level`, or None with too few scores.

    Notes
    -----
    The ceil((n + 1) level)-th smallest score [1]_; it exists from n = level / (1 - level) on:
    19 scores for 95 %.

    References
    ----------
    .. [1] V. Vovk, A. Gammerman, G. Shafer, "Algorithmic learning in a random world", 2005.
    """
    rank = int(np.ceil((needed.size + 1) * level))
    if rank > needed.size:
        return None
    return float(np.sort(needed)[rank - 1])


class AdaptiveStretch:
    """The factor of one level: learnt by each group of series, and corrected for each series.

    After every outcome the logarithm moves up by ``rate * level`` for a miss and down by
    ``rate * (1 - level)`` for a hit, so that the share of misses tends to what is promised,
    whatever the series do [1]_: after n outcomes of a group it is off by at most the range of
    the logarithm / (rate * n). That holds for every group, since each has a state of its own.

    References
    ----------
    .. [1] I. Gibbs, E. Candès, "Adaptive conformal inference under distribution shift",
       NeurIPS 2021. arXiv:2106.00170
    """

    def __init__(self, level: float, start: float, *, shared: float, own: float) -> None:
        self._level = level
        self._log_start = float(np.log(np.clip(start, 1.0 / WIDEST, WIDEST)))
        self._log_shared: dict[str, float] = defaultdict(float)
        self._log_own: dict[tuple[str, str], float] = defaultdict(float)
        self._shared_rate = shared
        self._own_rate = own

    def factor(self, group: str, series: str) -> float:
        """Return the factor for the next interval of a series."""
        bound = float(np.log(WIDEST))
        log = self._log_start + self._log_shared[group] + self._log_own[group, series]
        return float(np.exp(np.clip(log, -bound, bound)))

    def learn(self, group: str, series: str, *, needed: float) -> None:
        """Take in by what factor an interval would just have held its outcome."""
        error = self._level - float(needed <= self.factor(group, series))
        self._log_shared[group] += self._shared_rate * error
        self._log_own[group, series] += self._own_rate * error
