"""The description of one sample."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from patterns.statistics.description import describe

# Weights of eleven men, the example of Shapiro and Wilk (Biometrika 52, 1965): W = .79, p < .01.
WEIGHTS = [148.0, 154, 158, 160, 161, 162, 166, 170, 182, 195, 236]
DURATIONS = st.floats(min_value=0.01, max_value=1e6)


def test_no_value_has_no_description():
    assert describe([]) is None
    assert describe([math.nan], failed=3) is None


def test_single_sample_has_no_standard_deviation():
    one = describe([45.0])
    assert (one.mean, one.median, one.minimum, one.maximum, one.p99) == (45.0,) * 5
    assert (one.std_dev, one.variance, one.coefficient_of_variation) == (None, None, None)
    assert (one.skewness, one.kurtosis, one.normality, one.mode, one.bimodal) == (None,) * 5


def test_two_samples_have_a_spread_but_no_shape():
    two = describe([40.0, 44.0])
    assert two.variance == pytest.approx(8.0)
    assert (two.skewness, two.kurtosis, two.normality) == (None, None, None)


def test_kurtosis_needs_four_values():
    three, four = describe([1.0, 2.0, 4.0]), describe([1.0, 2.0, 4.0, 9.0])
    assert three.skewness is not None
    assert three.kurtosis is None
    assert four.kurtosis is not None


def test_equal_values_have_no_shape_and_no_variance():
    constant = describe([3.3] * 12)
    assert constant.variance == pytest.approx(0.0, abs=1e-28)
    assert (constant.skewness, constant.kurtosis, constant.normality) == (None, None, None)
    assert constant.mode == 3.3


def test_sample_size_counts_failed_iterations_and_valid_samples_does_not():
    described = describe([1.0, math.nan, 3.0], failed=2)
    assert (described.sample_size, described.valid_samples, described.mean) == (5, 2, 2.0)


def test_negative_failures_are_refused():
    with pytest.raises(ValueError, match="failed must be at least 0"):
        describe([1.0], failed=-1)


def test_published_example_is_not_normal():
    described = describe(WEIGHTS)
    assert described.normality is False
    assert describe(list(stats.norm.ppf((np.arange(30) + 0.5) / 30) + 10)).normality is True


def test_figures_agree_with_numpy_and_scipy():
    described = describe(WEIGHTS)
    assert described.mean == pytest.approx(172.0)
    assert described.std_dev == pytest.approx(np.std(WEIGHTS, ddof=1))
    assert described.coefficient_of_variation == pytest.approx(stats.variation(WEIGHTS, ddof=1))
    assert described.skewness == pytest.approx(stats.skew(WEIGHTS, bias=False))
    assert described.kurtosis == pytest.approx(stats.kurtosis(WEIGHTS, fisher=True, bias=False))
    quantiles = np.percentile(WEIGHTS, [25, 50, 75, 90, 95, 99])
    assert [
        described.p25,
        described.p50,
        described.p75,
        described.p90,
        described.p95,
        described.p99,
    ] == pytest.approx(list(quantiles))


def test_values_large_beside_their_spread_keep_their_shape():
    far = describe([1e9 + value for value in WEIGHTS])
    assert far.skewness == pytest.approx(describe(WEIGHTS).skewness, rel=1e-6)


@given(st.lists(DURATIONS, min_size=1, max_size=30), st.sampled_from([0.001, 1000.0, 2.0**20]))
def test_shape_does_not_depend_on_the_unit(values, unit):
    plain, scaled = describe(values), describe([value * unit for value in values])
    assert scaled.median == pytest.approx(plain.median * unit)
    assert scaled.p95 == pytest.approx(plain.p95 * unit)
    assert (scaled.skewness is None) == (plain.skewness is None)
    if plain.skewness is not None and plain.coefficient_of_variation > 1e-6:
        assert scaled.skewness == pytest.approx(plain.skewness, rel=1e-5, abs=1e-5)


@given(st.lists(st.floats(min_value=-1e9, max_value=1e9) | st.just(0.0), max_size=25))
def test_every_figure_is_finite_or_unknown(values):
    described = describe(values)
    if described is None:
        assert not values
        return
    figures = [getattr(described, name) for name in described.__slots__ if name != "outliers"]
    assert all(figure is None or math.isfinite(figure) for figure in figures)
