import numpy as np
import pytest

from patterns.statistics.multiplicity import benjamini_hochberg
from patterns.statistics.session_change import (
    SessionNoise,
    changes,
    noise_of,
    session_noise,
    severity,
)

NOISE = SessionNoise(scale=0.01, freedom=6.0, n=40)


def test_a_change_is_against_the_median_of_up_to_five_sessions():
    assert changes([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 5.0]).tolist() == [1.0, -0.5, 0.0, 0.0, 0.0, 5.0]


def test_one_session_changes_nothing():
    assert changes([1.0]).size == 0


def test_four_changes_tell_no_noise():
    assert session_noise([[0.1, -0.1], [0.1, -0.1]]) is None


def test_scale_is_that_of_a_normal_deviation():
    rng = np.random.default_rng(1)
    assert session_noise([rng.normal(0, 0.02, 4000)]).scale == pytest.approx(0.02, rel=0.05)


def test_what_all_series_share_counts_as_noise():
    assert session_noise([[0.2] * 10]).scale > 0.2


def test_a_few_real_changes_do_not_widen_it():
    rng = np.random.default_rng(1)
    quiet = rng.normal(0, 0.01, 40)
    jumped = np.concatenate([quiet, [0.5] * 4])
    assert session_noise([jumped]).scale < 1.4 * session_noise([quiet]).scale


def test_a_long_series_is_judged_by_its_own_noise():
    own = noise_of([0.1, -0.1] * 5, NOISE)
    assert own.scale > 0.1
    assert noise_of([0.1, -0.1], NOISE) is NOISE


@pytest.mark.parametrize(
    ("beyond", "word"),
    [(3, None), (6, "minor"), (12, "moderate"), (30, "severe")],
)
def test_severity_counts_beyond_the_noise_floor(beyond, word):
    ratio = np.log1p(beyond / 100) + NOISE.floor
    assert severity(ratio, NOISE) == word
    assert severity(-ratio, NOISE) == word


def test_limits_are_those_of_the_configuration():
    assert severity(np.log1p(0.03) + NOISE.floor, NOISE, (1.0, 2.0, 50.0)) == "moderate"


@pytest.mark.parametrize(("earlier", "series"), [(1, 15), (3, 45)])
def test_nothing_is_rarely_called_a_change(earlier, series):
    """Heavy-tailed noise, and a shift that all series of a session share."""
    rng = np.random.default_rng(3)
    false = 0
    for _ in range(120):
        common = rng.normal(0, 0.01, earlier + 1)
        every = [changes(common + 0.02 * rng.standard_t(4, earlier + 1)) for _ in range(series)]
        past = [one[:-1] for one in every]
        pooled = session_noise(past if sum(map(len, past)) >= series else every)
        adjusted = benjamini_hochberg([pooled.p_value(one[-1]) for one in every])
        false += any(
            p < 0.05 and severity(one[-1], pooled) for p, one in zip(adjusted, every, strict=True)
        )
    assert false / 120 <= 0.1
