"""Rules hold what their trials show: effect, interval, counts and the runs behind it."""

import math
import random

import pytest
from scipy import stats

from patterns.learning.reward import Measured, reward_terms
from patterns.learning.rules import find_rules
from tests.store.values import START, make_trial


def _trial(n, ratio, **changes):
    terms = reward_terms(
        Measured(time=100.0 / ratio), Measured(time=100.0), successes=5, attempts=5
    )
    values = {
        "variant": "git+x",
        "reward_terms": terms.to_json(),
        "baseline_run_id": "run-0-000000",
        "created_at": START + n,
        "files": 100 + n,
        **changes,
    }
    return make_trial(f"run-{n}-aaaaaa", **values)


def test_the_effect_is_the_geometric_mean_with_student_s_interval():
    ratios = [1.8, 2.0, 2.2, 2.1]
    (rule,) = find_rules(_trial(n, ratio) for n, ratio in enumerate(ratios))
    assert rule.ratio == pytest.approx(stats.gmean(ratios))
    expected = stats.ttest_1samp([math.log(one) for one in ratios], 0).confidence_interval(0.95)
    assert rule.interval == pytest.approx((math.exp(expected.low), math.exp(expected.high)))
    assert (rule.verdict, rule.n, rule.trials, rule.success_rate) == ("faster", 4, 4, 1.0)
    assert rule.runs == tuple(f"run-{n}-aaaaaa" for n in (3, 2, 1, 0))
    assert (rule.first_seen, rule.last_seen, rule.files) == (START, START + 3, (100, 103))


def test_the_inverse_is_slower():
    (rule,) = find_rules(_trial(n, ratio) for n, ratio in enumerate([0.5, 0.55, 0.48]))
    assert rule.verdict == "slower"


def test_two_trials_have_no_interval_and_nothing_is_claimed():
    (rule,) = find_rules([_trial(1, 3.0), _trial(2, 3.1)])
    assert (rule.interval, rule.verdict, rule.n) == (None, "undecided", 2)


def test_an_interval_that_holds_1_claims_nothing():
    (rule,) = find_rules(_trial(n, ratio) for n, ratio in enumerate([0.5, 2.0, 1.1]))
    assert rule.verdict == "undecided"


def test_failures_count_in_the_rate_and_not_in_the_ratio():
    trials = [_trial(1, 2.0), _trial(2, 9.0, success=False), _trial(3, 2.0, reward_terms="{}")]
    (rule,) = find_rules(trials)
    assert (rule.n, rule.trials, rule.success_rate) == (1, 3, pytest.approx(2 / 3))
    assert rule.runs == ("run-1-aaaaaa",)


def test_rules_are_apart_by_operation_configuration_size_and_machine():
    trials = [
        _trial(1, 2.0),
        _trial(2, 2.0, operation="add"),
        _trial(3, 2.0, variant="git+y"),
        _trial(4, 2.0, repo_size="large"),
    ]
    assert [rule.n for rule in find_rules(trials)] == [1, 1, 1, 1]


def test_void_trials_own_baselines_and_patterns_without_run_are_left_out():
    own = _trial(1, 1.0, baseline_run_id="run-1-aaaaaa")
    assert find_rules([own, _trial(2, 2.0, status="void")]) == ()


def test_without_an_effect_about_one_rule_in_twenty_claims_one():
    chance = random.Random(11)
    trials = [
        _trial(8 * rule + n, math.exp(chance.gauss(0, 0.3)), variant=f"git+{rule}")
        for rule in range(400)
        for n in range(8)
    ]
    claimed = sum(rule.verdict != "undecided" for rule in find_rules(trials))
    assert 8 <= claimed <= 34


def test_a_confirmed_change_point_expires_the_claim_it_contradicts():
    chance = random.Random(5)
    ratios = [2.0 * math.exp(chance.gauss(0, 0.02)) for _ in range(12)]
    ratios += [0.8 * math.exp(chance.gauss(0, 0.02)) for _ in range(12)]
    current, expired = find_rules(_trial(n, ratio) for n, ratio in enumerate(ratios))
    assert (current.status, current.verdict, current.n) == ("current", "slower", 12)
    assert current.ratio == pytest.approx(0.8, rel=0.03)
    assert (expired.status, expired.verdict, expired.n) == ("expired", "faster", 12)
    assert (expired.last_seen, expired.expired_at) == (START + 11, START + 12)
    assert current.contradicted_by == expired.contradicted_by == ("run-12-aaaaaa",)


def test_a_change_that_leaves_the_claim_standing_expires_nothing():
    chance = random.Random(6)
    ratios = [level * math.exp(chance.gauss(0, 0.02)) for level in [2.0] * 12 + [3.0] * 12]
    (rule,) = find_rules(_trial(n, ratio) for n, ratio in enumerate(ratios))
    assert (rule.verdict, rule.n) == ("faster", 12)
    assert rule.ratio == pytest.approx(3.0, rel=0.03)
    assert rule.contradicted_by == ("run-12-aaaaaa",)


def test_a_change_in_one_test_leaves_the_evidence_of_another():
    chance = random.Random(7)
    trials = []
    for n in range(24):
        noise = math.exp(chance.gauss(0, 0.02))
        trials.append(_trial(2 * n, (2.0 if n < 12 else 1.5) * noise, test_id="one"))
        trials.append(_trial(2 * n + 1, 2.0 / noise, test_id="other"))
    (rule,) = find_rules(trials)
    assert (rule.n, rule.trials) == (12 + 24, 12 + 24)


def test_new_evidence_is_in_the_next_answer():
    trials = [_trial(n, ratio) for n, ratio in enumerate([1.8, 2.0])]
    assert find_rules(trials)[0].verdict == "undecided"
    (rule,) = find_rules([*trials, _trial(2, 1.9)])
    assert (rule.verdict, rule.n) == ("faster", 3)
