"""What a comparison could have found: power, smallest detectable difference, fewest rounds."""

import math
from functools import lru_cache

from scipy import optimize, stats

from patterns.statistics.arrays import finite_or_none
from patterns.statistics.rank_inversion import Interval

# The power at which a difference counts as detectable: Cohen's convention, four times in five.
DETECTION_POWER = 0.8
# A factor of e**100 is no answer, and the percentage soon overflows.
LARGEST_LOG_RATIO = 100.0


def standard_error(interval: Interval | None, degrees_of_freedom: int) -> float | None:
    """Return the standard error of a Hodges-Lehmann estimate, read from its interval.

    The interval of a rank test is as long as the data's own density at the centre asks
    for, so its length over that of a standard t interval estimates the standard error
    without supposing normal noise; for normal noise it is sqrt(pi / 3) times that of the
    mean, which is the 3 / pi relative efficiency of the rank test.

    Parameters
    ----------
    interval : Interval or None
        On the logarithmic scale; the level it attains is used, not the nominal one.
    degrees_of_freedom : int
        n - 1 paired, n + m - 2 unpaired.

    Returns
    -------
    error : float or None
        None without an interval or when it has no width.

    References
    ----------
    .. [1] E. L. Lehmann, "Nonparametric confidence intervals for a shift parameter",
       Annals of Mathematical Statistics 34, 1963. doi:10.1214/aoms/1177703882
    .. [2] T. P. Hettmansperger, J. W. McKean, "Robust Nonparametric Statistical Methods",
       2nd ed., CRC Press, 2010. doi:10.1201/b10451
    """
    if interval is None or degrees_of_freedom < 1 or interval.high <= interval.low:
        return None
    quantile = float(stats.t.ppf((1.0 + interval.attained) / 2.0, degrees_of_freedom))
    return finite_or_none((interval.high - interval.low) / (2.0 * quantile))


def power_at(
    shift: float, error: float | None, degrees_of_freedom: int, alpha: float
) -> float | None:
    """Return the chance that a two-sided test at `alpha` finds a true log ratio of `shift`.

    A noncentral t with the standard error of the rank estimate. Give the practical
    threshold as the shift: power at the observed difference only restates the p-value.

    References
    ----------
    .. [1] J. Cohen, "Statistical Power Analysis for the Behavioral Sciences", 2nd ed.,
       1988. doi:10.4324/9780203771587
    .. [2] J. M. Hoenig, D. M. Heisey, "The abuse of power", The American Statistician 55,
       2001. doi:10.1198/000313001300339897

    Examples
    --------
    Two groups of 64 and half a standard deviation give 80 %:

    >>> round(power_at(0.5, (2 / 64) ** 0.5, 126, 0.05), 3)
    0.801
    """
    if error is None or error <= 0:
        return None
    critical = float(stats.t.ppf(1.0 - alpha / 2.0, degrees_of_freedom))
    noncentrality = abs(shift) / error
    upper = float(stats.nct.sf(critical, degrees_of_freedom, noncentrality))
    lower = float(stats.nct.cdf(-critical, degrees_of_freedom, noncentrality))
    # SciPy's noncentral t loses its far tail; there the normal limit is 0 or 1 as well.
    if not math.isfinite(upper):
        upper = float(stats.norm.sf(critical - noncentrality))
    return min(1.0, upper + (lower if math.isfinite(lower) else 0.0))


def smallest_detectable_percent(
    error: float | None,
    degrees_of_freedom: int,
    alpha: float,
    power: float = DETECTION_POWER,
) -> float | None:
    """Return the slowdown in percent that a repetition would find with the given power.

    None without a standard error, or when even a factor of e**100 would not do.
    """
    if error is None or error <= 0:
        return None

    needed = _needed_noncentrality(degrees_of_freedom, alpha, power)
    if needed is None or needed * error > LARGEST_LOG_RATIO:
        return None
    return 100.0 * math.expm1(needed * error)


@lru_cache(maxsize=256)
def _needed_noncentrality(degrees_of_freedom: int, alpha: float, power: float) -> float | None:
    """Return the shift in standard errors that the test finds with the given power."""

    def missing(noncentrality: float) -> float:
        found = power_at(noncentrality, 1.0, degrees_of_freedom, alpha)
        return power - (found or 0.0)

    limit = 2.0 * float(stats.t.ppf(1.0 - alpha / 2.0, degrees_of_freedom)) + 10.0
    if missing(0.0) <= 0 or missing(limit) >= 0:
        return None
    return float(optimize.brentq(missing, 0.0, limit, xtol=1e-10))


def fewest_rounds(alpha: float, comparisons: int = 1) -> int:
    """Return the fewest rounds with which Holm's procedure could call any pair different.

    That is the smallest n with ``comparisons * 2 ** (1 - n) < alpha``: the signed-rank
    p-value cannot be smaller than ``2 ** (1 - n)``. It equals ceil(1 + log2(m / alpha))
    unless m / alpha is a power of two, where p would only equal alpha.

    Examples
    --------
    >>> fewest_rounds(0.05), fewest_rounds(0.05, comparisons=30)
    (6, 11)
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha lies between 0 and 1, got {alpha}")
    if comparisons < 1:
        raise ValueError(f"a family has at least one comparison, got {comparisons}")
    rounds = math.ceil(1.0 + math.log2(comparisons / alpha))
    return rounds if comparisons * 2.0 ** (1 - rounds) < alpha else rounds + 1
