"""A rank test and the interval that belongs to it: one quantity, read in two ways.

Both rank tests used here count how many *points* lie above a supposed shift: the
averages of two log ratios (paired) or the differences between two samples (unpaired).
The p-value reads that count at a shift of 0; the interval holds the shifts whose count
is not rejected. So ``p < alpha`` exactly when the ``1 - alpha`` interval excludes 0.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from patterns.statistics.arrays import FloatArray

# A log ratio this small is rounding of the logarithm (about 1e-16 each), so it is a tie with 0.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed confidence interval: its ends, the level asked for and the level it has.

    A rank test takes few values in a small sample, so the attained level is the
    smallest possible one that is not below the nominal level.
    """

    low: float
    high: float
    level: float
    attained: float

    def excludes(self, value: float) -> bool:
        """Return whether `value` lies outside."""
        return value < self.low or value > self.high


@dataclass(frozen=True, eq=False)
class RankTest:
    """A rank test of shift 0: its points and the null distribution of their count.

    Parameters
    ----------
    points : array, shape (m,)
        Sorted; those within 1e-12 of 0 are exactly 0.
    cumulative : array, shape (m + 1,)
        ``P(T <= k)`` of the count T of positive points when there is no shift.
    sample_size : int
        Rounds (paired), or values of both samples (unpaired).
    exact : bool
        Whether `cumulative` is the exact distribution for data without ties, or its
        normal approximation with continuity correction.

    Notes
    -----
    Points that are exactly 0 (equal values, or log ratios that cancel) are counted
    against rejection, on both sides. The test then holds its level for every
    symmetric distribution, with ties too, and keeps agreeing with the interval; the
    price is power on coarse integer data.
    """

    points: FloatArray
    cumulative: FloatArray
    sample_size: int
    exact: bool

    @cached_property
    def estimate(self) -> float:
        """Return the Hodges-Lehmann estimate: the median of the points."""
        return float(np.median(self.points))

    @cached_property
    def p_value(self) -> float:
        """Return the two-sided p-value of shift 0."""
        above = self.points.size - int(np.searchsorted(self.points, 0.0, side="right"))
        below = int(np.searchsorted(self.points, 0.0, side="left"))
        tail = min(self._tail(self.points.size - above), self._tail(self.points.size - below))
        return min(1.0, 2.0 * tail)

    def interval(self, level: float) -> Interval | None:
        """Return the interval at `level`, or None when the sample is too small for it."""
        if not 0 < level < 1:
            raise ValueError(f"a confidence level lies between 0 and 1, got {level}")
        rejected = int(np.searchsorted(2.0 * self.cumulative, 1.0 - level, side="left"))
        if rejected == 0:
            return None
        at = rejected - 1
        return Interval(
            low=float(self.points[at]),
            high=float(self.points[self.points.size - 1 - at]),
            level=level,
            attained=1.0 - 2.0 * self._tail(at),
        )

    def _tail(self, count: int) -> float:
        return float(self.cumulative[count])


def sorted_points(points: FloatArray) -> FloatArray:
    """Return the points in order, with rounding errors round 0 removed."""
    ordered = np.sort(points)
    ordered[np.abs(ordered) <= ROUNDING] = 0.0
    return ordered


def normal_cumulative(count: int, standard_deviation: float) -> FloatArray:
    """Return ``P(T <= k)``, k = 0 … count, of a symmetric count by its normal approximation."""
    steps = np.arange(count + 1, dtype=np.float64)
    scores = (steps + 0.5 - count / 2) / standard_deviation
    return np.asarray(special.ndtr(scores), dtype=np.float64)
