"""How much time advice would save, and so how urgent it is."""

import math
from collections.abc import Sequence

import numpy as np

from patterns.models import ExpectedImpact
from patterns.statistics.paired import signed_rank
from patterns.statistics.ranking import geometric_mean
from tracker.analysis.advice.evidence import Priority
from tracker.models import ComparisonMetrics
from tracker.models.config import Analysis


def impact_of(pairs: Sequence[ComparisonMetrics], settings: Analysis) -> ExpectedImpact:
    """Return the time saved in percent over tests, with its interval.

    Both are of the signed-rank test over the tests, which one extreme test does not move. With
    too few tests for its interval: their geometric mean, and what holds the interval of each.
    """
    ratios = [pair.speedup_factor for pair in pairs if pair.speedup_factor]
    test = signed_rank(np.log(ratios)) if ratios else None
    over_tests = test.interval(settings.confidence_level) if test else None
    if test is not None and over_tests is not None:
        typical: float | None = math.exp(test.estimate)
        interval: tuple[float, float] | None = math.exp(over_tests.low), math.exp(over_tests.high)
    else:
        mean = geometric_mean(ratios)
        typical, interval = mean.value if mean else None, _holding_all(pairs)
    return ExpectedImpact(
        metric="time_ms",
        improvement=None if typical is None else _saved(typical),
        confidence=settings.confidence_level if interval else None,
        interval=(_saved(interval[0]), _saved(interval[1])) if interval else None,
        n=len(ratios),
    )


def _holding_all(pairs: Sequence[ComparisonMetrics]) -> tuple[float, float] | None:
    own = [pair.statistical.confidence_interval for pair in pairs]
    known = [one for one in own if one is not None]
    if not known or len(known) < len(own):
        return None
    return min(low for low, _ in known), max(high for _, high in known)


def _saved(ratio: float) -> float:
    return 100.0 * (1.0 - 1.0 / ratio)


def priority_of(improvement: float | None) -> Priority:
    """Return how urgent it is to save so many percent of the time."""
    if improvement is None or improvement < 10:  # noqa: PLR2004  the limits of a regression
        return "low"
    return "medium" if improvement < 25 else "high"  # noqa: PLR2004
