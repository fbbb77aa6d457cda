"""The verdict and its precedence."""

from dataclasses import replace

import pytest

from patterns.statistics.comparison import compare
from patterns.statistics.rank_inversion import Interval
from patterns.statistics.verdict import Comparison, Verdict, judge

BASE = Comparison(
    paired=True,
    n=20,
    dropped=0,
    confidence=0.95,
    alpha=0.05,
    threshold_percent=2.0,
    standard_error=0.01,
    degrees_of_freedom=19,
)


def made(p, low90, high90, low=0.5, high=2.0, n=20):
    return replace(
        BASE,
        n=n,
        p_value=p,
        interval=Interval(low, high, 0.95, 0.95),
        interval90=Interval(low90, high90, 0.90, 0.90),
    )


@pytest.mark.parametrize(
    ("p", "low90", "high90", "verdict"),
    [
        (0.9, 0.99, 1.01, Verdict.EQUIVALENT),
        (0.001, 1.005, 1.015, Verdict.EQUIVALENT),  # different, but too little to matter
        (0.001, 1.05, 1.10, Verdict.DIFFERENT),
        (0.001, 1.01, 1.10, Verdict.DIFFERENT),
        (0.001, 0.85, 0.95, Verdict.DIFFERENT),
        (0.3, 0.95, 1.10, Verdict.UNRESOLVED),
        (0.05, 1.001, 1.10, Verdict.UNRESOLVED),  # p must be below alpha
        (0.06, 0.99, 1.03, Verdict.UNRESOLVED),
        (0.9, 1 / 1.02, 1.02, Verdict.EQUIVALENT),  # the bounds belong to it
        (0.9, 0.98, 1.0, Verdict.UNRESOLVED),  # 1 / 1.02 is .9804
    ],
)
def test_equivalent_comes_before_different_before_unresolved(p, low90, high90, verdict):
    (judged,) = judge([made(p, low90, high90)], 0.05, 2.0)
    assert judged.verdict is verdict
    assert judged.significant == (verdict is Verdict.DIFFERENT)


def test_too_few_rounds_come_before_every_verdict():
    (judged,) = judge([made(0.0001, 1.0, 1.001, n=5)], 0.05, 2.0)
    assert (judged.verdict, judged.reason) == (None, "too few rounds: 5 of 6")
    assert not judged.significant


@pytest.mark.parametrize(
    ("low", "high", "meaningful"),
    [
        (1.03, 1.10, True),
        (0.90, 0.97, True),
        (1.01, 1.10, False),
        (0.90, 0.99, False),
        (0.9, 1.1, False),
        (1.02, 1.1, False),
    ],
)
def test_meaningful_needs_the_interval_wholly_beyond_the_threshold(low, high, meaningful):
    (judged,) = judge([made(0.001, low, high, low, high)], 0.05, 2.0)
    assert judged.meaningful is meaningful


def test_holm_takes_a_claim_back_in_a_family():
    alone = judge([made(0.03, 1.05, 1.1)], 0.05, 2.0)
    family = judge([made(0.03, 1.05, 1.1), made(0.2, 0.9, 1.1)], 0.05, 2.0)
    assert alone[0].verdict is Verdict.DIFFERENT
    assert family[0].verdict is Verdict.UNRESOLVED
    assert [one.p_adjusted for one in family] == [0.06, 0.2]
    assert [one.comparisons for one in family] == [2, 2]


def test_a_pair_without_data_counts_in_the_family():
    missing = replace(BASE, reason="no data")
    judged = judge([made(0.03, 1.05, 1.1), missing], 0.05, 2.0)
    assert judged[0].p_adjusted == 0.06
    assert (judged[1].verdict, judged[1].reason) == (None, "no data")


def test_a_larger_family_needs_more_rounds_and_has_less_power():
    one = compare([1.0, 1.1, 1.2, 1.3, 1.4, 1.5], [2.0, 2.3, 2.3, 2.7, 2.7, 3.1], paired=True)
    family = judge([one] * 10, 0.05, 2.0)
    assert one.verdict is Verdict.DIFFERENT
    assert family[0].reason == "too few rounds: 6 of 9"
    assert family[0].power < one.power
    assert family[0].smallest_detectable_percent > one.smallest_detectable_percent


def test_judging_again_forgets_an_earlier_family():
    one = made(0.03, 1.05, 1.1)
    (again,) = judge(judge([one, one, one], 0.05, 2.0)[:1], 0.05, 2.0)
    assert again == judge([one], 0.05, 2.0)[0]


def test_alpha_and_threshold_are_kept_with_the_verdict():
    (judged,) = judge([made(0.03, 0.97, 1.03)], 0.01, 5.0)
    assert (judged.alpha, judged.threshold_percent) == (0.01, 5.0)
    assert judged.verdict is Verdict.EQUIVALENT


def test_an_empty_family_has_no_verdicts():
    assert judge([], 0.05, 2.0) == ()


def test_a_negative_threshold_is_refused():
    with pytest.raises(ValueError, match="threshold_percent must be at least 0"):
        judge([BASE], 0.05, -1.0)


def test_half_width_is_relative():
    assert made(0.5, 0.9, 1.1, 1 / 1.05, 1.05).half_width_percent == pytest.approx(5.0)
    assert BASE.half_width_percent is None
