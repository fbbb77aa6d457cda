"""The trend of one series: Theil-Sen slope per day, its interval and what direction it has."""

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np

from patterns.statistics.arrays import FloatArray, Samples, as_floats

# Below ten points the autocorrelation cannot be estimated well enough to hold the error rate.
FEWEST_POINTS = 10
MS_PER_DAY = 86_400_000.0
# A correlation of 1 would be a random walk, of which no trend can be told.
STRONGEST_CORRELATION = 0.99


class TrendDirection(StrEnum):
    """Which way a series goes."""

    IMPROVING = "improving"
    DEGRADING = "degrading"
    STABLE = "stable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A trend, in the metric's unit per day.

    Attributes
    ----------
    direction : TrendDirection or None
        *stable* when the interval of the slope holds 0: no trend is shown, which is not
        proof that there is none. None when there is no interval.
    slope_per_day : float
        Theil-Sen: the median slope of all pairs of points.
    low_per_day, high_per_day : float or None
        Interval of the slope at `level`, widened for autocorrelation. None when so few
        points, or so strongly dependent ones, bound no slope at that level.
    level : float
        Nominal level of that interval.
    r2 : float or None
        Share of the variance that a straight line explains (least squares). It describes;
        it is no confidence. None when all values are equal.
    n : int
        Points, after those of the same instant are merged.
    autocorrelation : float
        Of neighbouring ranks, corrected for bias, 0 to 0.99.
    """

    direction: TrendDirection | None
    slope_per_day: float
    low_per_day: float | None
    high_per_day: float | None
    level: float
    r2: float | None
    n: int
    autocorrelation: float


def find_trend(
    timestamps_ms: Samples,
    values: Samples,
    *,
    higher_is_better: bool = False,
    level: float = 0.95,
) -> Trend | None:
    """Return the trend of a series, or None with fewer than ten points in time.

    Parameters
    ----------
    timestamps_ms : sequence of float, shape (n,)
        Unix milliseconds, in any order. Points of one instant are merged by their median.
    values : sequence of float, shape (n,)
        The metric; NaN is left out.
    higher_is_better : bool
        True for reward, False for time and memory.
    level : float
        Level of the interval; the direction is read from it.

    Notes
    -----
    The slopes of all pairs are ordered; the interval cuts as many from each end as the
    Mann-Kendall statistic allows [1]_. Its variance is multiplied by Hamed and Rao's factor
    for autocorrelated ranks [2]_ - with the correlations of a first-order process whose
    coefficient is corrected for the bias of detrended short series [3]_, instead of the
    significant sample correlations, which find too little in a short history.

    References
    ----------
    .. [1] P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau",
       Journal of the American Statistical Association 63, 1968.
       doi:10.1080/01621459.1968.10480934
    .. [2] K. H. Hamed, A. R. Rao, "A modified Mann-Kendall trend test for autocorrelated
       data", Journal of Hydrology 204, 1998. doi:10.1016/S0022-1694(97)00125-X
    .. [3] F. H. C. Marriott, J. A. Pope, "Bias in the estimation of autocorrelations",
       Biometrika 41, 1954. doi:10.1093/biomet/41.3-4.390
    """
    days, series = _merge(as_floats(timestamps_ms) / MS_PER_DAY, as_floats(values))
    if series.size < FEWEST_POINTS:
        return None
    slopes = _pair_slopes(days, series)
    slope = float(np.median(slopes))
    correlation = rank_autocorrelation(series - slope * days)
    low, high = _slope_interval(slopes, series, correlation, level)
    return Trend(
        direction=_direction(low, high, higher_is_better=higher_is_better),
        slope_per_day=slope,
        low_per_day=low,
        high_per_day=high,
        level=level,
        r2=_r2(days, series),
        n=int(series.size),
        autocorrelation=correlation,
    )


def rank_autocorrelation(residuals: FloatArray) -> float:
    """Return the lag-1 autocorrelation of the ranks of detrended values, corrected for bias.

    Taking out a line leaves ``E(r) = rho - (2 + 4 rho) / n``. Negative values are set to 0:
    an interval is never made narrower than independence makes it.
    """
    # SciPy's rankdata; SciPy itself takes longer to load than most programs that ask for a trend.
    _, which, ties = np.unique(residuals, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(ties) - (ties - 1) / 2.0)[which]
    centred = ranks - ranks.mean()
    total = float(np.sum(centred**2))
    if total == 0:
        return 0.0
    raw = float(np.sum(centred[1:] * centred[:-1])) / total
    n = residuals.size
    return min(max((n * raw + 2.0) / (n - 4.0), 0.0), STRONGEST_CORRELATION)


def variance_factor(n: int, correlation: float) -> float:
    """Return Hamed and Rao's factor on the variance of the Mann-Kendall statistic."""
    lags = np.arange(1, n - 2, dtype=np.float64)
    weights = (n - lags) * (n - lags - 1) * (n - lags - 2)
    return 1.0 + 2.0 * float(np.sum(weights * correlation**lags)) / (n * (n - 1) * (n - 2))


def _merge(days: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    if days.size != values.size:
        raise ValueError(f"one timestamp per value: {days.size} and {values.size}")
    there = np.isfinite(days) & np.isfinite(values)
    instants, which = np.unique(days[there], return_inverse=True)
    kept = values[there]
    merged = np.empty(instants.size)
    merged[which] = kept
    if instants.size < kept.size:
        for at in np.flatnonzero(np.bincount(which) > 1):
            merged[at] = np.median(kept[which == at])
    # Counting from the first day keeps the arithmetic of intercepts exact.
    return (instants - instants[0] if instants.size else instants), merged


def _pair_slopes(days: FloatArray, values: FloatArray) -> FloatArray:
    first, second = np.triu_indices(values.size, k=1)
    slopes = (values[second] - values[first]) / (days[second] - days[first])
    return np.asarray(np.sort(slopes), dtype=np.float64)


def _slope_interval(
    slopes: FloatArray, values: FloatArray, correlation: float, level: float
) -> tuple[float, float] | tuple[None, None]:
    n = values.size
    ties = np.unique(values, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - int(np.sum(ties * (ties - 1) * (2 * ties + 5)))) / 18
    quantile = NormalDist().inv_cdf((1.0 + level) / 2.0)
    reach = quantile * math.sqrt(variance * variance_factor(n, correlation)) + 1.0
    cut = math.floor((slopes.size - reach) / 2.0)
    if cut < 0:
        return None, None
    return float(slopes[cut]), float(slopes[slopes.size - 1 - cut])


def _r2(days: FloatArray, values: FloatArray) -> float | None:
    if np.ptp(values) == 0:
        return None
    return float(np.corrcoef(days, values)[0, 1] ** 2)


def _direction(
    low: float | None, high: float | None, *, higher_is_better: bool
) -> TrendDirection | None:
    if low is None or high is None:
        return None
    if low <= 0 <= high:
        return TrendDirection.STABLE
    rising = low > 0
    return TrendDirection.IMPROVING if rising == higher_is_better else TrendDirection.DEGRADING
