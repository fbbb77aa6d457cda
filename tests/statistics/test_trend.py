"""Trends."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from patterns.statistics.trend import (
    MS_PER_DAY,
    TrendDirection,
    find_trend,
    rank_autocorrelation,
    variance_factor,
)

START = 1_760_000_000_000


def days(count):
    return START + MS_PER_DAY * np.arange(count)


def noisy(count, slope=0.0, seed=3):
    return 100 + slope * np.arange(count) + np.random.default_rng(seed).normal(size=count)


def test_nine_points_are_too_little_history():
    assert find_trend(days(9), noisy(9)) is None
    assert find_trend(days(10), noisy(10)) is not None


def test_a_line_is_found_exactly():
    trend = find_trend(days(20), 100 + 0.5 * np.arange(20))
    assert trend.slope_per_day == pytest.approx(0.5)
    assert (trend.low_per_day, trend.high_per_day) == pytest.approx((0.5, 0.5))
    assert trend.r2 == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("slope", "higher_is_better", "direction"),
    [
        (0.3, False, TrendDirection.DEGRADING),
        (-0.3, False, TrendDirection.IMPROVING),
        (0.3, True, TrendDirection.IMPROVING),
        (-0.3, True, TrendDirection.DEGRADING),
        (0.0, False, TrendDirection.STABLE),
    ],
)
def test_direction_depends_on_what_is_better(slope, higher_is_better, direction):
    trend = find_trend(days(40), noisy(40, slope), higher_is_better=higher_is_better)
    assert trend.direction is direction
    assert trend.low_per_day <= trend.slope_per_day <= trend.high_per_day


def test_slope_and_r2_agree_with_scipy():
    at, values = np.sort(np.random.default_rng(1).uniform(0, 90, 30)), noisy(30, 0.1)
    trend = find_trend(START + at * MS_PER_DAY, values)
    assert trend.slope_per_day == pytest.approx(stats.theilslopes(values, at).slope, rel=1e-6)
    assert trend.r2 == pytest.approx(stats.linregress(at, values).rvalue ** 2, rel=1e-6)


def test_interval_without_autocorrelation_agrees_with_sen():
    values = noisy(40, 0.02, seed=4)
    trend = find_trend(days(40), values)
    assert trend.autocorrelation == 0.0
    expected = stats.theilslopes(values, np.arange(40))
    # scipy's interval has no continuity correction, so it is no wider
    assert trend.low_per_day == pytest.approx(expected.low_slope, abs=3e-3)
    assert trend.high_per_day == pytest.approx(expected.high_slope, abs=3e-3)
    assert trend.low_per_day <= expected.low_slope
    assert trend.high_per_day >= expected.high_slope


def test_equal_values_are_stable_without_r2():
    trend = find_trend(days(12), np.full(12, 7.0))
    assert (trend.slope_per_day, trend.r2) == (0.0, None)
    assert trend.direction is TrendDirection.STABLE


def test_missing_values_are_left_out_and_one_instant_is_one_point():
    at = np.concatenate([days(12), days(12)[:1], [math.nan]])
    values = np.concatenate([noisy(12), [math.nan], [100.0]])
    doubled = np.concatenate([noisy(12), [102.0], [100.0]])
    assert find_trend(at, values).n == 12
    assert find_trend(at, doubled).n == 12


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="one timestamp per value"):
        find_trend(days(12), noisy(11))


def test_a_level_beyond_the_points_has_no_interval_and_no_direction():
    trend = find_trend(days(10), np.arange(10.0), level=0.9999999)
    assert (trend.low_per_day, trend.high_per_day, trend.direction) == (None, None, None)
    assert trend.slope_per_day == pytest.approx(1.0)


def test_independent_points_do_not_widen_the_interval():
    assert variance_factor(30, 0.0) == 1.0
    assert variance_factor(30, 0.5) == pytest.approx(2.7, abs=0.2)  # 3 in a long series
    assert variance_factor(2000, 0.5) == pytest.approx(3.0, abs=0.01)


def test_negative_autocorrelation_counts_as_none():
    assert rank_autocorrelation(np.array([1.0, -1.0] * 10)) == 0.0
    assert rank_autocorrelation(np.ones(12)) == 0.0


@given(st.permutations(range(15)))
def test_order_of_the_records_changes_nothing(order):
    at, values = days(15), noisy(15, 0.2)
    picked = list(order)
    assert find_trend(at[picked], values[picked]) == find_trend(at, values)


@given(st.sampled_from([0.001, 1024.0]), st.integers(0, 20))
def test_slope_is_in_the_unit_of_the_metric(unit, seed):
    plain = find_trend(days(15), noisy(15, 0.2, seed))
    scaled = find_trend(days(15), noisy(15, 0.2, seed) * unit)
    assert scaled.slope_per_day == pytest.approx(plain.slope_per_day * unit)
    assert scaled.direction is plain.direction


def correlated(rng, count, correlation):
    noise = rng.normal(size=count + 30)
    for at in range(1, count + 30):
        noise[at] += correlation * noise[at - 1]
    return 100 + noise[30:]


@pytest.mark.parametrize(("count", "correlation"), [(10, 0.0), (20, 0.3), (40, 0.3), (60, 0.6)])
def test_a_series_without_trend_is_rarely_given_one(count, correlation):
    rng = np.random.default_rng(count)
    found = [
        find_trend(days(count), correlated(rng, count, correlation)).direction
        in {TrendDirection.IMPROVING, TrendDirection.DEGRADING}
        for _ in range(300)
    ]
    nominal = 0.05 if correlation < 0.5 else 0.08
    assert np.mean(found) <= nominal + 2 * math.sqrt(nominal * (1 - nominal) / 300)
