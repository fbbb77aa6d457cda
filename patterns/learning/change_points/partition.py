"""Exact optimal partitioning of a series into constant levels."""

import numpy as np

from patterns.statistics.arrays import FloatArray


def partition(values: FloatArray, *, penalty: float, shortest: int) -> tuple[int, ...]:
    """Return the first positions of all levels but the first, at the least penalised cost.

    Parameters
    ----------
    values : array, shape (n,)
        In units of the noise's standard deviation.
    penalty : float
        Price of one more level, in squared standard deviations.
    shortest : int
        Fewest points of a level.

    Notes
    -----
    The cost is the sum of squares round the mean of each level; the minimum over all
    partitions is found by dynamic programming [1]_, without the starts that can never win
    again [2]_.

    References
    ----------
    .. [1] B. Jackson et al., "An algorithm for optimal partitioning of data on an interval",
       IEEE Signal Processing Letters 12, 2005. doi:10.1109/LSP.2001.838216
    .. [2] R. Killick, P. Fearnhead, I. A. Eckley, "Optimal detection of changepoints with a
       linear computational cost", JASA 107, 2012. doi:10.1080/01621459.2012.737745

    Examples
    --------
    >>> partition(np.array([0.0] * 8 + [9.0] * 8), penalty=10.0, shortest=3)
    (8,)
    """
    n = values.size
    centred = values - np.median(values)
    sums = np.concatenate(([0.0], np.cumsum(centred)))
    squares = np.concatenate(([0.0], np.cumsum(centred**2)))
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    previous = np.zeros(n + 1, dtype=np.int64)
    starts = np.zeros(0, dtype=np.int64)
    for end in range(shortest, n + 1):
        starts = np.append(starts, end - shortest)
        within = squares[end] - squares[starts]
        within -= (sums[end] - sums[starts]) ** 2 / (end - starts)
        costs = best[starts] + within
        least = int(np.argmin(costs))
        best[end] = costs[least] + penalty
        previous[end] = starts[least]
        starts = starts[costs <= best[end]]
    return _walk_back(previous, n)


def _walk_back(previous: np.ndarray, n: int) -> tuple[int, ...]:
    found: list[int] = []
    end = int(previous[n])
    while end > 0:
        found.append(end)
        end = int(previous[end])
    return tuple(reversed(found))
