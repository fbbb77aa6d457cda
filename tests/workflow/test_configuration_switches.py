"""Each switch of the configuration's `analysis` and `output` blocks does what it says."""

import gzip
import json

import pytest

from tests.workflow.test_comparison import script
from tracker.measurement.replay import ReplayExecutor

BASE = {
    "id": "benchmark-0a1b2c3d",
    "name": "switches",
    "execution": {"iterations": 12, "warmupRuns": 0, "timeout": 60000},
    "environment": {},
    "tests": {"suites": ["basic-operations"], "include": ["commit"]},
}


@pytest.fixture
def run(replay, tmp_path):
    """Return what runs a session of a configuration with the given blocks."""

    def go(executor=None, **blocks):
        file = tmp_path / "switches.json"
        file.write_text(json.dumps(BASE | blocks))
        return replay.run(
            executor or ReplayExecutor(script()), sources=(str(file),), variants=("git", "jujutsu")
        ).report

    return go


def pair(report):
    return report.results[0].comparison.jj_vs_git


def test_confidence_level_is_that_of_every_interval(run):
    widths = []
    for level in (0.8, 0.99):
        low, high = pair(run(analysis={"confidenceLevel": level})).statistical.confidence_interval
        widths.append(high - low)
    assert widths[0] < widths[1]


def test_statistical_significance_decides(run):
    assert pair(run(analysis={"statisticalSignificance": 0.05})).verdict == "different"
    strict = pair(run(analysis={"statisticalSignificance": 0.0001}))
    assert strict.verdict == "unresolved"
    assert "too few rounds" in strict.reason


def test_outlier_detection_can_be_switched_off(run):
    def spiked(trial, turn):
        found = script()(trial, turn)
        return found.model_copy(update={"wall_ms": 500.0}) if turn.round == 5 else found

    for on in (True, False):
        report = run(ReplayExecutor(spiked), analysis={"outlierDetection": on})
        stats = report.results[0].variants["git"]
        assert bool(stats.time_ms.outliers) is on
        assert bool(stats.marked) is on


def test_trend_analysis_can_be_switched_off(run):
    run()
    assert run().historical.trends_over_time
    off = run(analysis={"trendAnalysis": False}).historical
    assert off.trends_over_time == ()
    assert "no trends" in off.reason


def test_history_is_not_asked_where_the_configuration_says_so(run):
    run()
    quiet = run(agentdb={"queryHistorical": False}).historical
    assert quiet.trends_over_time == ()
    assert quiet.reason


@pytest.mark.parametrize("form", ["json", "markdown", "html"])
def test_formats_choose_what_is_written(run, replay, form):
    run(output={"formats": [form], "destination": "out", "archiveResults": False})
    written = {file.name for file in (replay.project / "out").iterdir() if file.is_file()}
    name = {"json": "report.json", "markdown": "report.md", "html": "report.html"}[form]
    assert written == {name, "results.csv", "config.json"}


def test_archive_results_keeps_a_folder_for_each_session(run, replay):
    run(output={"destination": "kept", "archiveResults": True})
    (folder,) = (replay.project / "kept").iterdir()
    assert folder.name.startswith("benchmark-")
    assert (folder / "report.html").is_file()


def test_compression_packs_raw_data_and_json(run, replay):
    run(output={"destination": "packed", "archiveResults": False, "compression": True})
    folder = replay.project / "packed"
    report = json.loads(gzip.decompress((folder / "report.json.gz").read_bytes()))
    assert report["appendices"]["rawData"] == "raw/iterations.jsonl.gz"
    assert gzip.decompress((folder / "raw" / "iterations.jsonl.gz").read_bytes())
