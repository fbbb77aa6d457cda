"""The array type of the estimators, and the rule that unknown is None."""

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
Samples: TypeAlias = Sequence[float] | npt.NDArray[np.floating] | npt.NDArray[np.integer]


def as_floats(values: Samples) -> FloatArray:
    """Return `values` as a one-dimensional float array; raise ValueError on another shape."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"expected one value per round (one dimension), got {array.ndim}")
    return array


def finite_or_none(value: float) -> float | None:
    """Return `value` as a Python float, or None where it is NaN or infinite."""
    number = float(value)
    return number if math.isfinite(number) else None
