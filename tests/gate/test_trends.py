"""Trends of what was measured here: a series per test, variant, metric and machine class."""

import numpy as np
import pytest

from patterns.learning.series import SeriesError
from patterns.learning.trend_analysis import analyse
from patterns.store import PatternStore
from tests.store.values import make_row, make_trial
from tracker.cli.trend_drawing import draw
from tracker.config import InputError
from tracker.workflow.series_analysis import show_trends, trends_over_time

DAY_MS = 86_400_000
START_MS = 1_700_000_000_000


def noise(n, seed=0, sd=0.01):
    return np.exp(sd * np.random.default_rng(seed).normal(size=n))


def days(n):
    return [float(START_MS + at * DAY_MS) for at in range(n)]


def test_a_rise_degrades_and_the_interval_holds_the_slope():
    values = 100 * noise(40) + 0.5 * np.arange(40)
    found = analyse(days(40), values).analysis
    assert found.direction == "degrading"
    low, high = found.slope_interval
    assert low <= 0.5 <= high
    assert found.n == 40


def test_more_of_a_rate_is_better():
    values = 100 * noise(40) + 0.5 * np.arange(40)
    assert analyse(days(40), values, higher_is_better=True).analysis.direction == "improving"


def test_a_step_is_no_trend():
    values = 100 * noise(60) * np.where(np.arange(60) >= 30, 1.3, 1.0)
    found = analyse(days(60), values)
    assert found.since == 30
    assert found.analysis.direction == "stable"
    assert "since the change of level" in found.analysis.reason


def test_a_drift_is_said_to_be_one():
    values = 100 * noise(80) * (1 + 0.003 * np.arange(80))
    found = analyse(days(80), values)
    assert not found.change_points
    assert found.analysis.direction == "degrading"


def test_too_few_points_have_a_forecast_but_no_direction():
    found = analyse(days(8), 100 * noise(8)).analysis
    assert found.direction is None
    assert "needs 10" in found.reason
    assert found.forecast.confidence == pytest.approx(5 / 6)
    assert found.forecast.interval[0] < found.forecast.next_value < found.forecast.interval[1]


def test_a_constant_series_says_so():
    found = analyse(days(20), [5.0] * 20).analysis
    assert found.direction is None
    assert found.reason == "every value is the same"


@pytest.mark.parametrize(
    ("times", "values", "told"),
    [
        (days(1), [1.0], "1 point"),
        (days(3), [1.0, float("nan"), 2.0], "not finite"),
        (days(3)[::-1], [1.0, 2.0, 3.0], "time order"),
    ],
)
def test_what_has_no_trend_is_refused(times, values, told):
    with pytest.raises(SeriesError, match=told):
        analyse(times, values)


# From the store.


@pytest.fixture
def measured(project):
    """Return a project with thirty sessions on one machine and two on another."""
    values = 100 * noise(30, 1) * np.where(np.arange(30) >= 20, 1.3, 1.0)
    with PatternStore(f"sqlite:///{project / 'tracker.db'}") as store:
        for at, value in enumerate([*values, 50.0, 51.0]):
            run = f"run-{1_700_000_000 + at}-abc123"
            machine = "m1" if at < 30 else "m2"
            trial = make_trial(
                run,
                session_id=f"benchmark-{1_700_000_000_000 + at}",
                created_at=START_MS + at * DAY_MS,
                machine_class=machine,
                vcs_version="2.39" if at < 20 else "2.55",
                status="finished",
                test_id="commit-small",
            )
            rows = [
                make_row(
                    n,
                    run,
                    execution_time_ms=value + n - 2,
                    cpu_user_ms=value / 2,
                    cpu_system_ms=value / 4,
                    machine_class=machine,
                )
                for n in (1, 2, 3)
            ]
            store.add_trial(trial, [*rows, make_row(4, run, execution_time_ms=9e9, success=False)])
    return project


def test_each_machine_class_has_a_series_of_its_own(measured):
    shown = show_trends(measured, "commit", variant=None, metric="time")
    assert [(one.series.key.machine_class, len(one.series.points)) for one in shown] == [
        ("m1", 30),
        ("m2", 2),
    ]
    first = shown[0].series.points[0]
    assert (first.n, first.version) == (3, "2.39")


def test_the_drawing_marks_the_change_and_tells_the_interval(measured):
    text = draw(show_trends(measured, "commit-small", variant="git", metric="cpu")[0])
    assert "confirmed change" in text
    assert "^" in text
    assert "95 % interval" in text
    assert max(map(len, text.splitlines())) <= 100


def test_json_has_the_specified_value_and_what_tells_series_apart(measured):
    told = show_trends(measured, "commit", variant=None, metric="time")[0].as_json()
    assert told["analysis"]["forecast"]["nextValue"] == pytest.approx(130, rel=0.03)
    assert told["machineClass"] == "m1"
    assert told["changePoints"][0]["level"] == "confirmed"


def test_a_report_gets_the_trends_of_its_machine_class(measured):
    with PatternStore(f"sqlite:///{measured / 'tracker.db'}") as store:
        found = trends_over_time(store, operations=["commit"], machine_class="m1")
        assert len(found) == 1
        assert len(found[0].points) == 30
        assert trends_over_time(store, operations=["status"]) == ()


@pytest.mark.parametrize(
    ("operation", "metric", "told"),
    [("push", "time", "has no history"), ("commit", "joy", "unknown")],
)
def test_what_is_not_there_is_refused(measured, operation, metric, told):
    with pytest.raises(InputError, match=told):
        show_trends(measured, operation, variant=None, metric=metric)
