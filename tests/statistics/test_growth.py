import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from patterns.statistics.growth import growth

SIZES = (200, 2_000, 20_000)


def logs(exponent, sizes=SIZES, rounds=15, noise=0.05, seed=1):
    rng = np.random.default_rng(seed)
    return [exponent * math.log(size) + rng.normal(0, noise, rounds) for size in sizes]


def test_an_exact_power_law_is_found_exactly():
    found = growth(SIZES, [[math.log(3 * size**0.7)] * 8 for size in SIZES])
    assert found.exponent == pytest.approx(0.7)
    assert found.factor == pytest.approx(3.0)
    assert found.misfit == pytest.approx(1.0)
    assert found.low is None  # without any noise there is nothing to bound it by


def test_two_sizes_give_the_ratio_of_logarithms():
    found = growth([100, 1000], [[0.0] * 6, [math.log(4)] * 6])
    assert found.exponent == pytest.approx(math.log(4) / math.log(10))
    assert found.misfit is None


def test_the_line_is_that_of_least_squares_through_the_centres():
    values = [[1.0] * 5, [2.5] * 5, [3.0] * 5]
    line = stats.linregress(np.log(SIZES), [1.0, 2.5, 3.0])
    assert growth(SIZES, values).exponent == pytest.approx(line.slope)


def test_a_bent_curve_has_a_misfit():
    found = growth(SIZES, [[0.0] * 5, [0.0] * 5, [3.0] * 5])
    assert found.misfit > 1.5


@pytest.mark.parametrize("values", [[], [[1.0, 2.0]], [[1.0], [2.0]]])
def test_one_size_has_no_exponent(values):
    assert growth(SIZES[: len(values)], values) is None


def test_a_size_is_positive():
    with pytest.raises(ValueError, match="positive"):
        growth([0, 10], [[1.0, 2.0], [1.0, 2.0]])


@settings(deadline=None)
@given(shift=st.floats(-5, 5), scale=st.sampled_from([1, 10, 1000]))
def test_units_of_time_and_size_do_not_matter(shift, scale):
    values = logs(0.5)
    one = growth(SIZES, values)
    other = growth([size * scale for size in SIZES], [value + shift for value in values])
    assert other.exponent == pytest.approx(one.exponent, abs=1e-9)
    assert other.low == pytest.approx(one.low, abs=1e-9)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(7)
    held = rejected = 0
    for _ in range(400):
        noise = [rng.standard_t(4, 15) * 0.05 for _ in SIZES]
        steep = growth(SIZES, [0.7 * math.log(s) + n for s, n in zip(SIZES, noise, strict=True)])
        held += steep.low <= 0.7 <= steep.high
        rejected += growth(SIZES, noise).p_value < 0.05
    assert held / 400 >= 0.92
    assert rejected / 400 <= 0.08
