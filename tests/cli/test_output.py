"""What is printed: unknown is a dash, control characters and formulas do no harm."""

import json

from typer.testing import CliRunner

from tracker.cli import app
from tracker.cli.output import TableFormat, cell, plain, write_table

ROWS = [
    {"name": "a|b", "value": 1.5, "good": True},
    {"name": "=1+1", "value": None, "good": False},
]


def printed(capsys, form: TableFormat) -> str:
    write_table(ROWS, form, empty="nothing")
    return capsys.readouterr().out


def test_unknown_is_a_dash():
    assert cell(None) == "–"


def test_control_characters_never_reach_a_terminal():
    assert plain("a\x1b[31mb\x07") == "a�[31mb�"


def test_json_keeps_values(capsys):
    assert json.loads(printed(capsys, TableFormat.JSON)) == ROWS


def test_csv_keeps_formulas_harmless_and_unknown_empty(capsys):
    assert printed(capsys, TableFormat.CSV) == "name,value,good\na|b,1.5,true\n'=1+1,,false\n"


def test_markdown_escapes_bars(capsys):
    assert "| a\\|b | 1.5 | yes |" in printed(capsys, TableFormat.MARKDOWN)


def test_text_aligns_numbers_to_the_right(capsys):
    assert printed(capsys, TableFormat.TEXT).splitlines() == [
        "name  value  good",
        "a|b     1.5  yes",
        "=1+1      –  no",
    ]


def test_nothing_is_said_on_stderr(capsys):
    write_table([], TableFormat.TEXT, empty="No trial yet.")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "No trial yet.\n")


def test_a_terminal_is_given_the_newest_runs_and_told_of_the_others(monkeypatch):
    every = [{"runId": f"run-{number}"} for number in range(250)]
    monkeypatch.setattr("tracker.workflow.history.list_runs", lambda *_, limit, **__: every[:limit])

    def lines(*options):
        done = CliRunner().invoke(app, ["runs", "list", *options])
        return len(done.stdout.splitlines()) - 1, "newest 100 are shown" in done.stderr

    assert lines() == (100, True)
    assert lines("--limit", "250") == (250, False)
    assert lines("--format", "csv") == (250, False)
