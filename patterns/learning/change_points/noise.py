"""The noise of a series: its scale, and values drawn in so that outliers do not carry a level."""

import numpy as np
from scipy import ndimage

from patterns.statistics.arrays import FloatArray

MAD_TO_SD = 1.4826
"""Median absolute deviation to standard deviation of a normal: 1 / Phi^-1(3/4)."""

MEAN_ABSOLUTE_TO_SD = 1.2533
"""Mean absolute deviation to standard deviation of a normal: sqrt(pi / 2)."""

RELATIVE_RESOLUTION = 1e-9
"""Differences below this share of a series' range are rounding."""


def working_scale(values: FloatArray) -> FloatArray:
    """Return logarithms where every value is positive, else the values: steps are ratios."""
    return np.log(values) if bool(np.all(values > 0)) else values.astype(np.float64)


def robust_sd(residuals: FloatArray, *, floor: float) -> float:
    """Return the standard deviation by the median absolute residual, never below `floor`.

    Where more than half of the residuals are nil (ties, a coarse clock) the median says
    nothing, and the mean absolute residual takes its place.
    """
    median = MAD_TO_SD * float(np.median(np.abs(residuals)))
    if median <= floor:
        median = MEAN_ABSOLUTE_TO_SD * float(np.mean(np.abs(residuals)))
    return max(median, floor)


def resolution(values: FloatArray) -> float:
    """Return the smallest scale worth a difference in `values`."""
    return max(float(np.ptp(values)) * RELATIVE_RESOLUTION, np.finfo(np.float64).tiny)


def draw_in(values: FloatArray, *, width: int, reach: float) -> tuple[FloatArray, float]:
    """Return values at most `reach` noise-sd from their running median, and that noise-sd.

    Parameters
    ----------
    values : array, shape (n,)
    width : int
        Points of the running median, odd.
    reach : float
        Noise standard deviations a value may be away.
    """
    median = ndimage.median_filter(values, size=min(width, values.size), mode="nearest")
    residuals = values - median
    sd = robust_sd(residuals, floor=resolution(values))
    return median + np.clip(residuals, -reach * sd, reach * sd), sd


def clip_to_level(values: FloatArray, *, reach: float, floor: float) -> FloatArray:
    """Return values at most `reach` of their own robust sd from their own median."""
    centre = float(np.median(values))
    bound = reach * robust_sd(values - centre, floor=floor)
    return np.clip(values, centre - bound, centre + bound)
