"""Which measurement would reduce the expected regret of a choice most, and what it costs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import norm

from patterns.learning.recommendation.advice import Advice, Choice

ROUNDS = 10
"""Rounds that decide most pairs: the fewest that can are 7 at α = .05."""

OVERHEAD_MS = 120.0
"""Of an iteration besides the command: preparing, checking and restoring the work copy."""

UNKNOWN_SPREAD = 0.3
"""Standard deviation of ln(ratio) that is assumed where no interval is known: a third."""

MS_PER_MINUTE = 60_000.0


@dataclass(frozen=True)
class Proposal:
    """One variant to be measured beside the baseline, on the repository that was asked about.

    Attributes
    ----------
    variant : str
    regret_reduction : float
        By how much the expected regret of the choice falls, relative to the baseline's cost.
    ms_per_day : float or None
        The same in ms a day.
    minutes : float or None
        What measuring it is expected to take.
    """

    variant: str
    regret_reduction: float
    ms_per_day: float | None
    minutes: float | None


def proposals(advice: Advice) -> tuple[Proposal, ...]:
    """Return the measurements worth taking, the one that gains most first.

    Notes
    -----
    The knowledge gradient [1]_ of each variant: ln(ratio) is taken as normal with the
    prediction's interval, and measuring a variant as learning its value. With μ its mean and m
    the best mean of all others, one expects to do better by σ f(|μ - m| / σ) with
    f(z) = φ(z) - z Φ(-z): nothing where it surely is, or surely is not, the best.

    References
    ----------
    .. [1] P. Frazier, W. Powell, S. Dayanik, "A knowledge-gradient policy for sequential
       information collection", SIAM Journal on Control and Optimization 47(5), 2008.
    """
    means = {one.variant: _mean(one) for one in advice.ranking}
    base = advice.baseline_ms_per_day.value if advice.baseline_ms_per_day else None
    found = []
    for one in advice.ranking:
        others = [mean for name, mean in means.items() if name != one.variant]
        if one.variant == advice.baseline or not others:
            continue
        spread = _spread(one, advice.confidence)
        gain = _gain(means[one.variant], min(others), spread)
        found.append(
            Proposal(
                variant=one.variant,
                regret_reduction=gain,
                ms_per_day=None if base is None else gain * base,
                minutes=_minutes(advice),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.regret_reduction, one.variant)))


def _mean(one: Choice) -> float:
    return math.log(one.ratio.value) if one.ratio else 0.0


def _spread(one: Choice, confidence: float) -> float:
    ratio = one.ratio
    if ratio is None or ratio.low is None or ratio.high is None or ratio.low <= 0:
        return UNKNOWN_SPREAD
    width = (math.log(ratio.high) - math.log(ratio.low)) / 2
    return max(width / float(norm.ppf((1 + confidence) / 2)), 1e-6)


def _gain(mean: float, rival: float, spread: float) -> float:
    z = abs(mean - rival) / spread
    return spread * (float(norm.pdf(z)) - z * float(norm.cdf(-z)))


def _minutes(advice: Advice, variants: int = 2) -> float | None:
    known: Sequence[float] = [
        one.baseline_ms for one in advice.operations if one.baseline_ms is not None
    ]
    if not known:
        return None
    return (ROUNDS + 1) * variants * sum(ms + OVERHEAD_MS for ms in known) / MS_PER_MINUTE
