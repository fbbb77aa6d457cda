"""Corrections for many tests at once: Holm for claims, Benjamini-Hochberg for lists."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from patterns.statistics.arrays import FloatArray


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return Holm's adjusted p-values, in the order given.

    They hold the chance of one or more false claims in the family. A comparison that was
    declared but could not be computed (None) counts in the family and stays None.

    References
    ----------
    .. [1] S. Holm, "A simple sequentially rejective multiple test procedure",
       Scandinavian Journal of Statistics 6, 1979. https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> holm([0.01, 0.04, None, 0.03])
    (0.04, 0.09, None, 0.09)
    """
    known = _known(p_values)
    family = len(p_values)
    order = np.argsort(known, kind="stable")
    multipliers = family - np.arange(known.size)
    adjusted = np.minimum(1.0, np.maximum.accumulate(known[order] * multipliers))
    back = np.empty_like(adjusted)
    back[order] = adjusted
    return _with_gaps(p_values, back)


def benjamini_hochberg(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return Benjamini-Hochberg adjusted p-values, in the order given.

    They hold the expected share of false entries in a list, for independent or positively
    dependent tests. None counts in the family and stays None.

    References
    ----------
    .. [1] Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", Journal of the
       Royal Statistical Society B 57, 1995. doi:10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> benjamini_hochberg([0.0125, 0.5, 0.03125, None])
    (0.05, 0.6666666666666666, 0.0625, None)
    """
    if not p_values:
        return ()
    known = _known(p_values)
    unknown = np.ones(len(p_values) - known.size)
    adjusted = stats.false_discovery_control(np.concatenate([known, unknown]), method="bh")
    return _with_gaps(p_values, np.asarray(adjusted[: known.size], dtype=np.float64))


def _known(p_values: Sequence[float | None]) -> FloatArray:
    known = np.array([p for p in p_values if p is not None], dtype=np.float64)
    if not bool(np.all((known >= 0) & (known <= 1))):
        raise ValueError("a p-value lies between 0 and 1")
    return known


def _with_gaps(p_values: Sequence[float | None], adjusted: FloatArray) -> tuple[float | None, ...]:
    values = iter(adjusted.tolist())
    return tuple(None if p is None else next(values) for p in p_values)
