"""The next value of one series, with the highest interval its own history can vouch for."""

import math
from dataclasses import dataclass

import numpy as np

from patterns.learning.forecasting.calibration import conformal_stretch
from patterns.statistics.arrays import FloatArray, Samples, as_floats

WINDOW = 10
"""Newest points whose median is the forecast: the best plain forecaster of benchmark histories."""

FEWEST_BEFORE = 3
"""Points before the first error that is counted."""

FEWEST_ERRORS = 4
"""Errors that bound an interval at all: of 80 %."""

WANTED_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class NextValue:
    """What is expected next."""

    predicted: float
    level: float | None
    """Nominal level of the interval, at most 95 %; None where there is none."""
    low: float | None
    high: float | None


def next_value(values: Samples) -> NextValue | None:
    """Return the next value of a series, oldest first, None for fewer than three points.

    Notes
    -----
    The forecast is the median of the last ten points. Its interval is split-conformal: the
    errors that the same rule made on the history, on the scale of ratios where every value is
    positive. With n errors the highest level there is is n / (n + 1); it is told, never a
    95 % that nothing vouches for.

    Examples
    --------
    >>> found = next_value([10.0, 11.0, 10.0, 12.0, 11.0, 10.0, 11.0, 12.0])
    >>> round(found.predicted, 6), round(found.level, 3)
    (11.0, 0.833)
    >>> next_value([1.0]) is None
    True
    """
    raw = as_floats(values)
    if raw.size < FEWEST_BEFORE:
        return None
    ratios = bool(np.all(raw > 0))
    scaled = np.log(raw) if ratios else raw
    centre = float(np.median(scaled[-WINDOW:]))
    errors = _errors(scaled)

    def back(value: float) -> float:
        return math.exp(value) if ratios else value

    if errors.size < FEWEST_ERRORS:
        return NextValue(back(centre), None, None, None)
    level = min(WANTED_LEVEL, errors.size / (errors.size + 1.0))
    reach = conformal_stretch(errors, level)
    if reach is None:
        raise ValueError(f"no interval of level {level} from {errors.size} errors")
    return NextValue(back(centre), level, back(centre - reach), back(centre + reach))


def _errors(scaled: FloatArray) -> FloatArray:
    return np.array(
        [
            abs(scaled[at] - float(np.median(scaled[max(0, at - WINDOW) : at])))
            for at in range(FEWEST_BEFORE, scaled.size)
        ]
    )
