"""The unpaired comparison, for data without rounds: Mann-Whitney and its shift."""

import math
from functools import lru_cache

import numpy as np

from patterns.statistics.arrays import FloatArray, Samples, as_floats
from patterns.statistics.rank_inversion import RankTest, normal_cumulative, sorted_points

# The exact distribution costs the square of this; 50 values a side take some ten milliseconds.
MOST_FOR_EXACT = 2500


def rank_sum(log_candidate: Samples, log_baseline: Samples) -> RankTest | None:
    """Test whether two independent samples of logarithms differ by a shift; None without data.

    Parameters
    ----------
    log_candidate, log_baseline : sequence of float, shape (n,) and (m,)
        Logarithms of the values, finite.

    Returns
    -------
    test : RankTest or None
        Its points are the n m differences baseline - candidate, so a positive estimate
        says that the candidate is smaller. Exact up to n m = 2500.

    Notes
    -----
    Assumes independent values and the same shape on both sides. Measurements taken one
    variant after another break the first: prefer rounds and `paired.signed_rank`.

    References
    ----------
    .. [1] H. B. Mann, D. R. Whitney, "On a test of whether one of two random variables
       is stochastically larger than the other", Annals of Mathematical Statistics 18,
       1947. doi:10.1214/aoms/1177730491
    .. [2] E. L. Lehmann, "Nonparametric confidence intervals for a shift parameter",
       Annals of Mathematical Statistics 34, 1963. doi:10.1214/aoms/1177703882
    """
    candidate, baseline = as_floats(log_candidate), as_floats(log_baseline)
    if candidate.size == 0 or baseline.size == 0:
        return None
    count = int(candidate.size * baseline.size)
    return RankTest(
        points=sorted_points((baseline[:, np.newaxis] - candidate[np.newaxis, :]).ravel()),
        cumulative=rank_sum_cumulative(*sorted((int(candidate.size), int(baseline.size)))),
        sample_size=int(candidate.size + baseline.size),
        exact=count <= MOST_FOR_EXACT,
    )


@lru_cache(maxsize=64)
def rank_sum_cumulative(smaller: int, larger: int) -> FloatArray:
    """Return ``P(U <= k)``, k = 0 … n m, of the Mann-Whitney count without ties."""
    count = smaller * larger
    if count > MOST_FOR_EXACT:
        cumulative = normal_cumulative(count, math.sqrt(count * (smaller + larger + 1) / 12))
    else:
        cumulative = np.cumsum(_probabilities(smaller, larger))
    cumulative.flags.writeable = False
    return cumulative


def _probabilities(smaller: int, larger: int) -> FloatArray:
    """Return P(U = k), by which side the largest value belongs to (Mann and Whitney's recursion).

    ``table[j]`` holds the distribution for i values against j; the largest of all is one of
    the i with probability i / (i + j), and then exceeds all j of the others.
    """
    count = smaller * larger
    point = np.zeros(count + 1)
    point[0] = 1.0
    table = [point] * (larger + 1)
    for i in range(1, smaller + 1):
        row = [point]
        for j in range(1, larger + 1):
            shifted = np.zeros_like(point)
            shifted[j:] = table[j][: count + 1 - j]
            row.append((i * shifted + j * row[j - 1]) / (i + j))
        table = row
    return table[larger]
