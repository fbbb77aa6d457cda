"""Advice from a history in which the truth is known."""

import pytest

from patterns.learning.recommendation import RecommendationError
from patterns.learning.recommendation.advice import Advice, Bounds, verdict_of
from patterns.learning.recommendation.advising import Adviser, Question
from patterns.learning.recommendation.exploration import proposals
from patterns.learning.recommendation.history import history_of
from patterns.learning.recommendation.model import Effort
from patterns.learning.recommendation.workload import Workload
from tests.learning.recommendation.histories import cost_ms, records

QUICK = Effort(trees=40)
WORK = Workload("work", {"status-dirty": 90.0, "commit": 10.0}, "test")


@pytest.fixture(scope="module")
def adviser() -> Adviser:
    """Return an adviser who knows 60 repositories."""
    return Adviser.fit(history_of(records(40)), WORK, effort=QUICK)


def _ask(adviser: Adviser, files: float, commits: float = 300) -> Advice:
    sizes = {"branches": 3.0, "tags": 0.0, "total_bytes": 2000.0 * files}
    features = {"files": files, "commits": commits, **sizes}
    return adviser.advise(Question(features, adviser.workload, "here"))


def _per_day(variant: str, files: float) -> float:
    return sum(
        times * cost_ms(operation, variant, files, 300) for operation, times in WORK.per_day.items()
    )


def test_large_repository_gets_what_pays_there(adviser: Adviser) -> None:
    advice = _ask(adviser, 8_000)
    assert (advice.recommended, advice.verdict) == ("git+watch", "faster")
    assert advice.saving_ms_per_day is not None
    assert advice.saving_ms_per_day.low is not None
    assert advice.saving_ms_per_day.high is not None
    true = _per_day("git", 8_000) - _per_day("git+watch", 8_000)
    assert advice.saving_ms_per_day.low <= true <= advice.saving_ms_per_day.high


def test_small_repository_keeps_what_it_has(adviser: Adviser) -> None:
    assert _ask(adviser, 60).recommended != "git+watch"


def test_equal_variants_are_no_measurable_difference() -> None:
    some = [one for one in records(40) if one.context.variant != "git+watch"]
    advice = _ask(Adviser.fit(history_of(some), WORK, effort=QUICK), 1_000)
    assert advice.recommended == "git"
    assert advice.verdict in ("no measurable difference", "keep")


def test_evidence_names_runs_and_distances(adviser: Adviser) -> None:
    nearest = _ask(adviser, 8_000).nearest
    assert [one.distance for one in nearest] == sorted(one.distance for one in nearest)
    assert all(one.runs and one.n for one in nearest)


def test_few_repositories_are_a_cold_start() -> None:
    advice = _ask(Adviser.fit(history_of(records(4)), WORK, effort=QUICK), 8_000)
    assert "cold start" in advice.evidence_kind
    assert advice.verdict != "faster"


def test_unlike_everything_is_a_cold_start(adviser: Adviser) -> None:
    assert "cold start" in _ask(adviser, 5_000_000, commits=1_000_000).evidence_kind


def test_one_off_cost_pays_back() -> None:
    history = history_of(records(40, one_offs={"git+watch": 900.0}))
    advice = _ask(Adviser.fit(history, WORK, effort=QUICK), 8_000)
    assert advice.one_off_ms is not None
    assert 800 < advice.one_off_ms < 1000
    assert advice.pay_back_days is not None
    assert advice.saving_ms_per_day is not None
    assert advice.pay_back_days == pytest.approx(advice.one_off_ms / advice.saving_ms_per_day.value)


def test_same_question_and_history_have_the_same_answer(adviser: Adviser) -> None:
    again = Adviser.fit(history_of(records(40)), WORK, effort=QUICK)
    assert _ask(adviser, 700).to_json() == _ask(again, 700).to_json()


def test_nothing_measured_of_the_workload_is_told(adviser: Adviser) -> None:
    other = Workload("other", {"rebase": 1.0}, "test")
    with pytest.raises(RecommendationError, match="rebase"):
        Adviser.fit(adviser.history, other, effort=QUICK)


def test_what_could_be_best_is_worth_measuring(adviser: Adviser) -> None:
    near = proposals(_ask(adviser, 360))
    far = proposals(_ask(adviser, 15_000))
    assert {one.variant for one in near} == {"git+watch", "git+same"}
    best = {one.variant: one.regret_reduction for one in far}
    assert best["git+same"] < near[0].regret_reduction
    assert all(one.minutes and one.minutes > 0 for one in near)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.6, 0.8, "faster"),
        (0.97, 1.02, "no measurable difference"),
        (0.7, 1.1, "uncertain"),
        (None, None, "uncertain"),
    ],
)
def test_verdict_is_what_the_interval_allows(low, high, verdict) -> None:
    assert verdict_of(Bounds(value=0.9, low=low, high=high)) == verdict
