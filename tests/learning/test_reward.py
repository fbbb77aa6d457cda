"""What a reward must and must not depend on."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns.learning.reward import (
    EXPONENT,
    REWARD_VERSION,
    WEIGHTS,
    Measured,
    RewardTerms,
    rescore,
    reward_terms,
)

amounts = st.floats(1e-3, 1e6)
maybe = st.none() | st.just(0.0) | amounts
anything = st.builds(Measured, time=maybe, memory=maybe, io=maybe, disk=maybe)
known = st.builds(Measured, time=amounts, memory=amounts, io=amounts, disk=amounts)
metrics = st.sampled_from(list(WEIGHTS))
factors = st.floats(1.01, 5.0)


def reward(measured, baseline, successes=10, attempts=10):
    return rescore(reward_terms(measured, baseline, successes=successes, attempts=attempts))


def scaled(measured, factor, metric=None):
    names = [metric] if metric else list(WEIGHTS)
    return measured.model_copy(update={name: getattr(measured, name) * factor for name in names})


def test_the_example_of_the_specification_is_met():
    assert round(reward(Measured(time=45.0), Measured(time=45.0 * 2.1)), 2) == 0.92


def test_a_published_value_of_the_formula():
    measured = Measured(time=50.0, memory=200.0)
    baseline = Measured(time=100.0, memory=100.0)
    single = [1 / (1 + 0.5**EXPONENT), 1 / (1 + 2.0**EXPONENT)]
    assert reward(measured, baseline, 8, 10) == pytest.approx(
        0.8**2 * single[0] ** 0.75 * single[1] ** 0.25
    )


@given(known)
def test_the_baseline_itself_is_worth_a_half(baseline):
    assert reward(baseline, baseline) == pytest.approx(0.5)


@given(anything, anything, st.integers(0, 10))
def test_a_reward_is_unknown_or_between_0_and_1(measured, baseline, successes):
    found = reward(measured, baseline, successes)
    assert found is None or 0 <= found <= 1


@given(
    st.floats(0, allow_infinity=False, allow_nan=False),
    st.floats(0, exclude_min=True, allow_infinity=False, allow_nan=False),
)
def test_extreme_values_neither_overflow_nor_leave_the_bounds(value, base):
    assert 0 <= reward(Measured(time=value), Measured(time=base)) <= 1


@given(known, st.lists(st.floats(1e-3, 1e3), min_size=4, max_size=4), metrics, factors)
def test_a_reward_falls_strictly_in_every_metric(baseline, ratios, metric, factor):
    measured = baseline.model_copy(
        update={
            name: getattr(baseline, name) * ratio
            for name, ratio in zip(WEIGHTS, ratios, strict=True)
        }
    )
    assert reward(scaled(measured, factor, metric), baseline) < reward(measured, baseline)


@given(known, known, st.floats(1e-2, 1e2))
def test_a_faster_machine_changes_nothing(measured, baseline, factor):
    before = reward(measured, baseline)
    after = reward(scaled(measured, factor), scaled(baseline, factor))
    assert after == pytest.approx(before, rel=1e-9)


@given(amounts, amounts)
def test_two_trials_share_one_between_them(value, base):
    there = reward(Measured(time=value), Measured(time=base))
    back = reward(Measured(time=base), Measured(time=value))
    assert there + back == pytest.approx(1.0)


@given(known, known, known)
def test_other_variants_change_nothing(measured, baseline, other):
    alone = reward_terms(measured, baseline, successes=10, attempts=10)
    reward_terms(other, baseline, successes=3, attempts=10)
    beside = reward_terms(measured, baseline, successes=10, attempts=10)
    assert alone == beside
    assert "other" not in RewardTerms.model_fields
    assert rescore(alone) == rescore(beside)


@given(known, known, st.integers(1, 19), st.integers(1, 19))
def test_less_reliability_is_less_reward(measured, baseline, some, further):
    fewer = reward(measured, baseline, some, 20)
    more = reward(measured, baseline, min(20, some + further), 20)
    assert 0 < fewer < more


@given(anything, st.none() | anything, st.integers(0, 10), st.integers(10, 12))
def test_stored_terms_give_the_same_reward_to_the_last_bit(measured, baseline, successes, attempts):
    terms = reward_terms(measured, baseline, successes=successes, attempts=attempts)
    again = RewardTerms.model_validate_json(terms.to_json())
    assert again == terms
    assert rescore(again) == rescore(terms)


@given(anything)
def test_without_a_baseline_a_reward_is_unknown(measured):
    assert reward(measured, None) is None


@given(anything, st.none() | anything)
def test_without_a_success_a_reward_is_zero(measured, baseline):
    assert reward(measured, baseline, successes=0) == 0.0


def test_without_an_attempt_a_reward_is_unknown():
    assert reward(Measured(time=1.0), Measured(time=1.0), 0, 0) is None


def test_weights_are_spread_over_the_metrics_that_both_sides_have():
    terms = reward_terms(
        Measured(time=1.0, memory=1.0, disk=5.0),
        Measured(time=1.0, memory=1.0, io=3.0),
        successes=1,
        attempts=1,
    )
    weights = {term.metric: term.weight for term in terms.metrics}
    assert weights == {"time": pytest.approx(0.75), "memory": pytest.approx(0.25)}


@given(anything, anything, amounts)
def test_the_weights_that_count_sum_to_one(measured, baseline, time):
    terms = reward_terms(
        measured.model_copy(update={"time": time}),
        baseline.model_copy(update={"time": time}),
        successes=1,
        attempts=1,
    )
    assert math.fsum(term.weight for term in terms.metrics) == pytest.approx(1.0)


@pytest.mark.parametrize("disk", [0.0, 4096.0, 1e9])
def test_a_metric_that_the_baseline_has_none_of_does_not_count(disk):
    with_disk = reward(Measured(time=2.0, disk=disk), Measured(time=1.0, disk=0.0))
    assert with_disk == reward(Measured(time=2.0), Measured(time=1.0))


def test_nothing_used_against_something_is_the_best_there_is():
    assert reward(Measured(disk=0.0), Measured(disk=4096.0)) == 1.0


def test_freed_space_counts_as_none_used():
    freed = reward(Measured(disk=-4096.0), Measured(disk=4096.0))
    assert freed == reward(Measured(disk=0.0), Measured(disk=4096.0))


def test_terms_carry_their_version_and_what_was_measured():
    measured = Measured(time=1.0, io=3.0)
    terms = reward_terms(
        measured, Measured(time=2.0), successes=1, attempts=2, baseline_run_id="run-1-aaaaaa"
    )
    assert (terms.version, terms.exponent) == (REWARD_VERSION, EXPONENT)
    assert terms.measured == measured
    assert terms.baseline_run_id == "run-1-aaaaaa"
    assert terms.reliability == 0.5


def test_a_formula_of_another_exponent_is_scored_with_its_own():
    terms = reward_terms(Measured(time=1.0), Measured(time=2.0), successes=1, attempts=1)
    older = terms.model_copy(update={"exponent": 1.0})
    assert rescore(older) == pytest.approx(2 / 3)
