"""The commands that move and keep patterns, from the command line to the store."""

import json

import pytest
from typer.testing import CliRunner

from patterns.learning.reward import Measured, reward_terms
from patterns.store import PatternStore
from patterns.store.jsonl import to_line
from tests.store.values import START, make_record, make_row, make_trial
from tracker.cli import app

DAY = 86_400_000


@pytest.fixture
def address(tmp_path, monkeypatch):
    (tmp_path / "MLproject").write_text("name: test\n")
    monkeypatch.chdir(tmp_path)
    address = f"sqlite:///{tmp_path}/own.db"
    monkeypatch.setenv("TRACKER_STORE_URL", address)
    return address


def _run(*arguments, code=0):
    done = CliRunner().invoke(app, ["patterns", *arguments])
    assert done.exit_code == code, (done.output, done.exception)
    return done


def test_what_is_exported_can_be_imported_and_is_then_known(address, tmp_path):
    with PatternStore(address) as store:
        store.add_patterns(make_record(input=str(n)) for n in range(5))
    _run("export", "-o", "out.jsonl")
    assert _run("import", "out.jsonl").stdout == "0 added, 5 known, 0 rejected\n"
    assert len(_run("export", "commit-*").stdout.splitlines()) == 5
    assert list(tmp_path.glob(".*.partial")) == []


def test_rejected_lines_are_told_by_number_and_the_rest_is_stored(address, tmp_path):
    good = to_line(make_record(), bare=True)
    (tmp_path / "in.jsonl").write_text(f"{good}\n\n{{}}\n{good.replace('0.5', 'NaN')}\n")
    done = _run("import", "in.jsonl", "--format", "json", code=2)
    said = json.loads(done.stdout)
    assert (said["added"], [one["number"] for one in said["rejected"]]) == (1, [3, 4])
    assert "in.jsonl:3: " in _run("import", "in.jsonl", code=2).stderr


def test_another_store_is_merged(address, tmp_path):
    with PatternStore(f"sqlite:///{tmp_path}/other.db") as other:
        other.add_trial(make_trial(), [make_row(1)])
    assert _run("merge", "other.db").stdout == "1 added, 0 known, 1 iterations added\n"


def test_prune_tells_and_removes_only_when_told_to(address):
    with PatternStore(address) as store:
        store.add_patterns(make_record(input=str(n), created_at=START + n * DAY) for n in range(10))
    asked = ("prune", "--before", str(START + 8 * DAY), "--keep", "4", "--format", "json")
    assert json.loads(_run(*asked).stdout)[0]["removed"] == 6
    assert json.loads(_run("stats", "--format", "json").stdout)[0]["patterns"] == 10
    _run(*asked, "--yes")
    assert json.loads(_run("stats", "--format", "json").stdout)[0]["patterns"] == 4


def test_rescore_writes_what_the_terms_make_only_when_told_to(address):
    terms = reward_terms(Measured(time=50.0), Measured(time=50.0), successes=5, attempts=5)
    with PatternStore(address) as store:
        store.add_trial(make_trial(reward=0.9, reward_terms=terms.to_json()), [make_row(1)])
    (told,) = json.loads(_run("rescore", "--format", "json").stdout)
    assert (told["before"], told["after"]) == (0.9, pytest.approx(0.5))
    _run("rescore", "--yes")
    assert json.loads(_run("rescore", "--format", "json").stdout) == []
    shown = json.loads(_run("show", make_trial().context.run_id).stdout)
    assert shown["pattern"]["reward"] == pytest.approx(0.5)


def test_rules_name_their_runs(address):
    terms = reward_terms(Measured(time=50.0), Measured(time=100.0), successes=5, attempts=5)
    with PatternStore(address) as store:
        for n in range(3):
            store.add_trial(make_trial(f"run-{n}-aaaaaa", reward_terms=terms.to_json()), ())
    (rule,) = json.loads(_run("rules", "commit", "--format", "json").stdout)
    assert (rule["n"], rule["ratio"], len(rule["runs"])) == (3, pytest.approx(2.0), 3)
    assert "commit" in _run("rules").stdout


def test_what_to_expect_is_told_with_its_evidence(address, tmp_path):
    with PatternStore(address) as store:
        store.add_patterns(make_record(input=str(n), files=n) for n in range(5))
    (tmp_path / "c.json").write_text('{"operation": "commit", "vcsType": "git", "files": 2}')
    said = json.loads(_run("query", "--like", "c.json", "-k", "3", "--format", "json").stdout)
    assert (said["n"], said["considered"], said["widened"]) == (3, 5, [])
    assert "Expect 45 ms" in _run("query", "--like", "c.json", "-k", "9").stderr


def test_rules_that_expired_are_told_where_asked(address):
    with PatternStore(address) as store:
        for n in range(24):
            terms = reward_terms(
                Measured(time=(50.0 if n < 12 else 130.0) + 0.1 * (n % 5)),
                Measured(time=100.0),
                successes=5,
                attempts=5,
            )
            run = f"run-{n}-aaaaaa"
            store.add_trial(make_trial(run, reward_terms=terms.to_json(), created_at=START + n), ())
    (rule,) = json.loads(_run("rules", "--format", "json").stdout)
    assert (rule["status"], rule["verdict"]) == ("current", "slower")
    both = json.loads(_run("rules", "commit", "--expired", "--format", "json").stdout)
    assert [(one["status"], one["verdict"]) for one in both] == [
        ("current", "slower"),
        ("expired", "faster"),
    ]
    assert both[1]["expiredAt"] == START + 12
