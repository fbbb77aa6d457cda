"""Forecasts come from earlier rows alone, keep their coverage, and repeat exactly."""

from dataclasses import replace

import numpy as np
import pytest

from patterns.learning.forecasting import History, forecast, model
from patterns.learning.forecasting.weighting import spread

TESTS = 15


@pytest.fixture(scope="module", autouse=True)
def small_models():
    """Fewer trees than in use: what is shown here holds for any number."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "ITERATIONS", 30)
        yield


def history(name, seed, *, n=60, step=0.0):
    rng = np.random.default_rng(seed)
    values = np.exp(0.03 * rng.normal(size=n) + step * (np.arange(n) >= n // 2))
    return History(name, 1000.0 * np.arange(n), values, n - TESTS)


@pytest.fixture(scope="module")
def histories():
    return [history(f"s{seed}", seed, step=0.3 * (seed % 2)) for seed in range(10)]


@pytest.fixture(scope="module")
def forecasts(histories, small_models):
    return forecast(histories)


def test_every_test_point_has_one_forecast_in_order(histories, forecasts):
    assert [(one.series, one.position) for one in forecasts] == [
        (each.name, at) for each in histories for at in range(each.known, each.values.size)
    ]


def test_intervals_hold_the_forecast_and_one_another(forecasts):
    for one in forecasts:
        narrow, wide = one.intervals
        assert (narrow.confidence, wide.confidence) == (0.8, 0.95)
        assert wide.low <= narrow.low <= one.predicted <= narrow.high <= wide.high


def test_coverage_is_near_its_level(histories, forecasts):
    values = {each.name: each.values for each in histories}
    for column, (low, high) in enumerate(((0.72, 0.9), (0.9, 1.0))):
        inside = [
            one.intervals[column].low
            <= values[one.series][one.position]
            <= one.intervals[column].high
            for one in forecasts
        ]
        assert low <= np.mean(inside) <= high


def test_forecasts_beat_the_last_value(histories, forecasts):
    values = {each.name: each.values for each in histories}
    ours = [abs(one.predicted - values[one.series][one.position]) for one in forecasts]
    last = [
        abs(values[one.series][one.position - 1] - values[one.series][one.position])
        for one in forecasts
    ]
    assert np.mean(ours) < 0.9 * np.mean(last)


def test_later_values_change_no_earlier_forecast(histories, forecasts):
    at = 50
    changed = [
        replace(each, values=np.where(np.arange(each.values.size) >= at, 9.0, each.values))
        for each in histories
    ]
    earlier = [one for one in forecasts if one.position <= at]
    assert [one for one in forecast(changed) if one.position <= at] == earlier


def test_the_same_histories_give_the_same_forecasts(histories):
    assert forecast(histories[:2]) == forecast(histories[:2])


def test_a_constant_series_is_forecast_by_its_value():
    constant = History("c", np.arange(30.0), np.full(30, 7.0), 25)
    for one in forecast([constant]):
        assert one.predicted == pytest.approx(7.0)


def test_values_of_nil_and_below_are_forecast_by_differences():
    rng = np.random.default_rng(0)
    series = History("d", np.arange(40.0), rng.normal(size=40), 30)
    assert any(one.intervals[0].low < 0 for one in forecast([series]))


def test_nothing_to_forecast_is_no_error():
    assert forecast([]) == ()


def test_repetitions_stand_for_weights():
    weights = np.random.default_rng(0).exponential(size=200)
    counted = np.bincount(spread(weights), minlength=200)
    assert np.abs(counted - 400 * weights / weights.sum()).max() < 1.0
