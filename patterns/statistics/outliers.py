"""Outliers: which values lie far from the bulk, by which rule. Marked, never dropped."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from patterns.statistics.arrays import FloatArray, Samples, as_floats

# Tukey's "far out" fence. The usual 1.5 marks 5 to 15 % of ordinary right-skewed durations.
TUKEY_FENCE = 3.0
# Iglewicz and Hoaglin use 3.5, for normal data; durations stay heavy-tailed after the logarithm.
MODIFIED_Z_LIMIT = 5.0
# Mean absolute deviation to the standard deviation of a normal, sqrt(pi / 2).
MEAN_DEVIATION_TO_SIGMA = 1.2533141373155003
# Below five values the quartiles are themselves the values under suspicion.
FEWEST_VALUES = 5
# A scale below this share of the largest value is rounding, not spread.
ROUNDING = 1e-13


class OutlierRule(StrEnum):
    """The rule that marked a value."""

    TUKEY = "tukey"
    MODIFIED_Z = "modified-z"


@dataclass(frozen=True, slots=True)
class Outlier:
    """A marked value: its position in the sample, the value, and the rules that marked it."""

    index: int
    value: float
    rules: tuple[OutlierRule, ...]


def find_outliers(values: Samples) -> tuple[Outlier, ...]:
    """Return the values that Tukey's fences or the modified z-score mark, in order of position.

    Parameters
    ----------
    values : sequence of float, shape (n,)
        One value per iteration; NaN is skipped and keeps its position.

    Returns
    -------
    outliers : tuple of Outlier
        Empty below five finite values. Both rules work on logarithms, or on the
        plain values where one of them is not positive.

    References
    ----------
    .. [1] J. W. Tukey, "Exploratory Data Analysis", Addison-Wesley, 1977.
    .. [2] B. Iglewicz, D. C. Hoaglin, "How to Detect and Handle Outliers", ASQC, 1993.

    Examples
    --------
    >>> [(o.index, o.value) for o in find_outliers([10.1, 10.3, 9.9, 10.0, 40.0, 10.2])]
    [(4, 40.0)]
    """
    sample = as_floats(values)
    positions = np.flatnonzero(np.isfinite(sample))
    if positions.size < FEWEST_VALUES:
        return ()
    kept = sample[positions]
    scaled = np.log(kept) if kept.min() > 0 else kept
    marks = {
        OutlierRule.TUKEY: _beyond_fences(scaled),
        OutlierRule.MODIFIED_Z: np.abs(modified_z_scores(scaled)) > MODIFIED_Z_LIMIT,
    }
    return tuple(
        Outlier(int(position), float(kept[at]), rules)
        for at, position in enumerate(positions)
        if (rules := tuple(rule for rule, marked in marks.items() if marked[at]))
    )


def modified_z_scores(sample: FloatArray) -> FloatArray:
    """Return the distance of each value from the median in robust standard deviations.

    The scale is the median absolute deviation; where more than half of the values
    are equal it is the mean absolute deviation; where all are equal every score is 0.
    """
    deviations = sample - np.median(sample)
    scale = float(stats.median_abs_deviation(sample, scale="normal"))
    negligible = ROUNDING * float(np.abs(sample).max())
    if scale <= negligible:
        scale = MEAN_DEVIATION_TO_SIGMA * float(np.mean(np.abs(deviations)))
    return deviations / scale if scale > negligible else np.zeros_like(deviations)


def _beyond_fences(sample: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    lower, upper = (float(quartile) for quartile in np.percentile(sample, [25, 75]))
    reach = TUKEY_FENCE * (upper - lower)
    if reach == 0:  # half of the values are equal: the fences would mark everything else
        return np.zeros(sample.shape, dtype=np.bool_)
    return np.asarray((sample < lower - reach) | (sample > upper + reach), dtype=np.bool_)
