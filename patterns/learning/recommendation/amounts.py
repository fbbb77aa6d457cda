"""Amounts with their intervals: ratios, costs a day, savings and pay-back."""

import numpy as np

from patterns.learning.recommendation.advice import Bounds
from patterns.learning.recommendation.history import BASELINE
from patterns.learning.recommendation.levels import Level
from patterns.learning.recommendation.recommender import RankedVariant


def ratio_of(ranked: RankedVariant) -> Bounds | None:
    """Return the expected ratio to the baseline."""
    if ranked.variant == BASELINE:
        return Bounds(value=1.0, low=1.0, high=1.0)
    expected = ranked.expected
    if expected is None or expected.log_cost is None:
        return None
    low, high = expected.low, expected.high
    return Bounds(
        value=float(np.exp(expected.log_cost)),
        low=None if low is None else float(np.exp(low)),
        high=None if high is None else float(np.exp(high)),
    )


def bounds_of(level: Level | None) -> Bounds | None:
    """Return a level as an amount."""
    return None if level is None else Bounds(value=level.value, low=level.low, high=level.high)


def times(base: Level | None, ratio: Bounds | None) -> Bounds | None:
    """Return base × ratio; both ends at once, so the interval is on the safe side."""
    if base is None or ratio is None:
        return None
    low = None if base.low is None or ratio.low is None else base.low * ratio.low
    high = None if base.high is None or ratio.high is None else base.high * ratio.high
    return Bounds(value=base.value * ratio.value, low=low, high=high)


def saving_of(base: Level | None, ratio: Bounds | None) -> Bounds | None:
    """Return base × (1 - ratio), the interval by the four corners."""
    if base is None or ratio is None:
        return None
    value = base.value * (1 - ratio.value)
    ends = (base.low, base.high, ratio.low, ratio.high)
    if any(end is None for end in ends):
        return Bounds(value=value)
    corners = [
        level * (1 - share)
        for level in (base.low or 0.0, base.high or 0.0)
        for share in (ratio.low or 0.0, ratio.high or 0.0)
    ]
    return Bounds(value=value, low=min(corners), high=max(corners))


def pay_back_days(one_off_ms: float | None, saving: Bounds | None) -> float | None:
    """Return the days after which a one-off cost is saved, None where nothing is."""
    if not one_off_ms or saving is None or saving.value <= 0:
        return None
    return one_off_ms / saving.value
