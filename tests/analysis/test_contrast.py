import numpy as np
import pytest

from tests.analysis.builder import SETTINGS, noisy
from tracker.analysis.contrast import Match, Side, contrast, counts


def match(before, after, name="status", **more):
    return Match(
        name, "small", "git", Side(np.array(before), "run-1"), Side(np.array(after), "run-2")
    )


def outcomes(matches, *, paired):
    return [one.outcome for one in contrast(matches, "time", SETTINGS, paired=paired).contrasts]


def test_paired_sides_are_judged_by_their_rounds():
    rng = np.random.default_rng(1)
    drift = np.exp(rng.normal(0, 0.3, 20))
    slower = drift * 10.5 * np.exp(rng.normal(0, 0.01, 20))
    assert outcomes([match(drift * 10, slower)], paired=True) == ["regressed"]
    assert outcomes([match(slower, drift * 10)], paired=True) == ["improved"]


def test_equal_sides_are_unchanged():
    same = noisy(10.0, 30, 1, spread=0.005)
    assert outcomes([match(same, [value * 1.0001 for value in same])], paired=True) == ["unchanged"]


def sessions(shift, series=10):
    """Return matches whose sessions differ by 3 % of noise each, the first one by `shift`."""
    rng = np.random.default_rng(5)
    return [
        match(
            noisy(10.0, 15, number),
            noisy(
                10.0 * np.exp(rng.normal(0, 0.03)) * (shift if number == 0 else 1), 15, 100 + number
            ),
            f"test-{number}",
        )
        for number in range(series)
    ]


def test_sessions_differ_only_beyond_the_noise_between_them():
    found = contrast(sessions(1.0), "time", SETTINGS, paired=False)
    assert found.count("regressed") + found.count("improved") == 0
    assert any(one.reason == "within the noise between sessions" for one in found.contrasts)
    assert not found.noise_supposed
    assert (
        contrast(sessions(1.6), "time", SETTINGS, paired=False).contrasts[0].outcome == "regressed"
    )


def test_one_test_alone_has_a_supposed_noise():
    found = contrast([match(noisy(10, 15, 1), noisy(10.8, 15, 2))], "time", SETTINGS, paired=False)
    assert found.noise_supposed
    assert found.contrasts[0].outcome == "inconclusive"
    assert found.noise_between_sessions == pytest.approx(10)
    big = contrast([match(noisy(10, 15, 1), noisy(13, 15, 2))], "time", SETTINGS, paired=False)
    assert big.contrasts[0].outcome == "regressed"
    assert big.contrasts[0].change_percent == pytest.approx(30, abs=2)


@pytest.mark.parametrize(("before", "outcome"), [(4.0, "regressed"), (12.0, "inconclusive")])
def test_one_test_alone_takes_the_noise_of_earlier_sessions(before, outcome):
    one = match(noisy(10, 15, 1), noisy(10.8, 15, 2))
    found = contrast([one], "time", SETTINGS, paired=False, earlier_noise=lambda: before)
    assert found.noise_between_sessions == pytest.approx(before)
    assert not found.noise_supposed
    assert found.contrasts[0].outcome == outcome
    unknown = contrast([one], "time", SETTINGS, paired=False, earlier_noise=lambda: None)
    assert unknown.noise_supposed


def test_a_side_that_was_not_measured_is_missing():
    alone = Match("status", "small", "git", None, Side(np.array([1.0] * 9), "run-2"))
    found = contrast(
        [alone, match(noisy(10, 15, 1), noisy(10, 15, 2))], "time", SETTINGS, paired=False
    )
    assert found.contrasts[0].outcome == "missing"
    assert "baseline" in found.contrasts[0].reason
    assert counts(found)["missing"] == 1


def test_too_few_rounds_are_inconclusive():
    found = contrast([match([1, 2, 3], [4, 5, 6])], "time", SETTINGS, paired=True)
    assert found.contrasts[0].outcome == "inconclusive"
    assert "too few rounds" in found.contrasts[0].reason
