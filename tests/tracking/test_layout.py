"""What a session looks like in the store."""

import json
import sqlite3
from pathlib import Path

from tests.tracking.synthetic import (
    OPERATIONS,
    VARIANTS,
    Trial,
    config,
    record,
    record_session,
    result,
    session,
)
from tracker.tracking import names
from tracker.tracking.cases import cases
from tracker.tracking.names import Metric, Tag
from tracker.tracking.trial_run import ITERATIONS_FILE


def runs_of(tracking, level=None):
    runs = tracking.client.search_runs([tracking.experiment_id], max_results=1000)
    return [run for run in runs if level is None or run.data.tags[Tag.LEVEL] == level]


def log_one(tracking, **changes):
    info = session()
    tracking.begin_session(info)
    trial = Trial(info, "commit", "small", "jujutsu", **changes)
    run_id = tracking.log_trial(trial.summary, trial.records, trial.stats, trial.reward, "note")
    return trial, tracking.client.get_run(run_id)


def artifact(tracking, run_id, path, folder):
    return Path(tracking.client.download_artifacts(run_id, path, str(folder))).read_text()


def test_a_session_is_flat_trials_a_run_per_variant_and_one_of_its_own(tracking, tmp_path):
    report = tmp_path / "report"
    report.mkdir()
    (report / "report.html").write_text("<h1>Report</h1>")
    record_session(tracking, session(), report_dir=report)
    assert len(runs_of(tracking, names.TRIAL)) == len(OPERATIONS) * len(VARIANTS)
    assert len(runs_of(tracking, names.VARIANT)) == len(VARIANTS)
    (own,) = runs_of(tracking, names.SESSION)
    assert all("mlflow.parentRunId" not in run.data.tags for run in runs_of(tracking))
    assert all(run.info.status == "FINISHED" for run in runs_of(tracking))
    assert own.data.metrics[Metric.SESSION_TRIALS] == len(OPERATIONS) * len(VARIANTS)
    assert [f.path for f in tracking.client.list_artifacts(own.info.run_id, "report")] == [
        "report/report.html"
    ]


def test_a_trial_is_named_by_what_was_measured(tracking):
    trial, run = log_one(tracking)
    assert run.info.run_name == f"commit · small · jujutsu · {session().session_id}"
    assert run.data.params["operation"] == "commit"
    assert run.data.params["repo_size"] == "small"
    assert run.data.params["iterations"] == "15"
    assert run.data.params["seed"] == "42"
    assert run.data.tags[Tag.RUN_ID] == trial.summary.run_id
    assert run.data.tags["tool.jj"] == "0.35.0"
    assert run.data.tags[Tag.COLOUR] == "#0072b2"
    assert run.data.tags[Tag.NOTE].startswith("commit on small with jujutsu: median")


def test_results_are_logged_before_samples_and_the_median_first(tracking, project):
    trial, run = log_one(tracking)
    with sqlite3.connect(project / "mlflow.db") as store:
        rows = store.execute(
            "select key from latest_metrics where run_uuid = ? order by rowid", [run.info.run_id]
        ).fetchall()
    store.close()
    order = [key for (key,) in rows]
    assert order[0] == Metric.TIME_MEDIAN
    prefixes = [key.partition("/")[0] for key in order]
    assert prefixes == sorted(prefixes)
    assert run.data.metrics[Metric.TIME_MEDIAN] == trial.stats.time_ms.median


def test_samples_are_the_valid_iterations_alone(tracking):
    info = session()
    tracking.begin_session(info)
    trial = Trial(info, "commit", "small", "git")
    start = info.started_ms
    records = [
        record(trial.summary, 1, 5.0, start, phase="warm-up"),
        record(trial.summary, 1, 10.0, start + 100),
        record(trial.summary, 2, 99.0, start + 200, success=False),
        record(trial.summary, 3, 88.0, start + 300, fragment=True),
        record(trial.summary, 4, 11.0, start + 400),
    ]
    run_id = tracking.log_trial(trial.summary, records, trial.stats, None)
    history = tracking.client.get_metric_history(run_id, Metric.SAMPLE_TIME)
    assert [(point.step, point.value) for point in history] == [(1, 10.0), (4, 11.0)]
    assert Metric.REWARD not in tracking.client.get_run(run_id).data.metrics


def test_a_void_trial_has_no_time_anywhere(tracking):
    info = session()
    tracking.begin_session(info)
    trials = [
        Trial(info, "commit", "small", "git"),
        Trial(info, "commit", "small", "jujutsu", status="void"),
    ]
    for trial in trials:
        tracking.log_trial(trial.summary, trial.records, trial.stats, trial.reward)
    tracking.finish_session([result(trials)], [trial.summary for trial in trials], None)
    for run in runs_of(tracking, names.TRIAL) + runs_of(tracking, names.VARIANT):
        is_void = "jujutsu" in run.info.run_name
        assert is_void != any("time_ms" in key for key in run.data.metrics)
    (void,) = [r for r in runs_of(tracking, names.TRIAL) if "jujutsu" in r.info.run_name]
    assert (void.info.status, void.data.tags[Tag.STATUS]) == ("FAILED", "void")
    assert Metric.SUCCESS_RATE in void.data.metrics


