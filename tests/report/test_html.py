import json
import re
from html.parser import HTMLParser

import pytest

from tests.report.hostile import hostile_session
from tests.report.session import groups_of, session_of
from tracker.report.embedding import embedded_json
from tracker.report.html import to_html


def page_of(session, **more):
    measured = session.measured
    return to_html(
        session.report,
        trials=measured.trials,
        records=measured.records,
        skipped=measured.skipped,
        title=measured.session.config_name,
        **more,
    )


class Outline(HTMLParser):
    """Headings, elements and links of a page; script and style are not looked into."""

    def __init__(self, text):
        super().__init__()
        self.headings, self.tags, self.links, self.ids, self._in = [], [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        named = dict(attrs)
        self.links += [named[name] for name in ("href", "src") if name in named]
        self.ids += [named["id"]] if "id" in named else []
        self._in = tag

    def handle_data(self, data):
        if self._in in ("h1", "h2") and data.strip():
            self.headings.append(data.strip())
        self._in = None


@pytest.fixture(scope="module")
def page(session):
    return page_of(session)


def test_the_summary_comes_first_and_the_appendices_last(page):
    assert Outline(page).headings == [
        "Quick start",
        "Summary",
        "Results: small repository",
        "Charts",
        "Every test",
        "Appendices",
    ]


def test_a_warning_stands_before_the_summary(session_without_jujutsu):
    text = page_of(session_without_jujutsu)
    assert text.index("jujutsu was not measured: jj is not installed") < text.index('id="summary"')
    assert "What was not measured, failed or is void" in text


def test_nothing_is_loaded(page):
    links = [link for link in Outline(page).links if not link.startswith("#")]
    assert links == ["data:,", "config.json", "raw/iterations.jsonl"]
    assert not re.search(r"@import|url\(", page[: page.index('id="plotly"')])


def test_every_link_inside_the_page_has_its_target(page):
    outline = Outline(page)
    assert len(outline.ids) == len(set(outline.ids))
    assert {link[1:] for link in outline.links if link.startswith("#")} <= set(outline.ids)


def test_the_page_is_two_megabytes_with_its_charts(page):
    assert len(page.encode()) < 2_500_000


def test_the_charts_are_those_of_the_report(session, page):
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)[1]
    data = json.loads(text)
    charts = session.report.charts.model_dump(mode="json", by_alias=True)
    assert data["charts"] == {key: charts[key] for key in ("performanceComparison", "memoryUsage")}
    assert sum(len(one["ms"]) for points in data["points"].values() for one in points) == 9 * 3 * 15


def test_growth_is_drawn_with_two_repositories_only():
    two = [*groups_of(rounds=8)[:1], *groups_of(rounds=8, sizes=("medium",))[:1]]
    assert 'data-chart="scalability"' in page_of(session_of(two))


def test_every_pair_and_trial_is_listed(page):
    assert page.count('<th scope="row">jujutsu against git</th>') == 9
    assert page.count("15 of 15") == 27


def test_failed_trials_stand_with_their_reason():
    text = page_of(hostile_session())
    assert Outline(text).headings[-2] == "What was not measured, failed or is void"
    assert "&lt;script&gt;globalThis.hacked" in text


def test_foreign_text_makes_no_element():
    honest = Outline(page_of(session_of(groups_of(rounds=8)[:1])))
    hostile = Outline(page_of(hostile_session()))
    assert "img" not in hostile.tags
    assert hostile.tags.count("script") == honest.tags.count("script") == 3


def test_foreign_text_hides_nothing():
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page_of(hostile_session()))


def test_mlflow_is_linked_by_web_addresses_only(session):
    assert 'href="http://127.0.0.1:5000/#/experiments/1"' in page_of(
        session, mlflow_url="http://127.0.0.1:5000/#/experiments/1"
    )
    assert "javascript:" not in page_of(session, mlflow_url="javascript:alert(1)")


def test_each_trial_and_each_view_is_linked_where_mlflow_has_it(session):
    run_id = session.measured.trials[0].run_id
    page = page_of(
        session,
        mlflow_views={
            "trend": "http://127.0.0.1:5000/#/trend?a=1&b=2",
            "odd": "javascript:alert(1)",
        },
        mlflow_runs={run_id: "http://127.0.0.1:5000/#/run"},
    )
    assert 'href="http://127.0.0.1:5000/#/trend?a=1&amp;b=2"' in page
    assert (
        f'href="http://127.0.0.1:5000/#/run" rel="noreferrer" target="_blank">{run_id}</a>' in page
    )
    assert "javascript:alert" not in page


def test_an_empty_session_is_a_page_too():
    text = page_of(session_of([]))
    assert "Nothing could be compared." in text
    assert 'id="plotly"' not in text


def test_one_iteration_shows_unknown_as_a_dash():
    text = page_of(session_of(groups_of(rounds=1)[:1]))
    assert "too few rounds: 1 of" in text
    assert "None" not in text[: text.index('id="data"')]
    assert "nan" not in text[: text.index('id="plotly"')].lower().split()


def test_embedded_json_leaves_its_script_in_no_way():
    hostile = {"a": "</script><!--<script>\u2028\u2029&"}
    text = str(embedded_json(hostile))
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == hostile


def test_what_repeated_rounds_change_stands_with_the_test_and_not_in_its_row(small_session):
    long = "2 rounds were measured again, because others kept the machine busy; with them: a/b 3×"
    first = small_session.report.results[0].model_copy(update={"notes": (long,)})
    report = small_session.report.model_copy(update={"results": (first,)})
    page = to_html(report, trials=(), records=(), skipped=())
    assert page.count("2 rounds were measured again") == 2
    assert page.count("with them: a/b 3×") == 1
