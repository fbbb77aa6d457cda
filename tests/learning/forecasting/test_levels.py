"""Where a series stands is known from earlier points only, and soon after a step."""

import numpy as np
import pytest

from patterns.learning.forecasting.features import feature_table
from patterns.learning.forecasting.levels import track_levels

RNG = np.random.default_rng(0)
NOISE = 0.01 * RNG.normal(size=80)


def test_what_comes_later_changes_nothing_before():
    later = NOISE.copy()
    later[50:] += 3.0
    before, after = track_levels(NOISE), track_levels(later)
    np.testing.assert_array_equal(before.centre[:51], after.centre[:51])
    np.testing.assert_array_equal(before.observers[:51], after.observers[:51])


def test_features_know_nothing_of_their_own_point_or_later():
    later = NOISE.copy()
    later[50:] += 3.0
    times = np.arange(80.0)
    before, after = feature_table(NOISE, times), feature_table(later, times)
    np.testing.assert_array_equal(before.columns[:51], after.columns[:51])
    np.testing.assert_array_equal(before.scale[:51], after.scale[:51])


def test_the_filter_follows_a_step_after_two_points():
    stepped = NOISE + 1.0 * (np.arange(80) >= 40)
    assert track_levels(stepped).observers[42, 0] == pytest.approx(1.0, abs=0.05)


def test_one_outlier_does_not_move_the_centre():
    spiked = NOISE.copy()
    spiked[60] += 1.0
    assert track_levels(spiked).centre[61] == pytest.approx(0.0, abs=0.02)


def test_independent_noise_is_forecast_better_than_by_its_last_value():
    noise = RNG.normal(size=200)
    centre = track_levels(noise).centre
    ours = np.abs(noise - centre)[20:].mean()
    assert ours < 0.85 * np.abs(np.diff(noise))[19:].mean()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_shortest_series_have_finite_features(n):
    table = feature_table(np.arange(float(n)), np.arange(float(n)))
    assert np.all(np.isfinite(table.centre))
    assert np.all(table.scale > 0)


def test_a_constant_series_has_a_scale_above_nil():
    assert np.all(feature_table(np.ones(30), np.arange(30.0)).scale > 0)
