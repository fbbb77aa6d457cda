"""Outliers are marked with their rule and position."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns.statistics.description import describe
from patterns.statistics.outliers import OutlierRule, find_outliers, modified_z_scores

CALM = [10.1, 10.3, 9.9, 10.0, 10.2, 10.1, 9.8, 10.0]


def test_fewer_than_five_values_have_no_outliers():
    assert find_outliers([1.0, 1.0, 1.0, 900.0]) == ()


def test_both_rules_mark_a_far_value_at_its_position():
    (marked,) = find_outliers([*CALM[:3], 40.0, *CALM[3:]])
    assert (marked.index, marked.value) == (3, 40.0)
    assert marked.rules == (OutlierRule.TUKEY, OutlierRule.MODIFIED_Z)


def test_missing_values_keep_their_position():
    (marked,) = find_outliers([math.nan, *CALM, 40.0])
    assert marked.index == 9


def test_a_fast_value_is_an_outlier_as_a_slow_one_is():
    (marked,) = find_outliers([*CALM, 2.0])
    assert marked.value == 2.0


def test_the_logarithm_is_what_is_judged():
    doubling = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0]
    assert find_outliers(doubling) == ()


def test_one_value_beside_equal_ones_is_marked_by_the_mean_deviation():
    (marked,) = find_outliers([4096.0] * 14 + [9000.0])
    assert marked.rules == (OutlierRule.MODIFIED_Z,)


def test_equal_values_have_no_outliers():
    assert find_outliers([5.0] * 20) == ()
    assert list(modified_z_scores(np.full(4, 2.0))) == [0.0] * 4


def test_modified_z_score_of_a_known_sample():
    # median 3, median absolute deviation 1, times 1.4826 for a normal
    scores = modified_z_scores(np.array([1.0, 2.0, 3.0, 4.0, 8.0]))
    assert scores[-1] == pytest.approx(5 / 1.4826, rel=1e-4)


def test_values_that_are_not_positive_are_judged_plainly():
    (marked,) = find_outliers([0.0, 1.0, 2.0, 1.0, 0.0, 2.0, 1.0, 500.0])
    assert marked.index == 7


def test_outliers_are_never_dropped():
    described = describe([*CALM, 40.0])
    assert [outlier.value for outlier in described.outliers] == [40.0]
    assert described.maximum == 40.0
    assert described.valid_samples == len(CALM) + 1


@given(st.lists(st.integers(1, 10_000), min_size=5, max_size=40), st.randoms())
def test_order_and_unit_do_not_decide_what_is_marked(values, random):
    expected = sorted(outlier.value for outlier in find_outliers(values))
    shuffled = [value * 4.0 for value in values]
    random.shuffle(shuffled)
    assert sorted(outlier.value / 4.0 for outlier in find_outliers(shuffled)) == expected
