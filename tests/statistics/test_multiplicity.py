"""Corrections for many tests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from patterns.statistics.multiplicity import benjamini_hochberg, holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def test_holm_of_a_known_family():
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx((0.05, 0.08, 0.09, 0.09, 0.09))
    assert holm([0.04, 0.01]) == pytest.approx((0.04, 0.02))


def test_benjamini_hochberg_of_a_known_family():
    # The fifteen p-values of the authors' example; four are rejected at .05.
    published = [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
        *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0),
    ]
    adjusted = benjamini_hochberg(published)
    assert [p < 0.05 for p in adjusted] == [True] * 4 + [False] * 11
    assert [p < 0.05 for p in holm(published)] == [True] * 3 + [False] * 12


def test_an_unknown_p_value_counts_in_the_family_and_stays_unknown():
    assert holm([None, 0.01]) == (None, 0.02)
    assert benjamini_hochberg([0.01, None]) == (0.02, None)


def test_an_empty_family_is_empty():
    assert holm([]) == ()
    assert benjamini_hochberg([]) == ()
    assert holm([None]) == (None,)


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
def test_something_that_is_no_probability_is_refused(correct):
    with pytest.raises(ValueError, match="between 0 and 1"):
        correct([0.5, 1.5])


@given(P_VALUES)
def test_adjusted_values_keep_the_order_and_lie_between_raw_and_bonferroni(p_values):
    raw = np.array(p_values)
    strict = np.array(holm(p_values))
    listed = np.array(benjamini_hochberg(p_values))
    assert np.all(np.diff(strict[np.argsort(raw, kind="stable")]) >= 0)
    assert np.all(raw <= listed + 1e-15)
    assert np.all(listed <= strict + 1e-12)
    assert np.all(strict <= np.minimum(1, raw * raw.size) + 1e-12)
    assert listed == pytest.approx(stats.false_discovery_control(raw))


def test_holm_holds_the_rate_of_a_family():
    rng = np.random.default_rng(21)
    families = rng.uniform(size=(2000, 10))
    false_claims = np.mean([min(holm(family.tolist())) < 0.05 for family in families])
    assert false_claims <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 2000)
    assert np.mean(families.min(axis=1) < 0.05) > 0.35  # what no correction gives
