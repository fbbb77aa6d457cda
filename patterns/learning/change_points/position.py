"""The position of a step between two known levels, without help from outliers."""

import numpy as np

from patterns.learning.change_points.noise import robust_sd
from patterns.statistics.arrays import FloatArray

NEAR = 8
"""A boundary is moved by at most so many points; the partition knows it that well."""

BOUND = 3.0
"""Beyond so many sd a point speaks no louder."""


def sharpen(
    scaled: FloatArray, bounds: tuple[int, ...], *, window: int, shortest: int, floor: float
) -> tuple[int, ...]:
    """Return the bounds, each where the levels around it meet best.

    With both levels held at their medians, the best position has the least sum of squares,
    bounded so that an outlier beside a step does not pull it over.

    Examples
    --------
    >>> values = np.array([0.0, 0.1, 0.0, 0.1, 0.2, 0.0, 5.1, 5.0, 5.1, 5.2, 5.1, 5.0])
    >>> sharpen(values, (4,), window=50, shortest=3, floor=1e-9)
    (6,)
    """
    kept = list(bounds)
    for which, at in enumerate(kept):
        low = kept[which - 1] if which else 0
        high = kept[which + 1] if which + 1 < len(kept) else scaled.size
        first, last = max(low, at - window), min(high, at + window)
        least, most = max(low + shortest, at - NEAR), min(high - shortest, at + NEAR)
        if least < most:
            kept[which] = _meeting(scaled[first:last], at - first, floor) + first
            kept[which] = int(np.clip(kept[which], least, most))
    return tuple(kept)


def _meeting(values: FloatArray, at: int, floor: float) -> int:
    before, after = float(np.median(values[:at])), float(np.median(values[at:]))
    residuals = np.concatenate((values[:at] - before, values[at:] - after))
    sd = robust_sd(residuals, floor=floor)
    near_before = np.minimum(((values - before) / sd) ** 2, BOUND**2)
    near_after = np.minimum(((values - after) / sd) ** 2, BOUND**2)
    # costs[k]: the first k points belong to the old level.
    costs = np.concatenate(([0.0], np.cumsum(near_before - near_after)))
    first, last = max(at - NEAR, 1), min(at + NEAR, values.size - 1)
    around = np.arange(first, last + 1)
    best = costs[around].min()
    tied = around[costs[around] <= best]
    return int(tied[np.argmin(np.abs(tied - at))])
