"""Effect sizes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from patterns.statistics.effect_size import cliffs_delta, cohens_d, hedges_correction

VALUES = st.lists(st.integers(1, 50).map(float), min_size=1, max_size=20)


def test_d_of_a_known_pair_of_samples():
    # pooled variance 1, difference 1, correction for 4 degrees of freedom .79788
    assert cohens_d([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]) == pytest.approx(0.79788, abs=1e-5)


@pytest.mark.parametrize(
    ("freedom", "factor"), [(2, 0.5642), (10, 0.9228), (20, 0.9619), (58, 0.9870)]
)
def test_correction_agrees_with_hedges_table(freedom, factor):
    assert hedges_correction(freedom) == pytest.approx(factor, abs=6e-5)


def test_d_is_undefined_for_one_value_or_without_spread():
    assert cohens_d([1.0], [2.0, 3.0]) is None
    assert cohens_d([1.0, 1.0], [2.0, 2.0]) is None


def test_d_is_positive_when_the_candidate_is_faster():
    assert cohens_d([1.0, 1.1, 1.2], [2.0, 2.1, 2.2]) > 0
    assert cohens_d([2.0, 2.1, 2.2], [1.0, 1.1, 1.2]) < 0


def test_d_is_unbiased_in_small_samples():
    rng = np.random.default_rng(8)
    found = [cohens_d(rng.normal(size=6), rng.normal(0.5, 1, 6)) for _ in range(4000)]
    assert np.mean(found) == pytest.approx(0.5, abs=2 * np.std(found) / np.sqrt(len(found)))


def test_delta_of_separate_and_equal_samples():
    assert cliffs_delta([1.0, 2.0], [3.0, 4.0]) == 1.0
    assert cliffs_delta([3.0, 4.0], [1.0, 2.0]) == -1.0
    assert cliffs_delta([1.0, 2.0], [1.0, 2.0]) == 0.0
    assert cliffs_delta([], [1.0]) is None


@given(VALUES, VALUES)
def test_delta_is_the_mann_whitney_statistic_rescaled(candidate, baseline):
    statistic = stats.mannwhitneyu(baseline, candidate, method="asymptotic").statistic
    expected = 2 * statistic / (len(candidate) * len(baseline)) - 1
    assert cliffs_delta(candidate, baseline) == pytest.approx(expected)
    assert cliffs_delta(baseline, candidate) == pytest.approx(-expected)
