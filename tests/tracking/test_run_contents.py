"""Datasets, tables, pictures and trends of a session in the store."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.tracking.synthetic import Trial, fixture, record_session, result, session
from tracker.tracking import names
from tracker.tracking.cases import cases
from tracker.tracking.figures import case_figure, figures
from tracker.tracking.names import Metric, Tag
from tracker.tracking.session_tables import comparisons_table, iterations_table, results_table


def runs_of(tracking, level):
    runs = tracking.client.search_runs([tracking.experiment_id], max_results=1000)
    return [run for run in runs if run.data.tags[Tag.LEVEL] == level]


def rows(text):
    return list(csv.DictReader(text.splitlines()))


def test_a_trial_s_repository_is_its_dataset_without_its_folder(tracking):
    info = session()
    tracking.begin_session(info)
    trial = Trial(info, "commit", "small", "git")
    run_id = tracking.log_trial(
        trial.summary, trial.records, trial.stats, None, fixture=fixture(trial.summary)
    )
    (used,) = tracking.client.get_run(run_id).inputs.dataset_inputs
    assert used.dataset.name == trial.summary.repo_id
    assert used.dataset.source_type == "synthetic"
    source = json.loads(used.dataset.source)
    assert source["seed"] == 7
    assert source["parameters"]["commits"]
    assert json.loads(used.dataset.profile)["files"] == 500
    assert "secret" not in used.dataset.source + used.dataset.profile


def test_every_trial_of_a_repository_has_the_same_dataset(tracking):
    record_session(tracking, session(), operations=("status", "commit"))
    digests = {
        one.dataset.digest
        for run in runs_of(tracking, names.TRIAL)
        for one in run.inputs.dataset_inputs
    }
    assert len(digests) == 1


def test_a_trend_run_has_a_step_for_each_session_however_often_it_is_written(open_tracking):
    for number in (0, 1, 1, 2):
        tracking = open_tracking()
        record_session(tracking, session(number), operations=("status",))
    trends = runs_of(tracking, names.TREND)
    assert {run.data.tags[Tag.VARIANT] for run in trends} == {"git", "git-worktrees", "jujutsu"}
    for run in trends:
        history = tracking.client.get_metric_history(run.info.run_id, "status/small.time_ms.median")
        assert [point.step for point in history] == [1, 2, 3]
        assert [point.timestamp for point in history] == [session(n).started_ms for n in (0, 1, 2)]


def test_machines_of_different_classes_have_trends_of_their_own(open_tracking):
    here = session(0)
    there = here.machine.model_copy(update={"machine_class": "fff"})
    for info in (here, session(1, machine=there)):
        tracking = open_tracking()
        record_session(tracking, info, operations=("status",), variants=("git",))
    assert len(runs_of(tracking, names.TREND)) == 2


def test_regressions_are_counted_tagged_and_named(tracking):
    record_session(tracking, session(), operations=("status",), slower=("git",))
    tagged = {
        run.data.params["variant"]: run.data.tags[Tag.REGRESSION]
        for run in runs_of(tracking, names.TRIAL)
    }
    assert tagged == {"git": "slower (confirmed)", "git-worktrees": "none", "jujutsu": "none"}
    (own,) = runs_of(tracking, names.SESSION)
    assert own.data.metrics[Metric.SESSION_REGRESSIONS] == 1
    assert "Slower than before: status on small with git" in own.data.tags[Tag.NOTE]
    view = tracking.client.get_experiment(tracking.experiment_id).tags[f"{Tag.VIEW}regressions"]
    assert json.loads(view)["name"] == "Regressions: 1 in the latest session"


def test_the_session_has_tables_and_a_picture_of_each_test(tracking):
    record_session(tracking, session(), operations=("status", "commit"))
    (own,) = runs_of(tracking, names.SESSION)
    folder = Path(own.info.artifact_uri)
    table = rows((folder / "tables" / "results.csv").read_text())
    assert len(table) == 6
    assert [row["variant"] for row in table[:3]] == ["jujutsu", "git", "git-worktrees"]
    assert {path.name for path in (folder / "figures").iterdir()} == {
        "status-small.svg",
        "commit-small.svg",
    }


def test_a_table_has_no_formula_and_leaves_the_unknown_empty():
    trial = Trial(session(), "commit", "small", "git")
    odd = result([trial]).model_copy(update={"variants": {"=git": trial.stats}})
    (row,) = rows(results_table([odd]))
    assert row["variant"] == "'=git"
    assert row["p25_ms"] == ""
    assert comparisons_table([result([trial])]) == ""
    assert len(rows(iterations_table(trial.records))) == 15


def test_a_picture_is_ordered_by_speed_and_escapes_names():
    info = session()
    stats = {name: Trial(info, "commit", "small", name).stats for name in ("git", "jujutsu")}
    middle = Trial(info, "commit", "small", "git+x").stats
    some = result([Trial(info, "commit", "small", "git")])
    some = some.model_copy(update={"variants": {**stats, "<b>&jj</b>": middle}})
    (case,) = cases([some])
    root = ET.fromstring(case_figure(case, {"git": "#123456"}))
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert [text for text in texts if text in {"git", "<b>&jj</b>", "jujutsu"}] == [
        "jujutsu",
        "<b>&jj</b>",
        "git",
    ]
    bars = [element.get("fill") for element in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert bars[-1] == "#123456"
    assert list(figures([case], {})) == ["figures/commit-small.svg"]
