"""Steps are found, drifts are not called steps, and what is unsure is called suspect."""

import numpy as np
import pytest

from patterns.learning.change_points import AlarmLevel, detect, inspect
from tests.learning.simulation import COURSES, NOISES, milliseconds

N = 100
AT = 60


def found(values):
    return [point.index for point in detect(values)]


def stepped(rng, kind, sd, *, n=N, at=AT):
    noise = NOISES[kind](rng, n)
    spread = 1.4826 * np.median(np.abs(noise - np.median(noise)))
    return milliseconds(noise + sd * spread * (np.arange(n) >= at))


def test_a_clean_step_is_found_at_its_first_point():
    quiet = [10.0, 10.1, 9.9, 10.2, 9.8] * 4
    (point,) = detect(quiet + [1.2 * value for value in quiet])
    assert point.index == 20
    assert point.level is AlarmLevel.CONFIRMED
    assert point.ratio == pytest.approx(1.2)
    assert point.rises
    assert (point.n_before, point.n_after) == (20, 20)


def test_a_fall_is_told_from_a_rise():
    (point,) = detect([10.0, 10.1, 9.9, 10.2] * 5 + [5.0, 5.1, 4.9, 5.2] * 5)
    assert not point.rises
    assert point.ratio < 1


def test_differences_are_found_where_a_ratio_means_nothing():
    values = np.array([0.0, 0.1, -0.1, 0.05] * 6 + [3.0, 3.1, 2.9, 3.05] * 6)
    (point,) = detect(values)
    assert point.index == 24
    assert point.ratio is None


@pytest.mark.parametrize("kind", NOISES)
def test_unchanged_noise_raises_hardly_an_alarm(kind):
    rng = np.random.default_rng(1)
    alarms = sum(len(detect(milliseconds(NOISES[kind](rng, N)))) for _ in range(50))
    assert alarms <= 3  # .06 per 100 points, 50 x 100 points


@pytest.mark.parametrize("kind", NOISES)
def test_a_step_of_six_noise_sd_is_found_in_noise_of_every_kind(kind):
    rng = np.random.default_rng(2)
    hits = [any(abs(at - AT) <= 3 for at in found(stepped(rng, kind, 6.0))) for _ in range(30)]
    assert np.mean(hits) >= 0.9


@pytest.mark.parametrize("kind", COURSES)
def test_a_drift_is_not_cut_into_stairs(kind):
    rng = np.random.default_rng(3)
    alarms = [len(detect(milliseconds(COURSES[kind](rng, 120)))) for _ in range(20)]
    assert np.mean(alarms) <= 0.5


def test_a_drift_is_told_as_one():
    rng = np.random.default_rng(4)
    course = inspect(milliseconds(rng.normal(size=120) + np.linspace(0.0, 12.0, 120)))
    assert course.change_points == ()
    assert course.drifts


def test_an_abrupt_step_is_found_in_correlated_noise():
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(20):
        noise = COURSES["autoregression"](rng, N) + 8.0 * (np.arange(N) >= AT)
        hits += any(abs(at - AT) <= 3 for at in found(milliseconds(noise)))
    assert hits >= 14


def test_a_short_visit_to_another_level_is_no_change():
    rng = np.random.default_rng(6)
    values = rng.normal(size=N)
    values[50:54] += 10.0
    assert found(milliseconds(values)) == []


def test_a_step_five_points_ago_is_a_suspect_and_one_of_long_ago_is_confirmed():
    rng = np.random.default_rng(7)
    values = milliseconds(rng.normal(size=N) + 6.0 * (np.arange(N) >= AT))
    (early,) = detect(values[: AT + 5])
    (late,) = detect(values)
    assert early.level is AlarmLevel.SUSPECT
    assert late.level is AlarmLevel.CONFIRMED
    assert abs(early.index - AT) <= 1


@pytest.mark.parametrize(("seen", "least"), [(3, 0.85), (5, 0.95), (8, 0.95)])
def test_a_step_of_five_noise_sd_is_found_within_few_points(seen, least):
    rng = np.random.default_rng(8)
    hits = [
        any(abs(at - AT) <= 3 for at in found(stepped(rng, "normal", 5.0)[: AT + seen]))
        for _ in range(60)
    ]
    assert np.mean(hits) >= least


@pytest.mark.parametrize("kind", NOISES)
def test_the_newest_points_of_an_unchanged_history_raise_no_alarm(kind):
    rng = np.random.default_rng(9)
    alarms = [
        any(at >= N - 12 for at in found(milliseconds(NOISES[kind](rng, N)))) for _ in range(60)
    ]
    assert np.mean(alarms) <= 0.02


def test_one_or_two_points_are_no_suspect():
    values = milliseconds(np.random.default_rng(10).normal(size=60))
    values[-2:] *= 1.5
    assert found(values) == []


def test_the_unit_does_not_matter():
    values = stepped(np.random.default_rng(11), "normal", 5.0)
    assert found(values) == found(1000.0 * values)


def test_the_same_series_gives_the_same_answer():
    values = stepped(np.random.default_rng(12), "heavy-tailed", 4.0)
    assert detect(values) == detect(values.copy())


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0, 3.0], [5.0] * 40])
def test_a_short_or_constant_series_has_no_change(values):
    assert detect(values) == ()


def test_a_step_between_constant_levels_is_found():
    assert found([5.0] * 20 + [6.0] * 20) == [20]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_refused(bad):
    with pytest.raises(ValueError, match="finite"):
        detect([1.0] * 20 + [bad])
