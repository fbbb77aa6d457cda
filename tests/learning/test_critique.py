"""A critique says what was found, and never more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns.learning.critique import ComparisonFact, CritiqueFacts, FailureFact, critique
from patterns.learning.reward import Measured, reward_terms

CLAIMS = ("faster", "slower", "less ", "more ")


def terms(successes=15, attempts=15, baseline=Measured(time=95.0)):  # noqa: B008  frozen
    return reward_terms(Measured(time=45.0), baseline, successes=successes, attempts=attempts)


def fact(**changes):
    given = {
        "metric": "time",
        "baseline": "git",
        "ratio": 2.1,
        "interval": (1.9, 2.3),
        "n": 15,
        "verdict": "different",
    }
    return ComparisonFact(**{**given, **changes})


def said(*comparisons, **changes):
    return critique(
        CritiqueFacts(
            **{"variant": "jujutsu", "terms": terms(), "comparisons": comparisons, **changes}
        )
    )


def test_a_difference_names_metric_baseline_ratio_interval_and_n():
    assert said(fact()).startswith("2.1x faster than git (95 % interval 1.9 to 2.3, 15 rounds).")


def test_a_slower_variant_is_told_by_the_inverse_factor():
    text = said(fact(ratio=0.5, interval=(0.4, 0.625)))
    assert text.startswith("2x slower than git (95 % interval 1.6 to 2.5, 15 rounds).")


def test_memory_is_used_not_fast():
    text = said(fact(metric="memory", ratio=0.25, interval=None))
    assert text.startswith("4x more peak memory than git (no interval, 15 rounds).")
    assert said(fact(metric="io", ratio=4)).startswith("4x less I/O operations than git")


@given(
    st.sampled_from(["time", "cpu", "memory", "io", "disk"]),
    st.floats(1e-3, 1e3),
    st.sampled_from(["equivalent", "unresolved", None]),
)
def test_nothing_is_claimed_without_the_verdict_different(metric, ratio, verdict):
    text = said(fact(metric=metric, ratio=ratio, verdict=verdict))
    assert not any(claim in text for claim in CLAIMS)


def test_the_unresolved_is_called_undecided_with_its_reason_and_interval():
    text = said(
        fact(ratio=1.02, interval=(0.9, 1.2), verdict="unresolved", reason="too few rounds: 5 of 8")
    )
    assert "Time against git is undecided: too few rounds: 5 of 8" in text
    assert "git / this 1.02, 95 % interval 0.9 to 1.2" in text


def test_equivalence_states_its_threshold():
    text = said(
        fact(ratio=1.01, interval=(0.98, 1.03), verdict="equivalent", threshold=5, level=0.9)
    )
    assert "Time is that of git, within ±5 %" in text
    assert "90 % interval 0.98 to 1.03" in text


def test_the_untested_is_described_as_such():
    text = said(fact(metric="memory", ratio=0.8, interval=None, verdict=None))
    assert "Peak memory: git / this 0.8 (no interval, 15 rounds, not tested)." in text


def test_unpaired_evidence_is_called_that():
    assert "15 iterations, unpaired" in said(fact(paired=False))


def test_a_ratio_that_is_unknown_says_why():
    text = said(fact(ratio=None, verdict="unresolved", reason="zero variance"))
    assert text.startswith("Time cannot be compared with git: zero variance.")


def test_failures_are_counted_by_cause_with_the_first_one_s_words():
    failures = (
        FailureFact(error_type="exit-code", count=1, detail="fatal: \n not a git repository"),
        FailureFact(error_type="timeout", count=2),
    )
    text = said(terms=terms(12), failures=failures)
    cause = "3 of 15 iterations failed: 2 timeout, 1 exit-code (fatal: not a git repository)."
    assert cause in text
    assert "times reliability 0.8 squared" in text


def test_a_long_detail_is_cut():
    text = said(
        terms=terms(14), failures=(FailureFact(error_type="oom", count=1, detail="x" * 999),)
    )
    assert len(text) < 300
    assert "…" in text


def test_a_void_trial_is_not_compared():
    text = said(fact(), status="void", reason="tree id differs from git's")
    assert text.startswith("Void: tree id differs from git's.")
    assert "faster" not in text


def test_a_missing_baseline_is_said():
    text = said(terms=terms(baseline=None))
    assert "No reward: there is no baseline" in text


def test_nothing_succeeded_is_said():
    text = said(terms=terms(0))
    assert "15 of 15 iterations failed." in text
    assert "Reward 0: nothing succeeded." in text


@pytest.mark.parametrize(
    ("ratio", "shown"), [(2.0999, "2.1x"), (1234.5, "1234x"), (12.34, "12.3x")]
)
def test_factors_have_three_digits(ratio, shown):
    assert said(fact(ratio=ratio)).startswith(shown)
