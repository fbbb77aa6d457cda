"""Growth: the exponent of a power law over sizes, fitted to the rounds measured at each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from patterns.statistics.arrays import FloatArray, Samples, as_floats
from patterns.statistics.paired import signed_rank
from patterns.statistics.power import standard_error

FEWEST_SIZES = 2
FEWEST_ROUNDS = 2
WIDEST = 0.95
"""Level of the interval that the standard error of one size is read from."""


@dataclass(frozen=True, slots=True)
class Growth:
    """A power law ``value ~ factor * size ** exponent``.

    Attributes
    ----------
    exponent : float
        1 grows with the size, 0 does not grow.
    low, high : float or None
        Interval of the exponent; None where no standard error is known.
    p_value : float or None
        Two-sided, of an exponent of 0.
    factor : float
        The fitted value at size 1.
    misfit : float or None
        Largest distance of a size from the line, as a factor; None with two sizes, which
        always lie on a line.
    n : int
        Rounds of the size that has fewest.
    """

    exponent: float
    low: float | None
    high: float | None
    p_value: float | None
    factor: float
    misfit: float | None
    n: int


@dataclass(frozen=True, slots=True)
class _Level:
    """The centre of one size's logarithms and how well it is known."""

    estimate: float
    error: float
    n: int


def growth(sizes: Samples, logs: Sequence[Samples], *, level: float = 0.95) -> Growth | None:
    """Fit the exponent with which a value grows, or return None with fewer than two sizes.

    Parameters
    ----------
    sizes : sequence of float, shape (k,)
        Such as the files of k repositories; positive. Equal sizes are fitted together.
    logs : sequence of k sequences of float
        Logarithms of the values of each size, one per round. Give the log ratios of the
        rounds, ``log(a / b)``, to fit by how much the exponent of a exceeds that of b:
        what a round shares then cancels.
    level : float
        Of the interval.

    Notes
    -----
    Least squares through the Hodges-Lehmann centre of each size. The standard error comes
    from the centres' own errors, which are those of their signed-rank intervals, with
    Welch and Satterthwaite's degrees of freedom [1]_. It covers the noise of the rounds,
    not how far the law itself is from the truth: `misfit` tells that.

    References
    ----------
    .. [1] F. E. Satterthwaite, "An approximate distribution of estimates of variance
       components", Biometrics Bulletin 2, 1946. doi:10.2307/3002019

    Examples
    --------
    >>> doubled = growth([100, 1000], [[0.0, 0.1, -0.1], [2.3, 2.4, 2.2]])
    >>> round(doubled.exponent, 2)
    1.0
    """
    places = as_floats(sizes)
    if places.size != len(logs):
        raise ValueError(f"one sample per size: {places.size} and {len(logs)}")
    if places.size and places.min() <= 0:
        raise ValueError("a size is a positive number")
    found = [
        (math.log(place), level_of(values))
        for place, values in zip(places, logs, strict=True)
        if as_floats(values).size >= FEWEST_ROUNDS
    ]
    positions = np.array([place for place, _ in found])
    if np.unique(positions).size < FEWEST_SIZES:
        return None
    return _fitted(positions, [one for _, one in found], level)


def level_of(logs: Samples) -> _Level:
    """Return the centre of logarithms and its standard error; of equal values that is 0."""
    test = signed_rank(logs)
    if test is None:
        raise ValueError("a size has no value")
    freedom = test.sample_size - 1
    # The widest level that so few rounds have an interval for: n = 2 has one of 50 %.
    level = min(WIDEST, 1.0 - 2.0 * float(test.cumulative[0]))
    error = standard_error(test.interval(level), freedom)
    return _Level(test.estimate, error or 0.0, test.sample_size)


def _fitted(positions: FloatArray, levels: Sequence[_Level], level: float) -> Growth:
    values = np.array([one.estimate for one in levels])
    centred = positions - positions.mean()
    weights = centred / float(np.sum(centred**2))
    exponent = float(np.sum(weights * values))
    offset = float(values.mean() - exponent * positions.mean())
    parts = (weights * np.array([one.error for one in levels])) ** 2
    variance = float(parts.sum())
    low = high = p_value = None
    if variance > 0:
        freedom = variance**2 / float(
            np.sum(parts**2 / np.array([one.n - 1 for one in levels], dtype=np.float64))
        )
        error = math.sqrt(variance)
        reach = float(stats.t.ppf((1.0 + level) / 2.0, freedom)) * error
        low, high = exponent - reach, exponent + reach
        p_value = float(2.0 * stats.t.sf(abs(exponent) / error, freedom))
    residuals = values - offset - exponent * positions
    several = np.unique(positions).size > FEWEST_SIZES
    return Growth(
        exponent=exponent,
        low=low,
        high=high,
        p_value=p_value,
        factor=math.exp(offset),
        misfit=math.exp(float(np.abs(residuals).max())) if several else None,
        n=min(one.n for one in levels),
    )
