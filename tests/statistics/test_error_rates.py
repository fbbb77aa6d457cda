"""Simulated error rates of the whole comparison (seeded)."""

import math

import numpy as np
import pytest

from patterns.statistics.comparison import compare
from patterns.statistics.verdict import Verdict, judge

SIMULATIONS = 600


def rounds(rng, n, ratio=1.0, noise=0.05):
    """Two sides of n rounds: log-normal noise of each, and a drift and a load they share."""
    drift = np.exp(np.cumsum(rng.normal(0, 0.05, n)))
    load = np.where(rng.random(n) < 0.1, 3.0, 1.0)
    candidate = 50 * drift * load * rng.lognormal(sigma=noise, size=n)
    return candidate, ratio * 50 * drift * load * rng.lognormal(sigma=noise, size=n)


def allowed(rate, trials):
    return rate + 2 * math.sqrt(rate * (1 - rate) / trials)


@pytest.mark.parametrize("n", [15, 20, 30])
def test_equal_sides_are_rarely_called_different(n):
    rng = np.random.default_rng(n)
    judged = [compare(*rounds(rng, n), paired=True) for _ in range(SIMULATIONS)]
    rejected = np.mean([one.p_value < 0.05 for one in judged])
    called = np.mean([one.verdict is Verdict.DIFFERENT for one in judged])
    assert called <= rejected <= allowed(0.05, SIMULATIONS)
    assert rejected > 0.02  # and the test is not merely blind


@pytest.mark.parametrize("n", [15, 20, 30])
def test_interval_covers_the_true_ratio(n):
    rng = np.random.default_rng(100 + n)
    covered = [
        not compare(*rounds(rng, n, 1.3), paired=True).interval.excludes(1.3)
        for _ in range(SIMULATIONS)
    ]
    assert np.mean(covered) >= 0.94


def test_unpaired_comparison_holds_its_rate_on_independent_values():
    rng = np.random.default_rng(9)
    rejected = [
        compare(
            rng.lognormal(sigma=0.3, size=20), rng.lognormal(sigma=0.3, size=20), paired=False
        ).significant
        for _ in range(SIMULATIONS)
    ]
    assert np.mean(rejected) <= allowed(0.05, SIMULATIONS)


def test_a_family_of_equal_variants_is_rarely_given_a_difference():
    rng = np.random.default_rng(17)
    families = 150
    claimed = 0
    for _ in range(families):
        family = judge([compare(*rounds(rng, 20), paired=True) for _ in range(8)], 0.05, 2.0)
        claimed += any(one.significant for one in family)
    assert claimed / families <= allowed(0.05, families)


def test_a_difference_of_the_threshold_is_rarely_called_equivalent():
    rng = np.random.default_rng(23)
    called = [
        compare(*rounds(rng, 30, 1.02, noise=0.01), paired=True).verdict is Verdict.EQUIVALENT
        for _ in range(SIMULATIONS)
    ]
    assert np.mean(called) <= allowed(0.05, SIMULATIONS)


def test_equal_sides_with_little_noise_are_called_equivalent():
    rng = np.random.default_rng(29)
    called = [
        compare(*rounds(rng, 30, noise=0.01), paired=True).verdict is Verdict.EQUIVALENT
        for _ in range(100)
    ]
    assert np.mean(called) > 0.95


def test_stopping_on_the_width_of_the_interval_keeps_its_coverage():
    rng = np.random.default_rng(37)
    covered = []
    for _ in range(400):
        candidate, baseline = rounds(rng, 60, 1.1, noise=0.03)
        for n in range(15, 61, 5):
            result = compare(candidate[:n], baseline[:n], paired=True)
            if result.half_width_percent <= 1.5:
                break
        covered.append(not result.interval.excludes(1.1))
    assert np.mean(covered) >= 0.94 - 2 * math.sqrt(0.05 * 0.95 / 400)
