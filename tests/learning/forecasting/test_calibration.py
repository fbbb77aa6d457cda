"""Coverage is what was promised, even where the world changes."""

import numpy as np
import pytest

from patterns.learning.forecasting.calibration import (
    AdaptiveStretch,
    conformal_stretch,
    stretch_needed,
)


def test_the_conformal_factor_is_the_order_statistic_of_split_conformal():
    assert conformal_stretch(np.arange(1.0, 20.0), 0.95) == 19.0
    assert conformal_stretch(np.arange(1.0, 100.0), 0.8) == 80.0


def test_under_nineteen_scores_there_is_no_95_per_cent():
    assert conformal_stretch(np.arange(18.0), 0.95) is None
    assert conformal_stretch(np.arange(18.0), 0.8) is not None


def test_each_side_is_stretched_by_its_own_width():
    assert stretch_needed(-3.0, 0.0, -1.0, 2.0) == 3.0
    assert stretch_needed(3.0, 0.0, -1.0, 2.0) == 1.5


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("start", [0.3, 1.0, 3.0])
def test_coverage_tends_to_the_level_from_any_start(level, start):
    rng = np.random.default_rng(0)
    stretch = AdaptiveStretch(level, start, shared=0.03, own=0.03)
    covered = []
    for _ in range(3000):
        needed = abs(float(rng.normal()))
        covered.append(needed <= stretch.factor("g", "a"))
        stretch.learn("g", "a", needed=needed)
    assert np.mean(covered[500:]) == pytest.approx(level, abs=0.015)


def test_a_noisy_series_is_corrected_for_itself():
    stretch = AdaptiveStretch(0.8, 1.0, shared=0.01, own=0.05)
    for _ in range(100):
        stretch.learn("g", "wild", needed=5.0)
        stretch.learn("g", "calm", needed=0.1)
    assert stretch.factor("g", "wild") > 2.0 * stretch.factor("g", "calm")


def test_each_group_keeps_its_own_promise():
    rng = np.random.default_rng(1)
    stretch = AdaptiveStretch(0.8, 1.0, shared=0.1, own=0.03)
    covered = {"calm": [], "wild": []}
    for at in range(800):
        for group, spread in (("calm", 0.3), ("wild", 3.0)):
            needed, series = abs(float(spread * rng.normal())), f"s{at % 20}"
            covered[group].append(needed <= stretch.factor(group, series))
            stretch.learn(group, series, needed=needed)
    for hits in covered.values():
        assert np.mean(hits) == pytest.approx(0.8, abs=0.03)
