"""Large reports: what is written out, what is packed, and that every form holds all results."""

import base64
import gzip
import json
import re

import pytest

from tests.report.session import groups_of, session_of
from tracker.analysis import compare_session
from tracker.models import BenchmarkReport
from tracker.report.charts import MOST_DRAWN, charts
from tracker.report.columns import MOST_WRITTEN
from tracker.report.html import to_html
from tracker.report.json_form import json_parts
from tracker.report.markdown import to_markdown

COUNT = 900


@pytest.fixture(scope="module")
def report():
    some = session_of(groups_of(rounds=8))
    results = tuple(
        some.results[number % 9].model_copy(update={"test_id": f"test-{number}"})
        for number in range(COUNT)
    )
    return some.report.model_copy(
        update={"results": results, "comparison": compare_session(results)}
    )


@pytest.fixture(scope="module")
def page(report):
    return to_html(report, trials=(), records=(), skipped=())


def packed(page):
    found = re.search(r'id="columns">([^<]*)<', page)
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


def test_columns_hold_every_result_in_order(report, page):
    columns = packed(page)
    assert columns["task"] == [result.test_id for result in report.results]
    git = next(one for one in columns["variants"] if one["name"] == "git")
    assert git["median"] == [float(f"{one.git.median:.4g}") for one in report.results]


def test_only_so_many_results_are_written_out(page):
    assert page.count('<details id="test-') == MOST_WRITTEN
    assert f"{MOST_WRITTEN} of {COUNT} tests" in page


def test_a_result_adds_less_than_a_kilobyte(page):
    assert len(page) < 2_600_000 + 1_000 * COUNT


def test_json_of_a_large_report_round_trips(report):
    text = "".join(json_parts(report))
    assert BenchmarkReport.model_validate_json(text) == report
    assert list(json.loads(text)) == list(json.loads(report.to_json()))


def test_markdown_of_a_large_report_holds_every_result(report):
    block = to_markdown(report).partition("```json\n")[2].rpartition("\n```")[0]
    assert len(json.loads(block)) == COUNT


def test_charts_show_the_tests_that_differ_most(report):
    drawn = charts(report.results, {}).performance_comparison
    assert len(drawn.layout["yaxis"]["categoryarray"]) == MOST_DRAWN
    assert f"{MOST_DRAWN} of {COUNT} tests" in drawn.title
