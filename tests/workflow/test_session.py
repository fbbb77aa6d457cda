"""The whole pipeline by the replay executor: no clock, no processes, real stores and files."""

import json
import sqlite3

import pytest

from patterns.store import PatternStore
from tests.workflow.conftest import Replay, make_project
from tracker.config import InputError
from tracker.measurement.executor import ExecutorError
from tracker.measurement.replay import ReplayExecutor, Scripted
from tracker.models import BenchmarkReport, ErrorType
from tracker.workflow import bench, preparation
from tracker.workflow.history import list_runs, query_patterns
from tracker.workflow.reports import render_session

FACTORS = {"git": 1.0, "git-worktrees": 1.0, "jujutsu": 4.0}
TESTS = ("commit", "status-clean", "merge")


def wobble(place: int) -> float:
    """Return a factor near 1 that differs between rounds and is nobody's favour."""
    return 1 + 0.002 * ((place * 7) % 11)


def scripted(trial, turn):
    noise = wobble(turn.round + (3 if trial.variant.name == "git-worktrees" else 0))
    time_ms = 10.0 * FACTORS[trial.variant.name] * noise
    check = trial.test.for_vcs(trial.variant.vcs_type).outcome
    return Scripted(wall_ms=time_ms, cpu_ms=time_ms * 0.9, outcome=check.expect or "the same")


def query(project, task, **filters):
    options = {
        "k": 10,
        "min_reward": None,
        "only_successes": False,
        "only_failures": False,
        "since": None,
        "variant": None,
    }
    return query_patterns(project, task=task, **(options | filters))


@pytest.fixture(scope="module")
def finished(tmp_path_factory, empty_mlflow):
    """Return a finished session: what it answered, and its project, which tests only read."""
    with pytest.MonkeyPatch.context() as patch:
        folder = make_project(tmp_path_factory.mktemp("finished"), patch, empty_mlflow)
        return Replay(folder).run(ReplayExecutor(scripted), tests=TESTS), folder


@pytest.fixture
def outcome(finished):
    return finished[0]


@pytest.fixture
def measured(finished):
    return finished[1]


def test_a_planted_difference_is_found_and_none_is_invented(outcome):
    for result in outcome.report.results:
        assert set(result.leaders) == {"git", "git-worktrees"}
        assert result.insights.winner is None
        assert result.comparison.jj_vs_git.verdict == "different"
        assert result.comparison.jj_vs_git.speedup_factor == pytest.approx(0.25, rel=0.02)
        assert result.comparison.git_vs_git_worktrees.verdict == "equivalent"


def test_the_session_ends_well(outcome):
    assert outcome.exit_code == 0
    assert outcome.report.summary.total_tests == 9
    assert outcome.report.summary.failed_tests == 0


def test_every_trial_is_a_run_and_a_pattern(outcome, measured):
    runs = list_runs(measured, session=None, limit=None)
    assert len(runs) == 9
    assert {run["status"] for run in runs} == {"finished"}
    assert {(run["testId"], run["variant"]) for run in runs} == {
        (test, variant) for test in TESTS for variant in FACTORS
    }
    assert query(measured, "*").statistics.total_found == 9


def test_each_run_knows_its_run_in_mlflow(outcome, measured):
    with sqlite3.connect(measured / "mlflow.db") as store:
        known = {row[0] for row in store.execute("select run_uuid from runs")}
    named = {run["mlflowRunId"] for run in list_runs(measured, session=None, limit=None)}
    assert len(named) == 9
    assert named <= known


def test_rewards_are_against_git(outcome, measured):
    rewards = {pattern.task: pattern.reward for pattern in query(measured, "commit-*").patterns}
    assert rewards["commit-git-benchmark"] == pytest.approx(0.5)
    assert rewards["commit-jujutsu-benchmark"] < 0.1
    assert outcome.report.results[0].learning.rewards["git"] == pytest.approx(0.5)


def test_a_critique_says_what_was_compared(outcome, measured):
    (pattern,) = query(measured, "commit-jujutsu-benchmark").patterns
    assert "slower than git" in pattern.critique
    assert "15 rounds" in pattern.critique