def test_a_variant_run_has_one_median_per_test_and_size(tracking):
    trials = record_session(
        tracking, session(), operations=("status", "commit"), sizes=("small", "medium")
    )
    medians = {
        (t.summary.test_id, t.summary.repo_size): t.stats.time_ms.median
        for t in trials
        if t.summary.variant == "git"
    }
    (git,) = [r for r in runs_of(tracking, names.VARIANT) if r.data.params["variant"] == "git"]
    assert git.info.run_name == f"git · {session().session_id}"
    assert git.data.metrics == {
        f"{test}/{size}.time_ms.median": median for (test, size), median in medians.items()
    }


def test_the_artifacts_hold_every_iteration_without_names_of_the_repository(tracking, tmp_path):
    trial, run = log_one(tracking)
    text = artifact(tracking, run.info.run_id, ITERATIONS_FILE, tmp_path)
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) == len(trial.records)
    assert "secret" not in text
    environment = json.loads(artifact(tracking, run.info.run_id, "environment.json", tmp_path))
    assert environment["machine"]["machineClass"] == "a1b2c3"


def test_output_is_kept_where_it_is_asked_for(tracking, tmp_path):
    info = session()
    tracking.begin_session(info)
    trial = Trial(info, "commit", "small", "git")
    run_id = tracking.log_trial(trial.summary, trial.records, trial.stats, None, keep_output=True)
    assert "secret-file" in artifact(tracking, run_id, ITERATIONS_FILE, tmp_path)


def test_options_author_and_output_stay_out_unless_names_are_kept(open_tracking, project, tmp_path):
    open_tracking().begin_session(session(0))
    assert b"somebody" not in (project / "mlflow.db").read_bytes()
    kept = open_tracking(keep_names=True)
    info = session(1)
    tags = kept.client.get_run(kept.begin_session(info)).data.tags
    assert tags[Tag.COMMAND].endswith("/home/somebody/secret")
    trial = Trial(info, "commit", "small", "git")
    run_id = kept.log_trial(trial.summary, trial.records, trial.stats, None)
    assert "secret-file" in artifact(kept, run_id, ITERATIONS_FILE, tmp_path)


def test_further_params_of_any_number_and_length_are_taken(tracking):
    info = session()
    tracking.begin_session(info)
    trial = Trial(info, "commit", "small", "git", iterations=150)
    many = {f"setting.{i}": "x" * 7000 for i in range(150)}
    run_id = tracking.log_trial(trial.summary, trial.records, trial.stats, None, params=many)
    run = tracking.client.get_run(run_id)
    assert len([key for key in run.data.params if key.startswith("setting.")]) == 150
    assert len(tracking.client.get_metric_history(run_id, Metric.SAMPLE_TIME)) == 150


def test_one_experiment_per_configuration_with_artifacts_under_mlruns(open_tracking, project):
    first, again = open_tracking(), open_tracking()
    other = open_tracking(config(config_id="benchmark-00000002"))
    assert first.experiment_id == again.experiment_id != other.experiment_id
    experiment = first.client.get_experiment(first.experiment_id)
    assert experiment.name == "basic-operations"
    assert experiment.artifact_location == str(project / "mlruns" / "benchmark-0badcafe")
    assert other.client.get_experiment(other.experiment_id).name.startswith("basic-operations (")


def test_a_deleted_experiment_does_not_block_a_new_one(open_tracking):
    first = open_tracking()
    first.client.delete_experiment(first.experiment_id)
    second = open_tracking()
    assert second.experiment_id != first.experiment_id
    assert second.begin_session(session()) is not None


def test_two_tests_of_one_operation_keep_their_columns_apart():
    info = session()
    clean, dirty = (result([Trial(info, test, "small", "git")]) for test in ("clean", "dirty"))
    both = [r.model_copy(update={"operation": "status"}) for r in (clean, dirty)]
    assert [case.headline for case in cases(both)] == [
        "clean/small.time_ms.median",
        "dirty/small.time_ms.median",
    ]


def test_cases_that_would_share_a_name_are_told_apart():
    info = session()
    one = result([Trial(info, "commit", "small", "git")])
    elsewhere = one.model_copy(update={"repo_id": "other"})
    suite = one.model_copy(update={"test_suite": "second"})
    found = [case.headline for case in cases([one, elsewhere, suite])]
    assert len(set(found)) == 3
    assert found[2] == "second.commit/small.time_ms.median"


def test_colours_are_remembered_by_the_experiment(open_tracking):
    colours = []
    for number in (0, 1):
        tracking = open_tracking()
        info = session(number)
        tracking.begin_session(info)
        for variant in ("git+a", "git+b") if number == 0 else ("git+b", "git+a"):
            trial = Trial(info, "commit", "small", variant)
            run_id = tracking.log_trial(trial.summary, trial.records, trial.stats, None)
            colours.append((variant, tracking.client.get_run(run_id).data.tags[Tag.COLOUR]))
    assert len(set(colours)) == 2


def test_a_trial_is_judged_again_when_the_whole_session_is_known(tracking):
    trial, run = log_one(tracking)
    tracking.judge_trial(trial.summary, trial.stats, "jujutsu against git: unresolved after Holm")
    note = tracking.client.get_run(run.info.run_id).data.tags[Tag.NOTE]
    assert "unresolved after Holm" in note
    assert "- note" not in note
