import pytest

from tests.analysis.builder import Measured, group, paired
from tests.report.session import session_of
from tracker.models import SkippedTrial
from tracker.report.words import summary, verdict, warnings


def skipped(variant, test_id, reason):
    return SkippedTrial(
        suite_id="basic-operations",
        test_id=test_id,
        variant=variant,
        repo_size="small",
        reason=reason,
    )


def test_the_summary_reads_like_this(session, snapshot):
    assert summary(session.report) == snapshot


def test_an_empty_session_has_nothing_to_compare():
    assert summary(session_of([]).report) == "Nothing could be compared."


def test_equals_are_not_ranked():
    times = paired({"git": 5.0, "jujutsu": 5.0}, 30, seed=1)
    text = summary(session_of([group(Measured(times))]).report)
    assert "were equivalent within ±2 % in the one test" in text
    assert "faster" not in text


def test_too_few_rounds_are_not_called_a_tie():
    text = summary(session_of([group(Measured({"git": [5.0], "jujutsu": [9.0]}))]).report)
    assert "could not be told apart (too few rounds: 1 of" in text


def test_a_system_without_a_trial_is_named_once_with_its_reason(session_without_jujutsu):
    measured = session_without_jujutsu.measured
    assert warnings(measured.trials, measured.skipped) == (
        "jujutsu was not measured: jj is not installed: run `tracker tools install jj`",
    )


def test_a_test_without_a_system_is_named(session):
    found = warnings(session.measured.trials, [skipped("jujutsu", "blame", "needs jj ≥ 0.40")])
    assert found == ("jujutsu was not measured in blame: needs jj ≥ 0.40",)


@pytest.mark.parametrize(
    ("status", "said"), [("void", "is void"), ("failed", "failed"), ("interrupted", "interrupted")]
)
def test_trials_that_did_not_end_well_are_named(session, status, said):
    trial = session.measured.trials[0].model_copy(update={"status": status, "reason": "why"})
    (warning,) = warnings([trial], [])
    assert said in warning
    assert warning.endswith("in status-clean: why")


def test_a_verdict_names_the_faster_side_whichever_it_is(session):
    pair = session.results[0].comparison.jj_vs_git
    text = verdict("jujutsu", "git", pair)
    assert text.startswith("git is faster 6.")
    assert verdict("git", "jujutsu", pair.inverted()) == text
