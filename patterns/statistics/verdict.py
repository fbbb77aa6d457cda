"""The verdict on a comparison: equivalent, different or unresolved, within its family."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from patterns.statistics.multiplicity import holm
from patterns.statistics.power import fewest_rounds, power_at, smallest_detectable_percent
from patterns.statistics.rank_inversion import Interval

# Two one-sided tests at 5 % are one 90 % interval.
EQUIVALENCE_LEVEL = 0.90


class Verdict(StrEnum):
    """What a comparison shows."""

    EQUIVALENT = "equivalent"
    DIFFERENT = "different"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A candidate against a baseline on one metric where less is better; unknown is None.

    Attributes
    ----------
    paired : bool
        Whether both sides were measured in the same rounds.
    n : int
        Rounds with both sides (paired), or values of the smaller sample (unpaired).
    dropped : int
        Rounds without one of the sides (paired), or missing values (unpaired).
    ratio : float or None
        Speedup factor, baseline / candidate: the Hodges-Lehmann estimate of the log
        ratios, as a factor. Above 1 when the candidate is faster.
    ratio_of_medians : float or None
        Median of the baseline / median of the candidate.
    absolute_difference, relative_difference_percent : float or None
        Median of the baseline - median of the candidate, in the metric's unit and in
        percent of the baseline. Positive when the candidate is faster.
    confidence : float
        Nominal level of `interval`.
    interval, interval90 : Interval or None
        Of `ratio`. None when so few rounds have no interval of that level.
    p_value, p_adjusted : float or None
        Two-sided; the second after Holm's correction within the family.
    comparisons : int
        Size of that family.
    alpha, threshold_percent : float
        Level of the claims, and the smallest difference that matters in practice.
    effect_size : float or None
        Hedges-corrected Cohen's d of the logarithms, positive when the candidate is faster.
    cliffs_delta : float or None
        P(baseline > candidate) - P(baseline < candidate).
    standard_error, degrees_of_freedom : float or None, int
        Of the log ratio, as used for `power`.
    power : float or None
        Chance of finding a true difference of the threshold, at ``alpha / comparisons``.
    smallest_detectable_percent : float or None
        The slowdown found four times in five, at the same level.
    exact : bool or None
        Whether p-value and interval rest on the exact distribution.
    verdict : Verdict or None
        None when the data cannot decide; `reason` then says why.
    reason : str or None
        Why the verdict, an interval, or effect size and power are None.
    """

    paired: bool
    n: int
    dropped: int
    confidence: float
    alpha: float
    threshold_percent: float
    comparisons: int = 1
    ratio: float | None = None
    ratio_of_medians: float | None = None
    absolute_difference: float | None = None
    relative_difference_percent: float | None = None
    interval: Interval | None = None
    interval90: Interval | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    effect_size: float | None = None
    cliffs_delta: float | None = None
    standard_error: float | None = None
    degrees_of_freedom: int = 0
    power: float | None = None
    smallest_detectable_percent: float | None = None
    exact: bool | None = None
    verdict: Verdict | None = None
    reason: str | None = None

    @property
    def significant(self) -> bool:
        """Return whether the verdict is *different*."""
        return self.verdict is Verdict.DIFFERENT

    @property
    def meaningful(self) -> bool:
        """Return whether the interval lies wholly beyond the practical threshold."""
        if self.verdict is None or self.interval is None:
            return False
        factor = 1.0 + self.threshold_percent / 100.0
        return self.interval.low > factor or self.interval.high < 1.0 / factor

    @property
    def half_width_percent(self) -> float | None:
        """Return half the length of the interval of the ratio, in percent."""
        if self.interval is None or self.interval.low <= 0:
            return None
        return 100.0 * (math.sqrt(self.interval.high / self.interval.low) - 1.0)


def judge(
    comparisons: Sequence[Comparison], alpha: float, threshold_percent: float
) -> tuple[Comparison, ...]:
    """Return the comparisons of one family with adjusted p-values, power and verdicts.

    Parameters
    ----------
    comparisons : sequence of Comparison
        The declared pairs of one report and one metric; one that could not be computed
        counts in the family.
    alpha : float
        Chance of one or more false claims of a difference in the whole family.
    threshold_percent : float
        The smallest difference that matters; ±t percent is the factors 1 / (1 + t) to 1 + t.

    Returns
    -------
    judged : tuple of Comparison
        In the order given. The verdict is None with fewer rounds than could decide,
        else *equivalent* when the 90 % interval lies within the threshold, else
        *different* when the adjusted p-value is below alpha, else *unresolved*.

    References
    ----------
    .. [1] D. J. Schuirmann, "A comparison of the two one-sided tests procedure and the
       power approach for assessing the equivalence of average bioavailability", Journal of
       Pharmacokinetics and Biopharmaceutics 15, 1987. doi:10.1007/BF01068419
    """
    if threshold_percent < 0:
        raise ValueError(f"threshold_percent must be at least 0, got {threshold_percent}")
    if not comparisons:
        return ()
    needed = fewest_rounds(alpha, len(comparisons))
    adjusted = holm([one.p_value for one in comparisons])
    return tuple(
        _decide(
            replace(
                _foresee(one, alpha / len(comparisons), threshold_percent),
                p_adjusted=p_adjusted,
                comparisons=len(comparisons),
                alpha=alpha,
                threshold_percent=threshold_percent,
            ),
            needed,
        )
        for one, p_adjusted in zip(comparisons, adjusted, strict=True)
    )


def _foresee(one: Comparison, alpha: float, threshold_percent: float) -> Comparison:
    error, freedom = one.standard_error, one.degrees_of_freedom
    shift = math.log1p(threshold_percent / 100.0)
    return replace(
        one,
        power=power_at(shift, error, freedom, alpha),
        smallest_detectable_percent=smallest_detectable_percent(error, freedom, alpha),
    )


def _decide(one: Comparison, needed: int) -> Comparison:
    if one.p_value is None:
        return replace(one, verdict=None)
    if one.n < needed:
        return replace(one, verdict=None, reason=f"too few rounds: {one.n} of {needed}")
    return replace(one, verdict=_verdict(one), reason=_reservation(one))


def _verdict(one: Comparison) -> Verdict:
    factor = 1.0 + one.threshold_percent / 100.0
    near = one.interval90
    if near is not None and near.low >= 1.0 / factor and near.high <= factor:
        return Verdict.EQUIVALENT
    if one.p_adjusted is not None and one.p_adjusted < one.alpha:
        return Verdict.DIFFERENT
    return Verdict.UNRESOLVED


def _reservation(one: Comparison) -> str | None:
    if one.interval is None:
        return f"too few rounds for an interval of {100 * one.confidence:g} %"
    if one.standard_error is None:
        return "zero variance"
    return None
