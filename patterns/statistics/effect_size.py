"""Effect sizes that do not depend on the unit: Hedges-corrected Cohen's d and Cliff's delta."""

import math

import numpy as np

from patterns.statistics.arrays import Samples, as_floats, finite_or_none

FEWEST_VALUES = 2
# A pooled deviation below this is rounding of the logarithms, not spread.
ROUNDING = 1e-12


def cohens_d(log_candidate: Samples, log_baseline: Samples) -> float | None:
    """Return Cohen's d of two samples of logarithms with Hedges's correction.

    Parameters
    ----------
    log_candidate, log_baseline : sequence of float, shape (n,) and (m,)
        Logarithms: on raw durations a few slow outliers decide the deviation.

    Returns
    -------
    d : float or None
        Positive when the candidate is smaller (faster). None if either sample has fewer
        than two values or the pooled standard deviation (``ddof=1``) is zero.

    References
    ----------
    .. [1] L. V. Hedges, "Distribution theory for Glass's estimator of effect size and
       related estimators", Journal of Educational Statistics 6, 1981.
       doi:10.3102/10769986006002107

    Examples
    --------
    >>> round(cohens_d([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]), 4)
    0.7979
    """
    candidate, baseline = as_floats(log_candidate), as_floats(log_baseline)
    if min(candidate.size, baseline.size) < FEWEST_VALUES:
        return None
    freedom = int(candidate.size + baseline.size) - 2
    squares = sum(float(np.sum((side - side.mean()) ** 2)) for side in (candidate, baseline))
    pooled = math.sqrt(squares / freedom)
    if pooled <= ROUNDING:
        return None
    difference = float(baseline.mean() - candidate.mean())
    return finite_or_none(difference / pooled * hedges_correction(freedom))


def hedges_correction(degrees_of_freedom: int) -> float:
    """Return the factor that removes the bias of Cohen's d, in its exact gamma form."""
    half = degrees_of_freedom / 2.0
    return math.exp(math.lgamma(half) - math.lgamma(half - 0.5)) / math.sqrt(half)


def cliffs_delta(candidate: Samples, baseline: Samples) -> float | None:
    """Return Cliff's delta, P(baseline > candidate) - P(baseline < candidate), or None.

    It lies between -1 and 1, is positive when the candidate is smaller (faster), and
    is the same for values and their logarithms.

    References
    ----------
    .. [1] N. Cliff, "Dominance statistics: Ordinal analyses to answer ordinal questions",
       Psychological Bulletin 114, 1993. doi:10.1037/0033-2909.114.3.494

    Examples
    --------
    >>> cliffs_delta([1.0, 2.0], [2.0, 3.0])
    0.75
    """
    left, right = np.sort(as_floats(candidate)), as_floats(baseline)
    if left.size == 0 or right.size == 0:
        return None
    below = int(np.searchsorted(left, right, side="left").sum())
    not_above = int(np.searchsorted(left, right, side="right").sum())
    above = left.size * right.size - not_above
    return (below - above) / (left.size * right.size)
