"""The trend of reward over all matches of a query."""

from collections.abc import Sequence
from itertools import pairwise
from math import fsum

from patterns.models.learning import Direction

FEWEST_MATCHES = 10
"""What the test needs at least; below it there is no trend to tell."""

MOST_POINTS = 200
"""The test compares all pairs of points. Beyond this, consecutive matches are averaged in so
many groups of almost equal size: each match still has its say."""


def trend_of_reward(times: Sequence[int], rewards: Sequence[float]) -> Direction | None:
    """Return where reward goes, or None with too little history.

    Parameters
    ----------
    times : sequence of int, shape (n,)
        Unix milliseconds, rising.
    rewards : sequence of float, shape (n,)
        0 to 1, all known.

    Notes
    -----
    *Stable* says that no trend is shown at the 95 % level, by the interval of Theil and
    Sen's slope, widened for autocorrelation (`patterns.statistics.trend`).
    """
    if len(rewards) < FEWEST_MATCHES:
        return None
    # SciPy takes longer to load than any query takes; most queries don't come here.
    from patterns.statistics.trend import find_trend  # noqa: PLC0415

    trend = find_trend(
        _averaged([float(time) for time in times]),
        _averaged(rewards),
        higher_is_better=True,
        level=0.95,
    )
    if trend is None or trend.direction is None:
        return None
    return trend.direction.value


def _averaged(values: Sequence[float]) -> list[float]:
    n = len(values)
    groups = min(n, MOST_POINTS)
    bounds = [i * n // groups for i in range(groups + 1)]
    return [fsum(values[start:end]) / (end - start) for start, end in pairwise(bounds)]
