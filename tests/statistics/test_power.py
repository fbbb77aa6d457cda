"""Power, smallest detectable difference and fewest rounds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns.statistics.paired import signed_rank
from patterns.statistics.power import (
    fewest_rounds,
    power_at,
    smallest_detectable_percent,
    standard_error,
)
from patterns.statistics.rank_inversion import Interval


@pytest.mark.parametrize(
    ("effect", "pairs", "power"),
    [(0.5, 34, 0.8077775), (0.5, 54, 0.9502), (0.8, 15, 0.8213)],
)
def test_power_agrees_with_published_figures_of_the_paired_t_test(effect, pairs, power):
    # G*Power 3.1: dz = .5 needs 34 pairs for 80 % and 54 for 95 %
    found = power_at(effect, 1 / math.sqrt(pairs), pairs - 1, 0.05)
    assert found == pytest.approx(power, abs=2e-4)


def test_power_agrees_with_published_figures_of_two_samples():
    assert power_at(0.5, math.sqrt(2 / 64), 126, 0.05) == pytest.approx(0.8015, abs=1e-4)
    assert power_at(0.5, math.sqrt(2 / 30), 58, 0.05) == pytest.approx(0.4779, abs=1e-4)


def test_power_at_no_difference_is_alpha():
    assert power_at(0.0, 0.1, 14, 0.05) == pytest.approx(0.05)


def test_power_of_an_overwhelming_difference_is_one():
    assert power_at(5.0, 0.001, 14, 0.05) == 1.0
    assert power_at(50.0, 1e-9, 5, 1e-4) == 1.0


def test_power_is_unknown_without_an_error():
    assert power_at(0.02, None, 14, 0.05) is None
    assert smallest_detectable_percent(None, 14, 0.05) is None
    assert smallest_detectable_percent(0.0, 14, 0.05) is None


@given(
    st.floats(1e-4, 0.5),
    st.integers(3, 300),
    st.sampled_from([0.1, 0.05, 0.01, 0.001]),
)
def test_smallest_detectable_difference_is_found_four_times_in_five(error, freedom, alpha):
    percent = smallest_detectable_percent(error, freedom, alpha)
    found = power_at(math.log1p(percent / 100), error, freedom, alpha)
    assert found == pytest.approx(0.8, abs=1e-6)


def test_a_difference_beyond_all_measure_is_unknown():
    assert smallest_detectable_percent(60.0, 5, 0.05) is None


def test_standard_error_needs_an_interval_with_width():
    assert standard_error(None, 5) is None
    assert standard_error(Interval(0.1, 0.1, 0.95, 0.96), 5) is None
    assert standard_error(Interval(0.0, 0.1, 0.95, 0.96), 0) is None


def test_standard_error_of_normal_noise_shows_the_efficiency_of_the_rank_test():
    rng = np.random.default_rng(12)
    errors = [
        standard_error(signed_rank(rng.normal(size=100)).interval(0.95), 99) for _ in range(200)
    ]
    assert np.mean(errors) * 10 == pytest.approx(math.sqrt(math.pi / 3), rel=0.02)


@pytest.mark.parametrize("noise", ["normal", "laplace", "heavy"])
def test_foreseen_power_is_the_rate_at_which_the_test_finds_the_difference(noise):
    rng = np.random.default_rng(31)
    draw = {
        "normal": lambda: rng.normal(size=20),
        "laplace": lambda: rng.laplace(size=20),
        "heavy": lambda: rng.standard_t(3, 20),
    }[noise]
    shift, foreseen, found = 0.5, [], []
    for _ in range(700):
        sample = draw()
        foreseen.append(
            power_at(shift, standard_error(signed_rank(sample).interval(0.95), 19), 19, 0.05)
        )
        found.append(signed_rank(sample + shift).p_value < 0.05)
    assert np.mean(foreseen) == pytest.approx(np.mean(found), abs=0.06)


def test_fewest_rounds_of_known_families():
    assert [fewest_rounds(0.05, m) for m in (1, 3, 30, 60)] == [6, 7, 11, 12]
    assert fewest_rounds(0.01) == 8


@given(st.floats(1e-4, 0.5), st.integers(1, 500))
def test_one_round_fewer_could_not_decide(alpha, comparisons):
    rounds = fewest_rounds(alpha, comparisons)
    assert comparisons * 2.0 ** (1 - rounds) < alpha
    assert comparisons * 2.0 ** (2 - rounds) >= alpha
    assert rounds - math.ceil(1 + math.log2(comparisons / alpha)) in (0, 1)


def test_a_p_value_equal_to_alpha_does_not_decide():
    assert fewest_rounds(0.0625) == 6  # five rounds give p = .0625 at best


@pytest.mark.parametrize(("alpha", "comparisons"), [(0.0, 1), (1.0, 1), (0.05, 0)])
def test_impossible_families_are_refused(alpha, comparisons):
    with pytest.raises(ValueError, match=r"alpha lies|at least one"):
        fewest_rounds(alpha, comparisons)
