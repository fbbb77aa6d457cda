"""The paired comparison: Wilcoxon's signed-rank test and the Hodges-Lehmann estimate."""

import math
from functools import lru_cache

import numpy as np

from patterns.statistics.arrays import FloatArray, Samples, as_floats
from patterns.statistics.rank_inversion import RankTest, normal_cumulative, sorted_points

# Beyond this many rounds the exact distribution and the normal one differ by less than 5e-4.
MOST_FOR_EXACT = 200


def signed_rank(log_ratios: Samples) -> RankTest | None:
    """Test whether the log ratios of the rounds are centred on 0; None without any.

    Parameters
    ----------
    log_ratios : sequence of float, shape (n,)
        One finite value per round, ``log(baseline / candidate)``.

    Returns
    -------
    test : RankTest or None
        Its points are the n (n + 1) / 2 Walsh averages. Exact up to 200 rounds.

    Notes
    -----
    Assumes that the log ratios of the rounds are independent and symmetric round their
    centre. Drift that both sides of a round share cancels in the ratio.

    References
    ----------
    .. [1] F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics
       Bulletin 1, 1945. doi:10.2307/3001968
    .. [2] J. L. Hodges, E. L. Lehmann, "Estimates of location based on rank tests",
       Annals of Mathematical Statistics 34, 1963. doi:10.1214/aoms/1177704172

    Examples
    --------
    >>> test = signed_rank([0.10, 0.12, 0.08, 0.11, 0.09, 0.13])
    >>> round(test.estimate, 3), test.p_value
    (0.105, 0.03125)
    """
    differences = as_floats(log_ratios)
    if differences.size == 0:
        return None
    return RankTest(
        points=sorted_points(walsh_averages(differences)),
        cumulative=signed_rank_cumulative(int(differences.size)),
        sample_size=int(differences.size),
        exact=differences.size <= MOST_FOR_EXACT,
    )


def walsh_averages(differences: FloatArray) -> FloatArray:
    """Return the averages of every pair of values, each value with itself included."""
    first, second = np.triu_indices(differences.size)
    return np.asarray((differences[first] + differences[second]) / 2.0, dtype=np.float64)


@lru_cache(maxsize=64)
def signed_rank_cumulative(rounds: int) -> FloatArray:
    """Return ``P(T <= k)``, k = 0 … n (n + 1) / 2, of the signed-rank sum without ties."""
    count = rounds * (rounds + 1) // 2
    if rounds > MOST_FOR_EXACT:
        cumulative = normal_cumulative(
            count, math.sqrt(rounds * (rounds + 1) * (2 * rounds + 1) / 24)
        )
    else:
        cumulative = np.cumsum(_probabilities(rounds, count))
    cumulative.flags.writeable = False
    return cumulative


def _probabilities(rounds: int, count: int) -> FloatArray:
    probabilities = np.zeros(count + 1)
    probabilities[0] = 1.0
    for rank in range(1, rounds + 1):  # each rank falls to either side with probability 1/2
        shifted = np.zeros_like(probabilities)
        shifted[rank:] = probabilities[:-rank]
        probabilities = (probabilities + shifted) / 2.0
    return probabilities
