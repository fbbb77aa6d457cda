"""The prepared views as they are stored."""

import base64
import json
import zlib

import pytest

from tests.tracking.synthetic import OPERATIONS, Trial, record_session, result, session
from tracker.tracking.cases import cases
from tracker.tracking.names import Tag
from tracker.tracking.views import LATEST, MOST_VIEWS, REGRESSIONS, TREND, envelope, views


def stored(tracking):
    tags = tracking.client.get_experiment(tracking.experiment_id).tags
    return {
        key.removeprefix(Tag.VIEW): json.loads(value)
        for key, value in tags.items()
        if key.startswith(Tag.VIEW)
    }


def state_of(view):
    text = view["state"]
    if text.startswith("deflate;"):
        text = zlib.decompress(base64.b64decode(text.removeprefix("deflate;"))).decode()
    return json.loads(text)


def results(count):
    info = session()
    return [result([Trial(info, f"operation-{i}", "small", "git")]) for i in range(count)]


def test_latest_has_a_section_per_operation_and_a_chart_per_size(tracking):
    record_session(tracking, session(), sizes=("small", "medium"))
    latest = stored(tracking)[LATEST]
    state = state_of(latest)
    titles = [section["name"] for section in state["compareRunSections"]]
    assert [title.partition(":")[0] for title in titles] == list(OPERATIONS)
    assert all("ms, lower is better" in title for title in titles)
    charts = [(c["metricSectionId"], c["metricKey"], c["type"]) for c in state["compareRunCharts"]]
    assert charts[:2] == [
        ("s0", "status/small.time_ms.median", "BAR"),
        ("s0", "status/medium.time_ms.median", "BAR"),
    ]


def test_each_filter_finds_exactly_the_runs_it_shows(tracking):
    record_session(tracking, session(0), operations=("status", "commit"))
    record_session(tracking, session(1), operations=("status", "commit"))
    prepared = stored(tracking)
    trend = tracking.client.search_runs(
        [tracking.experiment_id], filter_string=state_of(prepared.pop(TREND))["searchFilter"]
    )
    assert len(trend) == 3
    del prepared[REGRESSIONS]
    for view in prepared.values():
        found = tracking.client.search_runs(
            [tracking.experiment_id], filter_string=state_of(view)["searchFilter"]
        )
        assert len(found) == 3
        assert {run.data.tags[Tag.SESSION] for run in found} == {session(1).session_id}


def test_a_new_session_renews_the_views_and_leaves_those_of_the_user(tracking):
    record_session(tracking, session(0), operations=("status", "commit"))
    tracking.client.set_experiment_tag(
        tracking.experiment_id, f"{Tag.VIEW}mine", '{"name": "my own"}'
    )
    record_session(tracking, session(1), operations=("commit",))
    assert set(stored(tracking)) == {LATEST, REGRESSIONS, TREND, "case-commit-small", "mine"}


def test_the_menu_lists_latest_first(tracking):
    record_session(tracking, session(0))
    found = stored(tracking)
    assert max(found, key=lambda view: found[view]["createdAt"]) == LATEST


@pytest.mark.parametrize("count", [1, 12, 120])
def test_a_view_of_many_operations_still_fits_in_a_tag(count):
    made = views(session(), cases(results(count)))
    assert len(made) == min(count + 3, MOST_VIEWS)
    texts = [envelope(view, 0) for view in made]
    assert max(len(text) for text in texts) <= 20_000
    assert len(state_of(json.loads(texts[0]))["compareRunCharts"]) == count


def test_a_quote_in_a_name_does_not_break_the_filter():
    odd = results(1)[0].model_copy(update={"repo_id": "it's"})
    (*_, case) = views(session(), cases([odd]))
    assert case.runs.count("'") % 2 == 0
