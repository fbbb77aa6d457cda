import pytest

from tests.analysis.builder import SETTINGS
from tests.report.history import past
from tracker.analysis.history import historical
from tracker.models.config import Analysis


def series(count=12, **last):
    """Return series without a change; `last` is given to the first of them."""
    quiet = [
        past(f"git+v{number}", sessions=8, step=1.0, seed=number + 1) for number in range(count)
    ]
    return [past("git", sessions=8, step_at=7, seed=99, **last), *quiet]


def found(given, settings=SETTINGS):
    return historical(given, settings, previous_reports=("report-1",))


def test_a_planted_slowdown_is_found_and_nothing_else():
    history = found(series(step=1.4))
    (regression,) = history.regressions
    assert regression.variant == "git"
    assert regression.severity == "severe"
    assert regression.degradation == pytest.approx(40, abs=8)
    assert regression.n == 5
    assert regression.p_adjusted < 0.05
    assert regression.runs[-1] == "run-7"
    assert history.improvements == ()


def test_a_planted_speedup_is_an_improvement():
    (improvement,) = found(series(step=0.6)).improvements
    assert improvement.significance == "major"
    assert improvement.improvement == pytest.approx(40, abs=5)


def test_what_lies_within_the_noise_is_no_change():
    history = found(series(step=1.01))
    assert history.regressions == history.improvements == ()
    assert 1 < history.noise_floor < 10


def test_a_new_test_has_no_history_and_the_reason_is_said():
    history = found([past(sessions=1)])
    assert history.trends_over_time == ()
    assert "no earlier session" in history.reason


def test_two_series_are_too_few_to_know_the_noise():
    history = found([past("git", sessions=2, step_at=1), past("jujutsu", sessions=2)])
    assert history.regressions == ()
    assert "too few" in history.reason
    assert len(history.trends_over_time) == 2


def test_limits_of_the_configuration_decide_the_severity():
    limits = Analysis(regression_limits=(5.0, 10.0, 80.0))
    (regression,) = found(series(step=1.4), limits).regressions
    assert regression.severity == "moderate"


def test_trends_have_their_change_points_and_the_next_value():
    history = found([past()])
    (trend,), (course,) = history.trends_over_time, history.courses
    assert len(trend.points) == 24
    assert [change.level for change in course.change_points] == ["confirmed"]
    assert course.change_points[0].timestamp == trend.points[12].timestamp
    low, high = trend.analysis.forecast.interval
    assert low < 4.0 * 1.4 < high


def test_memory_and_time_are_judged_apart():
    history = found(
        [
            *series(step=1.4),
            *[past("git", "memory_bytes", sessions=8, step=1.0, seed=s) for s in range(8)],
        ]
    )
    assert {one.metric for one in history.regressions} == {"time_ms"}
