import gzip
import json
import os

import pytest

from tracker.models import BenchmarkReport, IterationRecord
from tracker.report.files import write_files
from tracker.report.write import write_report

EVERY = ("json", "markdown", "html")
CONFIG = '{"id": "benchmark-0a1b2c3d"}'


def written(folder, session, formats=EVERY, *, compression=False):
    return write_report(
        folder,
        session.report,
        measured=session.measured,
        formats=formats,
        compression=compression,
        config_json=CONFIG,
    )


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_all_formats_make_all_files(tmp_path, small_session):
    paths = written(tmp_path / "new", small_session)
    assert names(tmp_path / "new") == [
        "config.json",
        "raw/iterations.jsonl",
        "report.html",
        "report.json",
        "report.md",
        "results.csv",
    ]
    assert paths.best == paths.html
    assert paths.config.read_text() == CONFIG + "\n"


def test_csv_and_raw_data_are_always_written(tmp_path, small_session):
    paths = written(tmp_path, small_session, formats=())
    assert names(tmp_path) == ["config.json", "raw/iterations.jsonl", "results.csv"]
    assert (paths.html, paths.markdown, paths.json) == (None, None, None)
    assert paths.best == paths.csv


def test_report_json_round_trips(tmp_path, small_session):
    text = written(tmp_path, small_session).json.read_text()
    parsed = BenchmarkReport.model_validate_json(text)
    assert parsed == small_session.report
    assert "NaN" not in text
    assert set(json.loads(text)) == {
        "metadata",
        "summary",
        "results",
        "comparison",
        "charts",
        "recommendations",
        "historical",
        "appendices",
    }


def test_compression_packs_raw_data_and_json_alone(tmp_path, small_session):
    paths = written(tmp_path, small_session, compression=True)
    assert names(tmp_path) == [
        "config.json",
        "raw/iterations.jsonl.gz",
        "report.html",
        "report.json.gz",
        "report.md",
        "results.csv",
    ]
    report = BenchmarkReport.model_validate_json(gzip.decompress(paths.json.read_bytes()))
    assert report.appendices.raw_data == "raw/iterations.jsonl.gz"
    first = gzip.decompress(paths.raw.read_bytes()).splitlines()[0]
    assert IterationRecord.model_validate_json(first) == small_session.measured.records[0]


def test_nothing_is_overwritten_and_a_report_names_its_own_files(tmp_path, small_session):
    first = written(tmp_path, small_session)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    second = written(tmp_path, small_session)
    assert all(path.read_bytes() == content for path, content in before.items())
    assert second.raw == tmp_path / "raw" / "iterations-2.jsonl"
    report = BenchmarkReport.model_validate_json(second.json.read_text())
    assert report.appendices.raw_data == "raw/iterations-2.jsonl"
    assert report.appendices.reproducibility.config_file == "config-2.json"
    assert report.appendices.reproducibility.commands == ("tracker run config-2.json --seed 42",)
    assert first.csv != second.csv


def test_one_name_that_is_taken_moves_the_whole_set(tmp_path, small_session):
    (tmp_path / "config.json").write_text("mine")
    written(tmp_path, small_session)
    assert (tmp_path / "config.json").read_text() == "mine"
    assert "report-2.html" in names(tmp_path)
    assert "report.html" not in names(tmp_path)


def test_a_failure_leaves_no_file(tmp_path, small_session, monkeypatch):
    real, calls = os.link, []

    def full(source, target):
        calls.append(target)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OSError, match="No space"):
        written(tmp_path, small_session)
    assert names(tmp_path) == []


def test_a_name_taken_in_between_is_not_replaced(tmp_path):
    (tmp_path / "b").write_text("theirs")
    with pytest.raises(FileExistsError):
        write_files(tmp_path, {"a": "ours", "b": "ours"})
    assert names(tmp_path) == ["b"]
    assert (tmp_path / "b").read_text() == "theirs"
