"""The signed-rank test and its interval."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from patterns.statistics.paired import signed_rank, signed_rank_cumulative, walsh_averages

# Hamilton depression scale factor IV before and after tranquilliser therapy: Hollander and
# Wolfe, "Nonparametric Statistical Methods", table 3.1, examples 3.1, 3.3 and 3.4.
BEFORE = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
AFTER = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])

LOG_RATIOS = st.lists(st.floats(-2, 2).map(lambda x: round(x, 9)), min_size=1, max_size=25)
COARSE = st.lists(st.integers(-4, 4).map(lambda x: x / 8), min_size=1, max_size=25)
LEVELS = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])


def test_published_estimate_p_value_and_interval():
    test = signed_rank(AFTER - BEFORE)
    assert test.estimate == pytest.approx(-0.46)
    assert test.p_value == pytest.approx(2 * 0.01953, abs=2e-5)  # one-sided .0195
    interval = test.interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((-0.786, -0.010))
    assert interval.attained == pytest.approx(0.961, abs=5e-4)
    assert test.exact


def test_no_rounds_have_no_test():
    assert signed_rank([]) is None


def test_one_round_has_an_estimate_but_no_evidence():
    test = signed_rank([0.4])
    assert (test.estimate, test.p_value, test.interval(0.95)) == (0.4, 1.0, None)


def test_a_level_that_so_few_rounds_cannot_reach_has_no_interval():
    assert signed_rank([0.1, 0.2, 0.3]).interval(0.95) is None
    assert signed_rank([0.1, 0.2, 0.3, 0.4, 0.5]).interval(0.95) is None
    reached = signed_rank([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]).interval(0.95)
    assert (reached.low, reached.high) == (0.1, 0.6)
    assert reached.attained == pytest.approx(1 - 2 / 2**6)


def test_a_level_outside_0_to_1_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        signed_rank([0.1, 0.2]).interval(95)


def test_walsh_averages_pair_each_value_with_itself_too():
    assert sorted(walsh_averages(np.array([1.0, 2.0, 4.0]))) == [1, 1.5, 2, 2.5, 3, 4]


@pytest.mark.parametrize("rounds", [1, 2, 5, 9, 20, 50])
def test_null_distribution_is_symmetric_and_complete(rounds):
    cumulative = signed_rank_cumulative(rounds)
    assert cumulative.size == rounds * (rounds + 1) // 2 + 1
    assert cumulative[-1] == pytest.approx(1.0)
    assert cumulative[0] == pytest.approx(2.0**-rounds)
    assert cumulative[:-1] + cumulative[-2::-1] == pytest.approx(np.ones(cumulative.size - 1))


@pytest.mark.parametrize("rounds", [3, 8, 15, 30, 50])
def test_exact_p_value_agrees_with_scipy(rounds):
    rng = np.random.default_rng(rounds)
    for shift in (0.0, 0.3, 1.0):
        sample = rng.normal(shift, 1, rounds)
        expected = stats.wilcoxon(sample, method="exact").pvalue
        assert signed_rank(sample).p_value == pytest.approx(expected, rel=1e-9)


def test_normal_approximation_meets_the_exact_distribution_where_it_takes_over():
    exact = signed_rank_cumulative(200)
    assert signed_rank_cumulative(201).size > exact.size
    steps = np.arange(exact.size)
    deviation = math.sqrt(200 * 201 * 401 / 24)
    normal = stats.norm.cdf((steps + 0.5 - 200 * 201 / 4) / deviation)
    assert np.abs(exact - normal).max() < 5e-4
    tail = exact < 0.025
    assert np.abs(exact - normal)[tail].max() < 2e-4
    assert not signed_rank(np.linspace(-1, 2, 201)).exact


def test_thousand_rounds_agree_with_scipy():
    sample = np.random.default_rng(3).normal(0.05, 1, 1000)
    expected = stats.wilcoxon(sample, method="asymptotic", correction=True).pvalue
    assert signed_rank(sample).p_value == pytest.approx(expected, rel=1e-6)


@given(LOG_RATIOS | COARSE, LEVELS)
def test_p_below_alpha_exactly_when_the_interval_excludes_no_difference(ratios, level):
    test = signed_rank(ratios)
    interval = test.interval(level)
    excluded = interval is not None and interval.excludes(0.0)
    assert (test.p_value < 1.0 - level) == excluded


@given(LOG_RATIOS | COARSE, LEVELS)
def test_swapping_sides_mirrors_everything(ratios, level):
    test, mirrored = signed_rank(ratios), signed_rank([-ratio for ratio in ratios])
    assert mirrored.p_value == test.p_value
    assert mirrored.estimate == pytest.approx(-test.estimate)
    interval, other = test.interval(level), mirrored.interval(level)
    assert (interval is None) == (other is None)
    if interval is not None:
        assert (other.low, other.high) == pytest.approx((-interval.high, -interval.low))


@given(LOG_RATIOS | COARSE, st.randoms())
def test_order_of_rounds_changes_nothing(ratios, random):
    test = signed_rank(ratios)
    random.shuffle(ratios)
    again = signed_rank(ratios)
    assert (again.p_value, again.estimate) == (test.p_value, pytest.approx(test.estimate))


@given(COARSE)
def test_ties_never_make_the_p_value_smaller_than_any_way_of_breaking_them(ratios):
    rng = np.random.default_rng(len(ratios))
    test = signed_rank(ratios)
    jittered = np.asarray(ratios) + rng.uniform(-1e-6, 1e-6, len(ratios))
    assert signed_rank(jittered).p_value <= test.p_value + 1e-12


@given(LOG_RATIOS)
def test_estimate_lies_within_its_interval_and_wider_levels_hold_narrower_ones(ratios):
    test = signed_rank(ratios)
    narrow, wide = test.interval(0.8), test.interval(0.95)
    if narrow is not None:
        assert narrow.low <= test.estimate <= narrow.high
        assert narrow.attained >= 0.8
    if wide is not None:
        assert wide.low <= narrow.low
        assert narrow.high <= wide.high


def test_rounding_errors_of_the_logarithm_are_ties():
    test = signed_rank([1e-16, -2e-16, 1e-16, 0.0, 1e-16, 1e-16, 1e-16])
    assert (test.p_value, test.estimate) == (1.0, 0.0)


def test_equal_differences_in_every_round_are_evidence():
    test = signed_rank([0.1] * 8)
    assert test.p_value == pytest.approx(2 * 0.5**8)
    assert (test.interval(0.95).low, test.interval(0.95).high) == pytest.approx((0.1, 0.1))
