"""How sure it is that two stretches of a series lie at two levels, and that a step parts them."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import stats

from patterns.learning.change_points.noise import resolution, robust_sd
from patterns.statistics.arrays import FloatArray

CORRELATIONS = (0.0, 0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97, 0.99)
"""First-order autocorrelations a likelihood is maximised over; beyond lies a random walk."""


def rank_evidence(before: FloatArray, after: FloatArray) -> float:
    """Return -log10 of the two-sided p-value of the rank-sum test.

    Normal approximation with correction for ties and continuity [1]_; outliers count by rank
    only, and values of a bimodal machine need no bell shape.

    References
    ----------
    .. [1] H. B. Mann, D. R. Whitney, "On a test of whether one of two random variables is
       stochastically larger than the other", Annals of Mathematical Statistics 18, 1947.
       doi:10.1214/aoms/1177730491
    """
    first, second = before.size, after.size
    n = first + second
    joint = np.concatenate((before, after))
    ranks = stats.rankdata(joint)
    statistic = abs(float(ranks[:first].sum()) - first * (n + 1) / 2.0) - 0.5
    ties = np.unique(joint, return_counts=True)[1].astype(np.float64)
    variance = first * second / 12.0 * (n + 1 - float(np.sum(ties**3 - ties)) / (n * (n - 1)))
    if variance <= 0 or statistic <= 0:
        return 0.0
    log_p = float(stats.norm.logsf(statistic / np.sqrt(variance)) + np.log(2.0))
    return max(-log_p / math.log(10.0), 0.0)


@dataclass(frozen=True, slots=True)
class Abruptness:
    """Whether two stretches are parted by a step or lie on one smooth course."""

    line_over_step: float
    """Sum of squares round one line, over that round two levels; below 1 the line is closer."""
    likelihood_ratio: float
    """Twice the log likelihood ratio of a step on top of the smooth course."""
    correlation: float
    """Lag-1 autocorrelation of the noise at that likelihood."""


def abruptness(before: FloatArray, after: FloatArray, *, floor: float, degree: int) -> Abruptness:
    """Compare a step with a smooth course on both sides of a position.

    Parameters
    ----------
    before, after : array
        The stretches, outliers drawn in.
    floor : float
        Standard deviation below which differences are rounding.
    degree : int
        Of the polynomial that is the smooth course: 1 for a drift, 3 for a slow swing.

    Notes
    -----
    Both courses have first-order correlated noise, whose coefficient is chosen anew for each
    by its profile likelihood [1]_. Cutting a drift, a slow swing or a random walk into levels
    leaves a step which the smooth course, or the noise, explains as well.

    References
    ----------
    .. [1] C. M. Beach, J. G. MacKinnon, "A maximum likelihood procedure for regression with
       autocorrelated errors", Econometrica 46, 1978. doi:10.2307/1913644
    """
    joint = np.concatenate((before, after))
    n = joint.size
    time = np.linspace(-1.0, 1.0, n)
    smooth = np.vander(time, degree + 1)
    step = np.column_stack((smooth, np.arange(n) >= before.size)).astype(np.float64)
    without, _ = _best_fit(joint, smooth, floor)
    likelihood, correlation = _best_fit(joint, step, floor)
    line = _squares(joint, np.vander(time, 2))
    levels = float(np.sum((before - before.mean()) ** 2) + np.sum((after - after.mean()) ** 2))
    rounding = n * floor**2
    return Abruptness(
        line_over_step=(line + rounding) / (levels + rounding),
        # Few points fit too well: the usual correction of a likelihood ratio for them.
        likelihood_ratio=2.0 * (likelihood - without) * max(n - degree - 3, 0) / n,
        correlation=correlation,
    )


def smooth_is_closer(values: FloatArray, bounds: tuple[int, ...], *, closer: float) -> bool:
    """Return whether a smooth curve of as many parameters is clearly closer than the levels.

    The curve is a line and low-frequency cosines; K steps cost 2 K parameters,
    their heights and their positions. `closer` is the share of the levels' squares it
    must stay below.
    """
    edges = (0, *bounds, values.size)
    levels = sum(
        float(np.sum((values[low:high] - values[low:high].mean()) ** 2))
        for low, high in pairwise(edges)
    )
    phase = np.pi * (np.arange(values.size) + 0.5) / values.size
    cosines = [np.cos(order * phase) for order in range(1, 2 * len(bounds))]
    curve = np.column_stack((np.ones(values.size), phase, *cosines))
    return _squares(values, curve) < closer * levels


def moves(values: FloatArray, width: int) -> FloatArray:
    """Return the change of mean from `width` points to the next, in robust sd of all such.

    A drift moves by the same amount everywhere and a swing by what it did before, so neither
    stands out; a step, or a ramp of a few points, does. Entry `i` belongs to position
    ``i + width``.
    """
    means = np.convolve(values, np.full(width, 1.0 / width), mode="valid")
    differences = means[width:] - means[:-width]
    centred = differences - np.median(differences)
    return np.asarray(centred / robust_sd(centred, floor=resolution(values)))


def _squares(values: FloatArray, design: FloatArray) -> float:
    coefficients = np.linalg.lstsq(design, values, rcond=None)[0]
    return float(np.sum((values - design @ coefficients) ** 2))


def _best_fit(values: FloatArray, design: FloatArray, floor: float) -> tuple[float, float]:
    """Return the greatest log likelihood over the correlations, and where it is."""
    return max(
        (_log_likelihood(values, design, correlation, floor), correlation)
        for correlation in CORRELATIONS
    )


def _log_likelihood(
    values: FloatArray, design: FloatArray, correlation: float, floor: float
) -> float:
    n = values.size
    first = np.sqrt(1.0 - correlation**2)
    white = np.concatenate((first * values[:1], values[1:] - correlation * values[:-1]))
    whitened = np.vstack((first * design[:1], design[1:] - correlation * design[:-1]))
    variance = _squares(white, whitened) / n + floor**2
    return float(-n / 2.0 * np.log(variance) + np.log(first))
