"""The Mann-Whitney test and its shift."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from patterns.statistics.unpaired import rank_sum, rank_sum_cumulative

# Permeability of human chorioamnion at term and at 12 to 26 weeks: Hollander and Wolfe,
# "Nonparametric Statistical Methods", table 4.1, examples 4.1, 4.3 and 4.4.
TERM = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
EARLY = [1.15, 0.88, 0.90, 0.74, 1.21]

SAMPLES = st.lists(st.integers(-30, 30).map(lambda x: x / 16), min_size=1, max_size=14)
LEVELS = st.sampled_from([0.5, 0.9, 0.95, 0.99])


def test_published_estimate_p_value_and_interval():
    test = rank_sum(EARLY, TERM)
    assert test.estimate == pytest.approx(0.305)
    assert test.p_value == pytest.approx(2 * 0.1272, abs=1e-4)  # one-sided .1272
    interval = test.interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((-0.15, 0.76))
    assert interval.attained == pytest.approx(0.96, abs=1e-3)


def test_an_empty_side_has_no_test():
    assert rank_sum([], [1.0]) is None
    assert rank_sum([1.0], []) is None


def test_three_against_three_cannot_reach_95_percent():
    assert rank_sum([1.0, 2.0, 3.0], [11.0, 12.0, 13.0]).interval(0.95) is None


@pytest.mark.parametrize(("n", "m"), [(3, 3), (6, 9), (15, 15), (30, 40)])
def test_exact_p_value_agrees_with_scipy(n, m):
    rng = np.random.default_rng(n * m)
    for shift in (0.0, 0.7):
        candidate, baseline = rng.normal(size=n), rng.normal(shift, 1, m)
        expected = stats.mannwhitneyu(candidate, baseline, method="exact").pvalue
        assert rank_sum(candidate, baseline).p_value == pytest.approx(expected, rel=1e-9)


def test_large_samples_agree_with_scipy():
    rng = np.random.default_rng(5)
    candidate, baseline = rng.normal(size=400), rng.normal(0.1, 1, 300)
    test = rank_sum(candidate, baseline)
    expected = stats.mannwhitneyu(candidate, baseline, method="asymptotic").pvalue
    assert test.p_value == pytest.approx(expected, rel=1e-6)
    assert not test.exact


@pytest.mark.parametrize(("smaller", "larger"), [(1, 1), (2, 7), (10, 10), (50, 50)])
def test_null_distribution_is_symmetric_and_complete(smaller, larger):
    cumulative = rank_sum_cumulative(smaller, larger)
    assert cumulative.size == smaller * larger + 1
    assert cumulative[-1] == pytest.approx(1.0)
    assert cumulative[:-1] + cumulative[-2::-1] == pytest.approx(np.ones(cumulative.size - 1))


@given(SAMPLES, SAMPLES, LEVELS)
def test_p_below_alpha_exactly_when_the_interval_excludes_no_shift(candidate, baseline, level):
    test = rank_sum(candidate, baseline)
    interval = test.interval(level)
    excluded = interval is not None and interval.excludes(0.0)
    assert (test.p_value < 1.0 - level) == excluded


@given(SAMPLES, SAMPLES)
def test_swapping_sides_negates_the_shift_and_keeps_p(candidate, baseline):
    test, swapped = rank_sum(candidate, baseline), rank_sum(baseline, candidate)
    assert swapped.p_value == test.p_value
    assert swapped.estimate == pytest.approx(-test.estimate)
