"""Where a series stands now, as several observers see it, each from earlier points only."""

import math
from dataclasses import dataclass

import numpy as np

from patterns.statistics.arrays import FloatArray

WINDOW = 60
"""Earlier points that the noise is estimated from."""

MEDIAN_DIFFERENCE_TO_SD = 0.9539
"""Median |difference| of two independent normals, in their standard deviation."""

FREEDOM = 4.0
"""Degrees of freedom of the noise: outliers happen."""

LOG_PEAK = (
    math.lgamma((FREEDOM + 1.0) / 2.0)
    - math.lgamma(FREEDOM / 2.0)
    - (0.5 * math.log(FREEDOM * math.pi))
)
"""Logarithm of Student's density at 0."""

HAZARD = 1.0 / 50.0
"""Share of points that start a new level."""

LONGEST_RUN = 40.0
"""A level's mean forgets beyond so many points, because levels drift."""

MOST_RUNS = 100
"""Run lengths followed at once; the least likely are dropped."""

MEDIANS = (1, 3, 5, 10, 20, 40, 80)
"""Windows of the rolling medians; 1 is the last value."""

SMOOTHING = (0.15, 0.4)
"""Weights of the newest point in the exponential averages."""

MEMORY = 0.98
"""What an observer's past errors weigh after each point."""

SHARPNESS = 10.0
"""How strongly the observer with the smaller error is preferred."""


@dataclass(frozen=True, slots=True)
class Levels:
    """What is believed before each point; row i uses the values before i alone."""

    observers: FloatArray
    """shape (n, k): the level by each observer, the run-length filter first."""
    errors: FloatArray
    """shape (n, k): discounted mean error of each, in noise sd."""
    centre: FloatArray
    """shape (n,): weighted median of the observers."""
    run_length: FloatArray
    """shape (n,): points of the likeliest current level."""
    other: FloatArray
    """shape (n,): the likeliest level that is not the current one."""
    doubt: FloatArray
    """shape (n,): probability that the level is another one."""
    noise: FloatArray
    """shape (n,): robust sd of the noise, from differences."""


def track_levels(values: FloatArray) -> Levels:
    """Return the levels of a series before each of its points.

    Parameters
    ----------
    values : array, shape (n,), n >= 1
        On the working scale (logarithms).

    Notes
    -----
    The first observer is Bayesian online change-point detection [1]_ with Student noise and
    means that move by at most three standard errors a point; the others are rolling medians
    and exponential averages. Their errors so far decide whom to believe: a history of steps
    trusts the filter, one of outliers or two modes a long median.

    References
    ----------
    .. [1] R. P. Adams, D. J. C. MacKay, "Bayesian online changepoint detection", 2007.
       arXiv:0710.3742
    """
    noise = _noise(values)
    runs = _RunLengths(values[0])
    n = values.size
    run = np.full((n, 4), [values[0], 1.0, values[0], 0.0])
    for at in range(1, n):
        run[at] = runs.belief(noise[at])
        runs.observe(values[at], noise[at], values[max(0, at - WINDOW) : at])
    observers = np.column_stack((run[:, 0], *_medians(values), *_averages(values)))
    errors = _discounted_errors(observers, values, noise)
    return Levels(
        observers=observers,
        errors=errors,
        centre=_weighted_medians(observers, errors),
        run_length=run[:, 1],
        other=run[:, 2],
        doubt=run[:, 3],
        noise=noise,
    )


def _noise(values: FloatArray) -> FloatArray:
    differences = np.abs(np.diff(values))
    smallest = max(float(np.finfo(np.float64).eps * np.max(np.abs(values))) * 16.0, 1e-9)
    noise = np.full(values.size, smallest)
    for at in range(2, values.size):
        recent = differences[max(0, at - 1 - WINDOW) : at - 1]
        typical = float(np.median(recent)) / MEDIAN_DIFFERENCE_TO_SD
        # Where most differences are nil, the others tell the noise.
        trimmed = 0.3 * float(np.mean(np.minimum(recent, np.quantile(recent, 0.9))))
        noise[at] = max(typical, trimmed, smallest)
    if values.size > 2:  # noqa: PLR2004  the first two points have no earlier difference
        noise[:2] = noise[2]
    return noise


