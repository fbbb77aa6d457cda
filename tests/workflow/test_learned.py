"""The `agentdb` block: what is stored, what is asked of the past, and that neither costs time."""

import json

import pytest

from patterns.models import ExpectedImpact, Implementation, Recommendation
from patterns.store import PatternStore, StoreError
from tests.workflow.test_session import scripted
from tracker.measurement.replay import ReplayExecutor, Scripted
from tracker.models.report import ReportRecommendations
from tracker.workflow.learned import keep_recommendations

COMMIT = {
    "id": "benchmark-0a0a0a0a",
    "name": "memory",
    "execution": {"iterations": 6, "warmupRuns": 0, "timeout": 1000, "randomSeed": 1},
    "environment": {},
    "tests": {"suites": ["basic-operations"], "include": ["commit"]},
}


@pytest.fixture
def run(replay, tmp_path):
    """Return what runs a session with some keys of the `agentdb` block."""

    def session(executor=None, **agentdb):
        file = tmp_path / "config.json"
        file.write_text(json.dumps(COMMIT | {"agentdb": agentdb}))
        executor = executor or ReplayExecutor(scripted)
        return replay.run(executor, sources=(str(file),))

    return session


@pytest.fixture
def store(replay):
    def opened():
        return PatternStore(f"sqlite:///{replay.project}/tracker.db", create=False)

    return opened


def _patterns(outcome, kind):
    (result,) = outcome.report.results
    return [one for one in result.learning.patterns if one.type == kind]


def test_what_recurs_is_in_the_report_with_counts_that_the_store_has(run, store):
    def failing(trial, turn):
        if trial.variant.name == "jujutsu":
            return Scripted(wall_ms=1.0, exit_code=2, stderr="jj: broken\n")
        return scripted(trial, turn)

    assert _patterns(run(), "usage") == []  # once is no habit
    for _ in range(2):
        outcome = run(ReplayExecutor(scripted))
    outcome = run(ReplayExecutor(failing))
    with store() as history:
        sessions, failures = history.sessions(), history.failures("commit")
    (usage,) = _patterns(outcome, "usage")
    assert usage.frequency == len(sessions) == 4
    assert set(usage.examples) == {row.session_id for row in sessions}
    (error,) = _patterns(outcome, "error")
    assert error.frequency == sum(one.iterations for one in failures) > 0
    assert set(error.examples) == {one.run_id for one in failures}
    slower = [one for one in _patterns(outcome, "performance") if "jujutsu" in one.description]
    assert [one.frequency for one in slower] == [3]
    assert "slower than its pinned baseline in 3 of 3 trials" in slower[0].description


def test_history_is_asked_when_the_last_measurement_is_over(run, monkeypatch):
    run()
    executor, seen = ReplayExecutor(scripted), []
    for name in ("trials", "failures"):
        asked = getattr(PatternStore, name)

        def watched(store, operation, asked=asked):
            seen.append(len(executor.calls))
            return asked(store, operation)

        monkeypatch.setattr(PatternStore, name, watched)
    run(executor)
    after = [call.method for call in executor.calls[min(seen) :]]
    assert seen
    assert set(after) <= {"close"}


@pytest.mark.parametrize(
    "off", [{"queryHistorical": False}, {"enabled": False}, {"enabled": False, "sessionId": None}]
)
def test_history_that_is_not_asked_is_not_read(run, monkeypatch, off):
    run()

    def refuse(_store, _operation):
        raise AssertionError("history was read")

    monkeypatch.setattr(PatternStore, "trials", refuse)
    (result,) = run(**off).report.results
    assert result.learning.patterns == ()


def test_history_is_asked_without_being_written(run, store):
    for _ in range(2):
        run()
    outcome = run(storePatterns=False)
    assert [one.frequency for one in _patterns(outcome, "usage")] == [2]
    with store() as history:
        assert len(history.sessions()) == 2


def test_a_project_without_a_store_gets_none_where_nothing_is_kept(run, replay):
    (result,) = run(storePatterns=False).report.results
    assert result.learning.patterns == ()
    assert not (replay.project / "tracker.db").exists()


def test_a_session_has_the_id_that_the_configuration_gives(run, store):
    run(sessionId="benchmark-1699564800000")
    with store() as history:
        assert [row.session_id for row in history.sessions()] == ["benchmark-1699564800000"]


def test_a_history_that_cannot_be_read_costs_no_report(run, replay, monkeypatch):
    def broken(_store, _operation):
        raise StoreError("tracker.db: the file is damaged")

    monkeypatch.setattr(PatternStore, "failures", broken)
    (result,) = run().report.results
    assert result.learning.patterns == ()
    assert any("without the history" in warning for warning in replay.warnings)


def test_the_tables_hold_what_was_measured(run, store):
    run()
    with store() as history:
        rows = [row for run in history.runs() for row in history.results(run.run_id)]
        kept = history.trends("commit")
        history.refresh_trends()
        assert history.trends("commit") == kept
    assert len(rows) == 3 * 6
    assert sum(row.sample_count for row in kept) == sum(row.success for row in rows)


def test_a_report_s_recommendations_are_kept_the_most_urgent_first(run, store):
    given = run().report
    one = Recommendation(
        id="r1",
        priority="low",
        category="performance",
        title="later",
        description="d",
        rationale="r",
        expected_impact=ExpectedImpact(metric="time", improvement=12.5, confidence=0.95),
        implementation=Implementation(effort="low", steps=(), risks=()),
    )
    urgent = one.model_copy(update={"id": "r2", "priority": "critical", "title": "now"})
    recommendations = ReportRecommendations(critical=(urgent,), optional=(one,))
    report = given.model_copy(update={"recommendations": recommendations})
    with store() as history:
        assert keep_recommendations(report, history) == 2
        keep_recommendations(report, history)
        kept = history.recommendations(report.metadata.report_id)
    assert [(row.title, row.expected_impact) for row in kept] == [("now", 12.5), ("later", 12.5)]