def test_the_report_s_files_are_there_and_round_trip(outcome, measured):
    (folder,) = (measured / "results").iterdir()
    assert {path.name for path in folder.iterdir()} >= {
        "report.html",
        "report.md",
        "report.json",
        "results.csv",
        "config.json",
        "raw",
    }
    assert (
        BenchmarkReport.model_validate_json((folder / "report.json").read_text()) == outcome.report
    )
    lines = (folder / "results.csv").read_text().splitlines()
    assert len(lines) == 1 + 9 * 15
    assert (folder / outcome.report.appendices.raw_data).is_file()


def test_a_report_can_be_shown_again(outcome, measured):
    shown = render_session(measured, None, "json")
    assert BenchmarkReport.model_validate_json(shown) == outcome.report
    assert render_session(measured, None, "markdown").startswith("# Benchmark Report")
    assert render_session(measured, None, "csv").count("\n") == 1 + 9 * 15
    assert "<!doctype html>" in render_session(measured, None, "html").lower()


def test_a_second_session_builds_on_the_first(replay):
    first = replay.run(ReplayExecutor(scripted), tests=("commit",))

    def slower(trial, turn):
        return scripted(trial, turn).model_copy(update={"wall_ms": 20.0})

    second = replay.run(ReplayExecutor(slower), tests=("commit",))
    assert second.report.historical.previous_reports == (first.report.metadata.report_id,)
    patterns = query(replay.project, "commit-git-benchmark").patterns
    assert [round(pattern.reward, 2) for pattern in patterns] == [0.5, pytest.approx(0.23, abs=0.1)]


def test_a_failing_variant_ends_with_4_and_is_not_compared(replay):
    def script(trial, turn):
        if trial.variant.name == "jujutsu":
            return Scripted(wall_ms=1.0, exit_code=2, stderr="jj: broken\n")
        return scripted(trial, turn)

    outcome = replay.run(ReplayExecutor(script), tests=("commit",))
    assert outcome.exit_code == 4
    (result,) = outcome.report.results
    assert result.jujutsu is None
    assert result.comparison.jj_vs_git is None
    assert any("jujutsu is not compared" in note for note in result.notes)
    (pattern,) = query(replay.project, "commit-jujutsu-benchmark", only_failures=True).patterns
    assert pattern.reward == 0
    assert "exit-code" in pattern.critique


def test_a_wrong_outcome_is_void(replay):
    def script(trial, turn):
        wrong = trial.variant.name == "jujutsu"
        return scripted(trial, turn).model_copy(
            update={"outcome": "another tree" if wrong else "the tree"}
        )

    outcome = replay.run(ReplayExecutor(script), tests=("commit",))
    (result,) = outcome.report.results
    assert set(result.variants) == {"git", "git-worktrees"}
    statuses = {
        run["variant"]: run["status"] for run in list_runs(replay.project, session=None, limit=None)
    }
    assert statuses["jujutsu"] == "void"


def test_without_jj_the_table_says_so_first(without_jj, replay):
    outcome = replay.run(ReplayExecutor(scripted), tests=("commit",))
    assert outcome.exit_code == 0
    assert "jujutsu" in outcome.table.splitlines()[0]
    assert "tracker tools install jj" in outcome.table
    assert set(outcome.report.results[0].variants) == {"git", "git-worktrees"}


def test_an_interrupted_session_goes_on(replay):
    class InterruptError(Exception):
        pass

    def dies(call):
        if call.method == "measure" and call.test == "status-clean" and call.round == 3:
            raise InterruptError

    with pytest.raises(InterruptError):
        replay.run(ReplayExecutor(scripted, after_call=dies), tests=TESTS, seed=5)
    before = list_runs(replay.project, session=None, limit=None)
    assert {run["testId"] for run in before} < set(TESTS)
    outcome = replay.run(ReplayExecutor(scripted), sources=(), resume=True)
    after = list_runs(replay.project, session=None, limit=None)
    assert outcome.exit_code == 0
    assert len(after) == 9
    assert {run["runId"] for run in before} <= {run["runId"] for run in after}
    with sqlite3.connect(replay.project / "mlflow.db") as store:
        states = {row[0] for row in store.execute("select status from runs")}
    assert states == {"FINISHED"}


