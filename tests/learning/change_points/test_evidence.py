"""The tests behind an alarm agree with what is known of them."""

import numpy as np
import pytest
from scipy import stats

from patterns.learning.change_points.evidence import abruptness, moves, rank_evidence

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("step", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("digits", [0, 6])
def test_rank_evidence_is_that_of_the_rank_sum_test(step, digits):
    before, after = RNG.normal(size=20).round(digits), (RNG.normal(size=15) + step).round(digits)
    reference = stats.mannwhitneyu(before, after, method="asymptotic").pvalue
    assert rank_evidence(before, after) == pytest.approx(-np.log10(reference), abs=1e-9)


def test_equal_values_are_no_evidence():
    assert rank_evidence(np.ones(9), np.ones(9)) == 0.0


def test_a_step_is_closer_to_two_levels_and_a_ramp_to_a_line():
    noise = 0.1 * RNG.normal(size=40)
    step = noise + (np.arange(40) >= 20)
    ramp = noise + np.linspace(0.0, 1.0, 40)
    of_step = abruptness(step[:20], step[20:], floor=1e-6, degree=1)
    of_ramp = abruptness(ramp[:20], ramp[20:], floor=1e-6, degree=1)
    assert of_step.line_over_step > 1.0 > of_ramp.line_over_step
    assert of_step.likelihood_ratio > 10.0 > of_ramp.likelihood_ratio


def test_a_random_walk_is_seen_as_correlated():
    walk = np.cumsum(RNG.normal(size=80))
    found = abruptness(walk[:40], walk[40:], floor=1e-6, degree=1)
    assert found.correlation >= 0.6


def test_the_move_of_a_step_stands_out_and_a_drift_has_none():
    drift = np.arange(60.0) + 0.1 * RNG.normal(size=60)
    assert np.abs(moves(drift, 6)).max() < 5.0
    assert np.abs(moves(drift + 5.0 * (np.arange(60) >= 30), 6)).argmax() == 24