class _RunLengths:
    """The possible lengths of the current level, their means and probabilities."""

    def __init__(self, first: float) -> None:
        self.means = np.array([first])
        self.counts = np.array([1.0])
        self.log_weights = np.array([0.0])

    def belief(self, noise: float) -> tuple[float, float, float, float]:
        """Return level, its run length, the likeliest other level, and the doubt."""
        weights = np.exp(self.log_weights)
        weights /= weights.sum()
        order = np.argsort(self.means)
        middle = int(np.searchsorted(np.cumsum(weights[order]), 0.5))
        level = float(self.means[order][min(middle, order.size - 1)])
        elsewhere = np.where(np.abs(self.means - level) < 2.0 * noise, 0.0, weights)
        likeliest = int(np.argmax(elsewhere))
        doubt = float(elsewhere.sum())
        other = float(self.means[likeliest]) if doubt > 1e-6 else level  # noqa: PLR2004  nothing
        return level, float(self.counts[int(np.argmax(weights))]), other, doubt

    def observe(self, value: float, noise: float, earlier: FloatArray) -> None:
        """Take in a point: every level goes on, or a new one begins with it."""
        spread = noise * np.sqrt(1.0 + 1.0 / self.counts)
        away = (value - self.means) / spread
        going_on = _log_density(away) - np.log(spread)
        low, high = np.quantile(earlier, (0.02, 0.98))
        room = max(max(high, value) - min(low, value), 20.0 * noise)
        moved = self.means + np.clip(away, -3.0, 3.0) * spread / (self.counts + 1.0)
        log_weights = np.append(
            self.log_weights + going_on + np.log1p(-HAZARD),
            np.log(np.exp(self.log_weights).sum()) + np.log(HAZARD) - np.log(room),
        )
        log_weights -= log_weights.max()
        kept = np.sort(np.argsort(log_weights, kind="stable")[-MOST_RUNS:])
        self.means = np.append(moved, value)[kept]
        self.counts = np.append(np.minimum(self.counts + 1.0, LONGEST_RUN), 1.0)[kept]
        self.log_weights = log_weights[kept]


def _log_density(away: FloatArray) -> FloatArray:
    """Return the logarithm of Student's density; scipy's checks cost more than the formula."""
    power = (FREEDOM + 1.0) / 2.0
    return np.asarray(LOG_PEAK - power * np.log1p(away**2 / FREEDOM))


def _medians(values: FloatArray) -> list[FloatArray]:
    columns = []
    for window in MEDIANS:
        column = np.full(values.size, values[0])
        for at in range(1, values.size):
            column[at] = np.median(values[max(0, at - window) : at])
        columns.append(column)
    return columns


def _averages(values: FloatArray) -> list[FloatArray]:
    columns = []
    for weight in SMOOTHING:
        column = np.full(values.size, values[0])
        for at in range(1, values.size):
            column[at] = column[at - 1] + weight * (values[at - 1] - column[at - 1])
        columns.append(column)
    return columns


def _discounted_errors(observers: FloatArray, values: FloatArray, noise: FloatArray) -> FloatArray:
    errors = np.ones_like(observers)
    total, weight = np.ones(observers.shape[1]), 1.0
    for at in range(1, values.size):
        errors[at] = total / weight
        # An error beyond thirty sd is one accident, however large.
        error = np.minimum(np.abs(values[at] - observers[at]) / noise[at], 30.0)
        total = MEMORY * total + error
        weight = MEMORY * weight + 1.0
    return errors


def _weighted_medians(observers: FloatArray, errors: FloatArray) -> FloatArray:
    weights = (errors / errors.min(axis=1, keepdims=True)) ** -SHARPNESS
    order = np.argsort(observers, axis=1, kind="stable")
    cumulated = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    middle = np.argmax(cumulated >= cumulated[:, -1:] / 2.0, axis=1)
    ordered = np.take_along_axis(observers, order, axis=1)
    return np.asarray(ordered[np.arange(middle.size), middle])
