"""A candidate against a baseline."""

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns.statistics.comparison import compare
from patterns.statistics.rank_inversion import Interval
from patterns.statistics.verdict import Verdict

GIT = [95.0, 97.0, 93.0, 96.0, 99.0, 94.0, 95.5, 92.0]
JUJUTSU = [45.0, 46.5, 44.0, 45.0, 47.0, 45.2, 44.8, 43.0]

ROUNDS = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=1, max_size=20)
EITHER = st.booleans()


def numbers(comparison):
    found = {}
    for field in fields(comparison):
        value = getattr(comparison, field.name)
        if isinstance(value, Interval):
            found |= {f"{field.name}.low": value.low, f"{field.name}.high": value.high}
        elif isinstance(value, int | float):
            found[field.name] = value
    return found


@pytest.mark.parametrize("paired", [True, False])
def test_a_faster_candidate_is_above_one_positive_and_different(paired):
    result = compare(JUJUTSU, GIT, paired=paired)
    assert result.ratio == pytest.approx(2.12, abs=0.02)
    assert result.ratio_of_medians == pytest.approx(95.25 / 45.0)
    assert result.absolute_difference == pytest.approx(50.25)
    assert result.relative_difference_percent == pytest.approx(100 * 50.25 / 95.25)
    assert result.interval.low > 2
    assert result.effect_size > 0
    assert result.cliffs_delta == 1.0
    assert (result.verdict, result.significant, result.meaningful) == (
        Verdict.DIFFERENT,
        True,
        True,
    )
    assert result.reason is None


def test_paired_and_unpaired_are_labelled():
    assert compare(JUJUTSU, GIT, paired=True).paired is True
    assert compare(JUJUTSU, GIT, paired=False).paired is False


def test_rounds_with_a_missing_side_are_dropped_and_counted():
    candidate = [*JUJUTSU, math.nan, 45.0]
    baseline = [*GIT, 95.0, math.nan]
    result = compare(candidate, baseline, paired=True)
    assert (result.n, result.dropped) == (8, 2)
    assert result.p_value == compare(JUJUTSU, GIT, paired=True).p_value


def test_paired_sides_of_different_length_are_refused():
    with pytest.raises(ValueError, match="one value per round: 2 and 1"):
        compare([1.0, 2.0], [1.0], paired=True)


@pytest.mark.parametrize("paired", [True, False])
def test_no_data_says_so_and_claims_nothing(paired):
    result = compare([math.nan], [1.0], paired=paired)
    assert (result.verdict, result.p_value, result.interval, result.ratio) == (None,) * 4
    assert result.reason == "no data"
    assert not result.significant
    assert not result.meaningful


def test_zero_has_no_ratio_but_keeps_its_difference():
    result = compare([0.0] * 8, GIT, paired=True)
    assert result.reason == "zero or negative values have no ratio"
    assert (result.ratio, result.p_value, result.verdict) == (None, None, None)
    assert result.absolute_difference == pytest.approx(95.25)


def test_too_few_rounds_give_figures_but_no_verdict():
    result = compare(JUJUTSU[:5], GIT[:5], paired=True)
    assert result.verdict is None
    assert result.reason == "too few rounds: 5 of 6"
    assert result.ratio is not None
    assert result.interval is None
    assert result.power is None


def test_a_single_round_is_too_few():
    result = compare([45.0], [95.0], paired=True)
    assert result.reason == "too few rounds: 1 of 6"
    assert result.effect_size is None


def test_a_level_beyond_the_rounds_leaves_the_interval_unknown():
    result = compare(JUJUTSU, GIT, paired=True, confidence=0.999)
    assert result.interval is None
    assert result.reason == "too few rounds for an interval of 99.9 %"
    assert result.verdict is Verdict.DIFFERENT
    assert not result.meaningful


