"""Evidence holds its error rate however often one looks; simulated with seeds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns.learning.monitoring.bisection import Nearer, bisect, questions
from patterns.learning.monitoring.duel import ALPHA, Finding, judge
from patterns.learning.monitoring.false_discovery import e_benjamini_hochberg
from patterns.learning.monitoring.ranks import level_evidence
from tests.learning.simulation import COURSES, NOISES

KINDS = {**NOISES, "autoregression": COURSES["autoregression"]}
SERIES, BEFORE, Q = 20, 60, 0.1


def report(rng, after, shifted):
    """Return which of many series were called, and which did change."""
    changed = rng.random(SERIES) < shifted
    evidence, ever = [], []
    for which in range(SERIES):
        values = list(KINDS.values())[which % len(KINDS)](rng, BEFORE + after)
        spread = 1.4826 * np.median(np.abs(values - np.median(values)))
        values = values + changed[which] * 8.0 * spread * (np.arange(values.size) >= BEFORE)
        found = level_evidence(values)
        evidence.append(found.e_value)
        ever.append(found.peak)
    called = np.array(e_benjamini_hochberg(evidence, Q))
    return called, changed, any(e_benjamini_hochberg(ever, Q))


@pytest.mark.parametrize("after", [5, 8])
def test_few_calls_of_a_mixture_are_false_and_most_changes_are_called(after):
    rng = np.random.default_rng(after)
    false, power = [], []
    for _ in range(10):
        called, changed, _ = report(rng, after, 0.2)
        false.append(np.sum(called & ~changed) / max(called.sum(), 1))
        if changed.any():
            power.append(np.sum(called & changed) / changed.sum())
    assert np.mean(false) <= Q
    assert np.mean(power) >= (0.35 if after == 5 else 0.7)


def test_without_a_change_hardly_a_history_ever_raises_a_call_however_often_one_looks():
    rng = np.random.default_rng(1)
    # `peak` is the largest evidence of all looks so far: the calls of every earlier check.
    ever = [report(rng, 8, 0.0)[2] for _ in range(16)]
    assert np.mean(ever) <= Q + 2 * np.sqrt(Q * (1 - Q) / len(ever))


def test_the_evidence_is_a_fair_game_at_every_look():
    rng = np.random.default_rng(2)
    values = [level_evidence(rng.normal(size=30)).e_value for _ in range(200)]
    assert np.mean(values) <= 1 + 2 * np.std(values) / np.sqrt(len(values))


def test_the_likeliest_change_is_named_with_its_side():
    rng = np.random.default_rng(3)
    values = rng.normal(size=80) - 6.0 * (np.arange(80) >= 70)
    found = level_evidence(values)
    assert abs(found.index - 70) <= 1
    assert found.side == "down"


def test_ties_and_constants_are_no_evidence():
    assert level_evidence([1.0] * 40).e_value <= 1
    assert level_evidence([1.0] * 5) is None


@given(
    st.lists(st.floats(0, 1e6) | st.none(), max_size=12),
    st.floats(0.01, 0.5),
)
def test_more_evidence_never_loses_a_call(values, q):
    before = e_benjamini_hochberg(values, q)
    doubled = e_benjamini_hochberg([v if v is None else 2 * v for v in values], q)
    assert all(now or not was for was, now in zip(before, doubled, strict=True))


def duel(rng, true, sd, rounds):
    ratios = []
    for n in range(1, rounds + 1):
        ratios.append(true + sd * rng.standard_t(3))
        if n >= 6 and n % 3 == 0:
            state = judge(ratios, least=1.03)
            if state.finding is not Finding.UNDECIDED:
                return state
    return judge(ratios, least=1.03)


def test_an_unchanged_version_is_confirmed_in_at_most_one_of_a_hundred_repeats():
    rng = np.random.default_rng(4)
    wrong = sum(duel(rng, 0.0, 0.05, 150).finding is Finding.SLOWER for _ in range(100))
    assert wrong <= 1
    assert ALPHA == 0.002


def test_five_percent_are_confirmed_and_the_interval_holds_them():
    rng = np.random.default_rng(5)
    states = [duel(rng, np.log(1.05), 0.02, 300) for _ in range(20)]
    assert all(state.finding is Finding.SLOWER for state in states)
    assert all(state.low <= 1.05 <= state.high for state in states)
    assert all(state.evidence > 1 / ALPHA for state in states)


def test_no_change_is_said_only_when_a_change_that_matters_is_excluded():
    rng = np.random.default_rng(6)
    state = duel(rng, 0.0, 0.005, 300)
    assert state.finding is Finding.NO_CHANGE
    assert state.smallest_seen < 1.03
    assert judge([], least=1.03).finding is Finding.UNDECIDED


@pytest.mark.parametrize("guilty", range(1, 8))
def test_a_bisection_of_eight_versions_asks_three_at_most(guilty):
    found = bisect(8, lambda version: Nearer.NEW if version >= guilty else Nearer.OLD)
    assert found.decided
    assert found.first_new == guilty
    assert len(found.asked) <= questions(8) == 3


def test_an_undecided_version_is_walked_round():
    answers = {3: Nearer.UNDECIDED, 2: Nearer.OLD, 4: Nearer.NEW, 5: Nearer.NEW}
    found = bisect(8, lambda version: answers[version])
    assert (found.last_old, found.first_new) == (2, 4)
    assert not found.decided
