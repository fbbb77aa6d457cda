"""Modes: the half-sample mode, and whether a sample looks like two groups."""

import numpy as np

from patterns.statistics.arrays import FloatArray, Samples, as_floats

FEWEST_FOR_MODE = 3
FEWEST_FOR_BIMODALITY = 15
# Two groups 5 pooled standard deviations apart. The best split of a large normal sample reaches
# 2.7 and of a uniform one 3.5; small samples scatter (METHODOLOGY gives their false flags).
SEPARATION_LIMIT = 5.0
# A group smaller than a fifth is a tail or a handful of outliers, not a mode.
SMALLEST_SHARE = 0.2


def half_sample_mode(values: Samples) -> float | None:
    """Return the half-sample mode, or None below three values.

    The densest half of the sorted sample is taken again and again until at most
    two values (then their mean) or three (then the closer pair) are left. Among
    equally dense halves the middle one is taken.

    References
    ----------
    .. [1] D. R. Bickel, R. Fruehwirth, "On a fast, robust estimator of the mode",
       Computational Statistics & Data Analysis 50, 2006. doi:10.1016/j.csda.2005.07.011

    Examples
    --------
    >>> half_sample_mode([1.0, 4.0, 4.0, 4.1, 9.0, 30.0])
    4.0
    """
    sample = np.sort(as_floats(values))
    if sample.size < FEWEST_FOR_MODE:
        return None
    while sample.size > FEWEST_FOR_MODE:
        sample = _densest(sample, (sample.size + 1) // 2)
    if sample.size == FEWEST_FOR_MODE:
        left, right = sample[1] - sample[0], sample[2] - sample[1]
        sample = sample[1:2] if left == right else sample[:2] if left < right else sample[1:]
    return float(sample.mean())


def is_bimodal(values: Samples) -> bool | None:
    """Return whether the sample falls into two separate groups, or None below fifteen values.

    The sorted logarithms (plain values where one is not positive) are cut where the
    squared deviations within the two parts are smallest, each part holding at least a
    fifth. The sample is bimodal when Ashman's separation of the parts exceeds 5.

    References
    ----------
    .. [1] K. M. Ashman, C. M. Bird, S. E. Zepf, "Detecting bimodality in astronomical
       datasets", The Astronomical Journal 108, 1994. doi:10.1086/117248
    """
    sample = np.sort(as_floats(values))
    if sample.size < FEWEST_FOR_BIMODALITY:
        return None
    if sample[0] > 0:
        sample = np.log(sample)
    smallest = int(np.ceil(SMALLEST_SHARE * sample.size))
    parts = [(sample[:cut], sample[cut:]) for cut in range(smallest, sample.size - smallest + 1)]
    low, high = min(parts, key=lambda pair: sum(float(part.var()) * part.size for part in pair))
    distance = float(high.mean() - low.mean())
    spread = float(np.sqrt((low.var(ddof=1) + high.var(ddof=1)) / 2))
    return distance > SEPARATION_LIMIT * spread and distance > 0


def _densest(sample: FloatArray, size: int) -> FloatArray:
    widths = sample[size - 1 :] - sample[: sample.size - size + 1]
    ties = np.flatnonzero(widths == widths.min())
    start = int(ties[ties.size // 2])
    return sample[start : start + size]
