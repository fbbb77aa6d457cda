"""The commands: exit codes, forms, and what continuous integration reads."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from tracker.cli import app
from tracker.config import InputError

DAY_MS = 86_400_000


@pytest.fixture
def history(tmp_path, monkeypatch):
    """Return a project into which a history with a fresh step was imported."""
    (tmp_path / "MLproject").write_text("name: test\n")
    monkeypatch.chdir(tmp_path)
    for name in ("TRACKER_STORE_URL", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    values = np.exp(0.01 * np.random.default_rng(0).normal(size=60))
    values[-8:] *= 1.3
    rows = "".join(
        f"bench,{1_600_000_000_000 + at * DAY_MS},{value}\n" for at, value in enumerate(values)
    )
    (tmp_path / "h.csv").write_text(f"series,timestamp,value\n{rows}")
    done = run("history", "import", "h.csv", "--format", "json")
    assert json.loads(done.stdout) == {"format": "csv", "added": 60, "known": 0, "series": 1}
    return tmp_path


def run(*words):
    return CliRunner().invoke(app, list(words))


def test_a_regression_ends_with_one_and_is_in_the_step_summary(history, monkeypatch):
    summary = history / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    done = run("check", "--format", "json", "-o", "out.json")
    assert done.exit_code == 1
    answer = json.loads((history / "out.json").read_text())
    assert answer["exitCode"] == 1
    assert answer["results"][0]["severity"] == "severe"
    text = summary.read_text()
    assert text.startswith("before\n")
    assert text.rstrip().splitlines()[-1].startswith("<!-- tracker:")


def test_a_mute_lets_it_pass_and_is_written_where_it_is_reviewed(history):
    assert run("mute", "bench*", "--until", "2999-01-01", "--why", "known").exit_code == 0
    assert "known" in (history / "experiments" / "mutes.yaml").read_text()
    done = run("check")
    assert done.exit_code == 0
    assert "muted until 2999-01-01: known" in done.stdout


@pytest.mark.parametrize("form", ["text", "json", "markdown", "openmetrics", "bencher"])
def test_every_form_is_written(history, form):
    done = run("check", "--format", form)
    assert done.exit_code == 1
    assert "bench" in done.stdout


def test_the_trend_of_an_import_is_drawn(history):
    done = run("trends", "show", "bench", "--metric", "value")
    assert "confirmed change" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--baseline", "never"),
        ("check", "--limits", "3,10"),
        ("check", "--old", "h.csv"),
        ("mute", "x", "--until", "soon", "--why", "w"),
        ("history", "import", "h.csv", "--from", "xml"),
        ("history", "import", "h.csv", "--from", "asv"),
        ("history", "import", "none.json"),
        ("bisect", "h.csv", "--test", "status-clean"),
        ("trends", "show", "nothing"),
    ],
)
def test_wrong_input_is_told_and_nothing_is_done(history, words):
    done = run(*words)
    assert isinstance(done.exception, InputError)