def test_equal_constant_sides_are_equivalent_with_zero_variance():
    result = compare([40.0] * 8, [40.0] * 8, paired=True)
    assert result.verdict is Verdict.EQUIVALENT
    assert (result.ratio, result.p_value) == (1.0, 1.0)
    assert (result.effect_size, result.power, result.smallest_detectable_percent) == (None,) * 3
    assert result.reason == "zero variance"


def test_counts_that_never_vary_can_differ():
    result = compare([4096.0] * 8, [8192.0] * 8, paired=True)
    assert result.verdict is Verdict.DIFFERENT
    assert result.reason == "zero variance"


def test_shared_drift_cancels_only_when_paired():
    rng = np.random.default_rng(6)
    drift = np.linspace(1.0, 3.0, 20)
    baseline = 100 * drift * rng.lognormal(sigma=0.005, size=20)
    candidate = 97 * drift * rng.lognormal(sigma=0.005, size=20)
    assert compare(candidate, baseline, paired=True).significant
    assert not compare(candidate, baseline, paired=False).significant


def test_thousand_rounds_are_compared():
    rng = np.random.default_rng(2)
    baseline = rng.lognormal(sigma=0.2, size=1000)
    result = compare(baseline * rng.lognormal(0.01, 0.02, 1000), baseline, paired=True)
    assert result.ratio == pytest.approx(math.exp(-0.01), abs=0.003)
    assert result.exact is False


@given(ROUNDS, EITHER, st.sampled_from([0.001, 1000.0, 2.0**20]))
def test_scaling_both_sides_changes_no_ratio(rounds, paired, unit):
    candidate, baseline = zip(*rounds, strict=True)
    plain = compare(candidate, baseline, paired=paired)
    scaled = compare(
        [value * unit for value in candidate], [value * unit for value in baseline], paired=paired
    )
    assert scaled.verdict == plain.verdict
    before, after = numbers(plain), numbers(scaled)
    assert after.pop("absolute_difference") == pytest.approx(
        before.pop("absolute_difference") * unit
    )
    assert after == pytest.approx(before, rel=1e-6, abs=1e-9)


@given(ROUNDS, EITHER)
def test_swapping_sides_inverts_the_ratio_and_keeps_p(rounds, paired):
    candidate, baseline = zip(*rounds, strict=True)
    result = compare(candidate, baseline, paired=paired)
    swapped = compare(baseline, candidate, paired=paired)
    assert swapped.ratio == pytest.approx(1 / result.ratio)
    assert swapped.ratio_of_medians == pytest.approx(1 / result.ratio_of_medians)
    assert (swapped.p_value, swapped.verdict) == (result.p_value, result.verdict)
    assert swapped.cliffs_delta == pytest.approx(-result.cliffs_delta)
    assert swapped.power == (None if result.power is None else pytest.approx(result.power))
    if result.interval is not None:
        assert swapped.interval.low == pytest.approx(1 / result.interval.high)


@given(ROUNDS, st.randoms())
def test_permuting_rounds_changes_nothing(rounds, random):
    plain = compare(*zip(*rounds, strict=True), paired=True)
    random.shuffle(rounds)
    shuffled = compare(*zip(*rounds, strict=True), paired=True)
    assert numbers(shuffled) == pytest.approx(numbers(plain), rel=1e-6, abs=1e-9)


@given(ROUNDS, EITHER, st.sampled_from([0.9, 0.95, 0.99]))
def test_interval_excludes_one_exactly_when_p_is_below_its_level(rounds, paired, level):
    candidate, baseline = zip(*rounds, strict=True)
    result = compare(candidate, baseline, paired=paired, confidence=level)
    excluded = result.interval is not None and result.interval.excludes(1.0)
    assert (result.p_value < 1.0 - level) == excluded


@given(ROUNDS, EITHER)
def test_every_figure_is_finite_or_unknown(rounds, paired):
    result = compare(*zip(*rounds, strict=True), paired=paired)
    assert all(math.isfinite(value) for value in numbers(result).values())
    if result.verdict is None or result.interval is None:
        assert result.reason
