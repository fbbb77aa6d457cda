"""Mode and bimodality."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns.statistics.modes import half_sample_mode, is_bimodal


def test_mode_is_unknown_below_three_values():
    assert half_sample_mode([1.0, 1.0]) is None


def test_mode_of_three_is_the_mean_of_the_closer_pair():
    assert half_sample_mode([1.0, 2.0, 5.0]) == 1.5
    assert half_sample_mode([1.0, 4.0, 5.0]) == 4.5
    assert half_sample_mode([1.0, 2.0, 3.0]) == 2.0


def test_mode_finds_the_repeated_value():
    assert half_sample_mode([9.0, 1.0, 5.0, 5.0, 5.0, 7.0, 1.5, 20.0]) == 5.0


def test_mode_of_a_skewed_sample_lies_below_its_median():
    sample = np.random.default_rng(4).lognormal(sigma=0.8, size=4000)
    assert half_sample_mode(sample) == pytest.approx(np.exp(-(0.8**2)), abs=0.25)
    assert half_sample_mode(sample) < np.median(sample)


@given(st.lists(st.integers(1, 500), min_size=3, max_size=40), st.sampled_from([2.0, 0.5, 64.0]))
def test_mode_scales_with_the_unit_and_stays_in_range(values, unit):
    mode = half_sample_mode(values)
    assert min(values) <= mode <= max(values)
    assert half_sample_mode([value * unit for value in values]) == pytest.approx(mode * unit)


def test_bimodality_is_unknown_below_fifteen_values():
    assert is_bimodal([1.0, 2.0] * 7) is None


def test_two_groups_are_bimodal():
    near, far = np.linspace(10.0, 10.2, 9), np.linspace(20.0, 20.4, 7)
    assert is_bimodal(np.concatenate([far, near])) is True


def test_two_exact_values_are_bimodal_and_one_is_not():
    assert is_bimodal([4096.0] * 8 + [8192.0] * 8) is True
    assert is_bimodal([4096.0] * 16) is False


def test_a_few_outliers_are_not_a_second_mode():
    assert is_bimodal([10.0 + 0.1 * (i % 5) for i in range(18)] + [30.0, 31.0]) is False


def test_the_shape_of_noise_is_rarely_called_bimodal():
    rng = np.random.default_rng(11)
    normal = [is_bimodal(rng.lognormal(sigma=0.1, size=15)) for _ in range(600)]
    skewed = [is_bimodal(1 + rng.exponential(size=15)) for _ in range(600)]
    even = [is_bimodal(1 + rng.random(15)) for _ in range(600)]
    assert np.mean(normal) <= 0.03
    assert np.mean(skewed) <= 0.06
    assert np.mean(even) <= 0.10
