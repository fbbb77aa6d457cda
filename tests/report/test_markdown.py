import json
import re

import pytest

from tests.report.hostile import hostile_session
from tests.report.session import groups_of, session_of
from tracker.models import ProcessedResult
from tracker.report.markdown import escape, to_markdown

HEADER = "| Operation | Jujutsu (ms) | Git (ms) | Git-WT (ms) | Winner | Speedup |"


def block(text):
    (found,) = re.findall(r"^```json\n(.*?)\n^```$", text, re.DOTALL | re.MULTILINE)
    return json.loads(found)


def table_rows(text):
    lines = text.splitlines()
    first = lines.index(HEADER) + 2
    return [line for line in lines[first : lines.index("## Key Findings")] if line]


def test_headings_are_the_templates(session):
    headings = [line for line in to_markdown(session.report).splitlines() if line.startswith("#")]
    assert headings == [
        "# Benchmark Report: 2026-03-01",
        "## Executive Summary",
        "## Performance Comparison",
        "## Key Findings",
        "## Recommendations",
        "### Critical",
        "### Important",
        "### Optional",
        "## Detailed Results",
    ]


def test_labels_are_the_templates(session):
    text = to_markdown(session.report)
    labels = re.findall(r"^- \*\*(.+?)\*\*: ", text, re.MULTILINE)
    assert labels == ["Total Tests", "Success Rate", "Overall Winner", "Average Speedup"]
    assert "- **Total Tests**: 27\n- **Success Rate**: 100%\n" in text


def test_table_has_the_templates_header_and_a_row_for_each_test(session):
    text = to_markdown(session.report)
    assert HEADER in text.splitlines()
    rows = table_rows(text)
    assert len(rows) == 9
    assert all(row.count("|") == 7 for row in rows)


def test_winners_have_the_short_names(session):
    winners = {row.split("|")[5].strip() for row in table_rows(to_markdown(session.report))}
    assert winners <= {"JJ", "Git", "Git-WT", "–"}
    assert {"Git", "–"} <= winners


def test_a_system_that_was_not_run_is_a_dash(session_without_jujutsu):
    text = to_markdown(session_without_jujutsu.report)
    assert all(row.split("|")[2].strip() == "–" for row in table_rows(text))
    assert "- **Average Speedup**: –" in text


def test_the_json_block_holds_every_result(session):
    parsed = [ProcessedResult.model_validate(one) for one in block(to_markdown(session.report))]
    assert tuple(parsed) == session.results


def test_names_stay_text():
    session = hostile_session()
    text = to_markdown(session.report)
    prose = text[: text.index("## Detailed Results")]
    assert "<script>" not in prose.replace("\\<script\\>", "")
    assert not re.search(r"(?<!\\)[<>`]", prose)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert all(line.count("|") == 7 for line in table_rows(text))
    assert [one["testName"] for one in block(text)] == [session.results[0].test_name]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a|b", r"a\|b"),
        ("`rm`", r"\`rm\`"),
        ("<b>x</b>", r"\<b\>x\</b\>"),
        ("two\nlines", "two lines"),
        ("&lt;", r"\&lt;"),
        ("\x1b[31m", "\ufffd\\[31m"),
    ],
)
def test_markup_is_escaped(name, written):
    assert escape(name) == written


def test_sizes_stand_beside_the_operation_only_where_there_are_several():
    tests = groups_of(rounds=8)[2:3]
    larger = groups_of(rounds=8, sizes=("medium",))[2:3]
    one, two = (to_markdown(session_of(groups).report) for groups in (tests, tests + larger))
    assert [row.split("|")[1].strip() for row in table_rows(one)] == ["add"]
    assert [row.split("|")[1].strip() for row in table_rows(two)] == ["add · small", "add · medium"]


def test_a_small_report_reads_like_this(small_session, snapshot):
    text = to_markdown(small_session.report)
    assert text[: text.index("```json")] == snapshot