def test_resuming_measures_finished_groups_no_second_time(replay):
    def dies(call):
        if call.method == "end" and call.test == "status-clean":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay.run(ReplayExecutor(scripted, after_call=dies), tests=("status-clean", "merge"))
    second = ReplayExecutor(scripted)
    replay.run(second, sources=(), resume=True)
    measured = {(call.test, call.variant) for call in second.calls if call.method == "measure"}
    assert ("merge", "git") in measured


def test_a_session_id_is_used_once_and_a_finished_session_is_not_resumed(measured):
    (folder,) = (measured / ".tracker" / "sessions").iterdir()
    again = Replay(measured)
    with pytest.raises(InputError, match="begun already"):
        again.run(ReplayExecutor(scripted), session=folder.name)
    with pytest.raises(InputError, match="no interrupted session"):
        again.run(ReplayExecutor(scripted), sources=(), resume=True)


def test_the_same_seed_measures_in_the_same_order(replay):
    for _ in range(2):
        replay.run(ReplayExecutor(scripted), tests=("commit",), seed=3)
    first, second = (executor.calls for executor in replay.executors)
    assert first == second


def test_patterns_are_not_stored_where_the_configuration_says_so(replay, tmp_path):
    config = {
        "id": "benchmark-0a0a0a0a",
        "name": "quiet",
        "execution": {"iterations": 6, "warmupRuns": 0, "timeout": 1000},
        "environment": {},
        "tests": {"suites": ["basic-operations"], "include": ["commit"]},
        "agentdb": {"enabled": False, "storePatterns": False, "queryHistorical": False},
    }
    file = tmp_path / "quiet.json"
    file.write_text(json.dumps(config))
    replay.run(ReplayExecutor(scripted), sources=(str(file),))
    assert not (replay.project / "tracker.db").exists()


def test_wanted_precision_is_reached_and_said(replay):
    outcome = replay.run(ReplayExecutor(scripted), tests=("commit",), precision="2%")
    (result,) = outcome.report.results
    assert result.notes[0].startswith("±2 % reached after 19 rounds")
    assert "±2 % reached" in outcome.table


@pytest.mark.parametrize(
    "options",
    [
        {"precision": "two"},
        {"precision": "0%"},
        {"precision": "2%", "iterations": 20},
        {"max_iterations": 50},
        {"precision": "2%", "max_iterations": 10},
        {"precision": "2%", "max_minutes": -1},
    ],
)
def test_contradicting_options_of_precision_are_refused(replay, options):
    with pytest.raises(InputError):
        replay.run(ReplayExecutor(scripted), **options)


def test_read_only_store_ends_the_session_as_store_and_it_goes_on(replay, monkeypatch):
    kept = f"sqlite:///{replay.project}/kept.db"
    PatternStore(kept).close()
    monkeypatch.setenv("TRACKER_STORE_URL", kept)
    read_only = f"sqlite:///file:{replay.project}/kept.db?mode=ro&uri=true"
    monkeypatch.setattr(bench, "PatternStore", lambda _: PatternStore(read_only))
    with pytest.raises(ExecutorError, match="tracker run --resume") as caught:
        replay.run(ReplayExecutor(scripted), tests=("commit",), session="benchmark-77")
    assert caught.value.error_type is ErrorType.STORE
    journal = replay.project / ".tracker" / "sessions" / "benchmark-77" / "journal.jsonl"
    assert json.loads(journal.read_text().splitlines()[-1])["errorType"] == "store"
    monkeypatch.setattr(bench, "PatternStore", PatternStore)
    again = ReplayExecutor(scripted)
    outcome = replay.run(again, sources=(), session="benchmark-77", resume=True)
    assert outcome.exit_code == 0
    assert "measure" not in {call.method for call in again.calls}
    assert len(list_runs(replay.project, session=None, limit=None)) == 3


def test_the_place_of_measurement_changes_no_verdict(replay, monkeypatch):
    """The same measured values make the same results, bit for bit, wherever they come from."""
    monkeypatch.setattr(
        preparation, "_toolboxes", lambda workspace, *_: lambda _: workspace
    )  # nothing is asked of an engine here
    results = [
        replay.run(ReplayExecutor(scripted), tests=("commit",), seed=5, environment=place)
        .report.results[0]
        .model_dump(exclude={"timestamp", "insights", "learning", "quality"})
        for place in ("local", "docker")
    ]
    assert results[0] == results[1]
