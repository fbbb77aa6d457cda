"""`tracker compare` and `tracker report`, as one types them."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.workflow.conftest import Replay, make_project
from tracker.cli import app
from tracker.config import InputError
from tracker.measurement.replay import ReplayExecutor, Scripted
from tracker.workflow.comparison import compare_sides

TESTS = ("status-clean", "blame", "diff", "commit", "amend", "merge")


def script(slow=()):
    def scripted(trial, turn):
        place = turn.round + 5 * len(trial.test.id) + len(trial.variant.name)
        time_ms = 10.0 * (1 + 0.002 * (place * 7 % 11))
        time_ms *= 3 if trial.variant.name == "jujutsu" else 1
        time_ms *= 1.6 if trial.test.id in slow else 1
        check = trial.test.for_vcs(trial.variant.vcs_type).outcome
        return Scripted(wall_ms=time_ms, cpu_ms=time_ms, outcome=check.expect or "the same")

    return scripted


@pytest.fixture(scope="module")
def sessions(tmp_path_factory, empty_mlflow):
    """Return a project with two sessions; in the second one `blame` is slower."""
    with pytest.MonkeyPatch.context() as patch:
        folder = make_project(tmp_path_factory.mktemp("compared"), patch, empty_mlflow)
        replay = Replay(folder)
        asked = {"tests": TESTS, "variants": ("git", "jujutsu"), "iterations": 12}
        replay.run(ReplayExecutor(script()), session="benchmark-1", **asked)
        second = replay.run(ReplayExecutor(script({"blame"})), session="benchmark-2", **asked)
        yield folder, second.report


def tracker(folder, *words):
    return CliRunner().invoke(app, ["--project", str(folder), *words])


def test_variants_of_a_session_are_paired(sessions):
    found = compare_sides(sessions[0], "git", "jujutsu")
    assert found.table.paired
    assert found.counts["regressed"] == len(TESTS)
    assert found.table.contrasts[0].change_percent == pytest.approx(200, abs=5)


def test_sessions_show_what_got_slower_and_nothing_else(sessions):
    found = compare_sides(sessions[0], "benchmark-1", "benchmark-2")
    slower = {
        (one.test, one.outcome) for one in found.table.contrasts if one.outcome == "regressed"
    }
    assert slower == {("blame", "regressed")}
    assert found.table.noise_between_sessions is not None
    assert not found.table.noise_supposed


def test_without_names_the_latest_two_sessions_are_compared(sessions):
    found = compare_sides(sessions[0], None, None)
    assert (found.baseline, found.candidate) == ("benchmark-1", "benchmark-2")


def test_runs_of_one_group_are_paired(sessions):
    runs = compare_sides(sessions[0], "git", "jujutsu").table.contrasts[0].runs
    found = compare_sides(sessions[0], *runs)
    assert found.table.paired
    assert found.table.contrasts[0].outcome == "regressed"


@pytest.mark.parametrize("metric", ["cpu", "memory"])
def test_other_metrics_are_compared_by_their_own_values(sessions, metric):
    found = compare_sides(sessions[0], "git", "jujutsu", metric=metric)
    expected = "regressed" if metric == "cpu" else "unchanged"
    assert {one.outcome for one in found.table.contrasts} == {expected}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("git", "benchmark-1"), "not of one kind"),
        (("git", "nothing"), "no variant"),
        (("benchmark-1", "benchmark-99"), "no session"),
        (("run-1-000000", "run-2-000000"), "no run"),
        (("git", None), "nothing to be compared with"),
    ],
)
def test_a_side_that_is_not_there_is_refused_with_what_there_is(sessions, names, said):
    with pytest.raises(InputError, match=said):
        compare_sides(sessions[0], *names)


def test_sessions_of_two_machines_are_refused_unless_asked(sessions):
    folder, _ = sessions
    file = folder / ".tracker" / "sessions" / "benchmark-1" / "session.json"
    before = file.read_text()
    changed = json.loads(before)
    changed["machine"] |= {"machineClass": "another", "cpu": "Other CPU"}
    file.write_text(json.dumps(changed))
    try:
        with pytest.raises(InputError, match="Other CPU"):
            compare_sides(folder, "benchmark-1", "benchmark-2")
        allowed = compare_sides(folder, "benchmark-1", "benchmark-2", other_machine=True)
        assert any("Other CPU" in warning for warning in allowed.warnings)
    finally:
        file.write_text(before)


def test_exit_codes_are_those_that_were_asked_for(sessions):
    folder, _ = sessions
    assert tracker(folder, "compare").exit_code == 0
    assert tracker(folder, "compare", "--fail-on-regression").exit_code == 1
    assert tracker(folder, "compare", "--strict").exit_code in (0, 3)
    assert tracker(folder, "compare", "jujutsu", "git", "--fail-on-regression").exit_code == 0


def test_every_form_says_the_same(sessions):
    folder, _ = sessions
    text = tracker(folder, "compare").stdout
    assert "2 regressed" in text.splitlines()[0]
    found = json.loads(tracker(folder, "compare", "--format", "json").stdout)
    assert found["counts"]["regressed"] == 2
    table = tracker(folder, "compare", "--format", "csv").stdout.splitlines()
    assert len(table) == 1 + 2 * len(TESTS)
    assert tracker(folder, "compare", "--format", "markdown").stdout.startswith("**benchmark-2")


def test_the_second_report_knows_the_first(sessions):
    _, report = sessions
    history = report.historical
    assert {one.test for one in history.regressions} == {"blame · small"}
    assert {one.variant for one in history.regressions} == {"git", "jujutsu"}
    assert history.sessions == 1
    assert len(history.trends_over_time) == 2 * 2 * len(TESTS)
    assert history.previous_reports
    assert any(one.id.startswith("regression") for one in (
        *report.recommendations.important, *report.recommendations.optional,
    ))  # fmt: skip


def test_parquet_has_a_row_for_every_iteration_and_a_column_for_everything(sessions, tmp_path):
    folder, _ = sessions
    file = tmp_path / "all.parquet"
    done = tracker(folder, "report", "benchmark-1", "--format", "parquet", "-o", str(file))
    assert done.exit_code == 0
    frame = pd.read_parquet(file)
    measured = frame[(frame.phase == "measured") & ~frame.fragment]
    assert len(measured) == 2 * 12 * len(TESTS)
    assert {"variant", "round", "execution_duration_ms", "performance_memory_minor_faults"} <= set(
        frame.columns
    )
    again = tracker(folder, "report", "benchmark-1", "--format", "parquet", "-o", str(file))
    assert again.exit_code != 0  # nothing is overwritten
    assert tracker(folder, "report", "--format", "parquet").exit_code == 2


def test_a_comment_names_regressions_first_and_fits(sessions):
    folder, _ = sessions
    text = tracker(folder, "report", "benchmark-2", "--format", "comment").stdout
    assert text.startswith("### Benchmark: 2 regressions")
    assert text.rstrip().endswith("<!-- vcs-tracker -->")
    assert len(text.encode()) < 65_000
