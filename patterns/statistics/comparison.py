"""The comparison of a candidate with a baseline: estimate, interval, test and effect sizes."""

from dataclasses import dataclass, replace

import numpy as np

from patterns.statistics.arrays import FloatArray, Samples, as_floats, finite_or_none
from patterns.statistics.effect_size import cliffs_delta, cohens_d
from patterns.statistics.paired import signed_rank
from patterns.statistics.power import standard_error
from patterns.statistics.rank_inversion import Interval, RankTest
from patterns.statistics.unpaired import rank_sum
from patterns.statistics.verdict import EQUIVALENCE_LEVEL, Comparison, judge


@dataclass(frozen=True, eq=False)
class _Sides:
    """The values that can be compared, and how many could not."""

    candidate: FloatArray
    baseline: FloatArray
    dropped: int


def compare(
    candidate: Samples,
    baseline: Samples,
    *,
    paired: bool,
    alpha: float = 0.05,
    confidence: float = 0.95,
    threshold_percent: float = 2.0,
) -> Comparison:
    """Compare a candidate with a baseline on a metric where less is better.

    Parameters
    ----------
    candidate, baseline : sequence of float, shape (n,) and (m,)
        Values such as milliseconds or bytes; NaN is a missing one. If `paired`, position i
        of both is round i, n = m, and a round with a missing side is dropped and counted.
    paired : bool
        Whether the sides were measured in the same rounds. The signed-rank test then works
        on the log ratios of the rounds; else the Mann-Whitney test on both samples of logs.
    alpha : float
        Level of the claim *different*.
    confidence : float
        Level of the interval.
    threshold_percent : float
        The smallest difference that matters in practice.

    Returns
    -------
    comparison : Comparison
        Judged as a family of one. Give several to `judge` to correct them together.

    Examples
    --------
    >>> git = [95.0, 97.0, 93.0, 96.0, 99.0, 94.0, 95.5]
    >>> jujutsu = [45.0, 46.5, 44.0, 45.0, 47.0, 45.2, 44.8]
    >>> result = compare(jujutsu, git, paired=True)
    >>> round(result.ratio, 2), result.p_value, str(result.verdict)
    (2.11, 0.015625, 'different')
    """
    sides = _usable(as_floats(candidate), as_floats(baseline), paired=paired)
    measured = _measure(sides, paired=paired, alpha=alpha, confidence=confidence)
    return judge((measured,), alpha, threshold_percent)[0]


def _usable(candidate: FloatArray, baseline: FloatArray, *, paired: bool) -> _Sides:
    there = np.isfinite(candidate), np.isfinite(baseline)
    if not paired:
        dropped = int(np.sum(~there[0]) + np.sum(~there[1]))
        return _Sides(candidate[there[0]], baseline[there[1]], dropped)
    if candidate.size != baseline.size:
        raise ValueError(
            f"paired sides have one value per round: {candidate.size} and {baseline.size}"
        )
    both = there[0] & there[1]
    return _Sides(candidate[both], baseline[both], int(np.sum(~both)))


def _measure(sides: _Sides, *, paired: bool, alpha: float, confidence: float) -> Comparison:
    candidate, baseline = sides.candidate, sides.baseline
    unknown = Comparison(
        paired=paired,
        n=min(candidate.size, baseline.size),
        dropped=sides.dropped,
        confidence=confidence,
        alpha=alpha,
        threshold_percent=0.0,
        reason="no data",
    )
    if unknown.n == 0:
        return unknown
    described = _with_medians(unknown, candidate, baseline)
    if min(candidate.min(), baseline.min()) <= 0:
        return replace(described, reason="zero or negative values have no ratio")
    logs = np.log(candidate), np.log(baseline)
    test = signed_rank(logs[1] - logs[0]) if paired else rank_sum(*logs)
    sized = replace(described, effect_size=cohens_d(*logs))
    return sized if test is None else _with_test(sized, test)


def _with_medians(one: Comparison, candidate: FloatArray, baseline: FloatArray) -> Comparison:
    ours, theirs = float(np.median(candidate)), float(np.median(baseline))
    return replace(
        one,
        absolute_difference=theirs - ours,
        relative_difference_percent=100.0 * (theirs - ours) / theirs if theirs > 0 else None,
        ratio_of_medians=theirs / ours if min(ours, theirs) > 0 else None,
        cliffs_delta=cliffs_delta(candidate, baseline),
    )


def _with_test(one: Comparison, test: RankTest) -> Comparison:
    freedom = test.sample_size - (1 if one.paired else 2)
    on_logs = test.interval(one.confidence)
    return replace(
        one,
        ratio=_factor(test.estimate),
        interval=_factors(on_logs),
        interval90=_factors(test.interval(EQUIVALENCE_LEVEL)),
        p_value=test.p_value,
        standard_error=standard_error(on_logs, freedom),
        degrees_of_freedom=freedom,
        exact=test.exact,
        reason=None,
    )


def _factor(log_ratio: float) -> float | None:
    with np.errstate(over="ignore"):
        return finite_or_none(float(np.exp(log_ratio)))


def _factors(on_logs: Interval | None) -> Interval | None:
    if on_logs is None:
        return None
    low, high = _factor(on_logs.low), _factor(on_logs.high)
    return None if low is None or high is None else replace(on_logs, low=low, high=high)
