import plotly.graph_objects
import pytest

from tests.report.hostile import hostile_session
from tests.report.session import groups_of, session_of
from tracker.report.charts import shown


def charts_of(session):
    charts = session.report.charts
    return [charts.performance_comparison, charts.memory_usage, charts.scalability]


@pytest.mark.parametrize("place", range(3))
def test_plotly_accepts_every_chart(session, place):
    chart = charts_of(session)[place]
    figure = plotly.graph_objects.Figure(chart.data, chart.layout)
    assert len(figure.data) == len(chart.data) > 0


def test_every_median_is_in_the_chart(session):
    for trace in session.report.charts.performance_comparison.data:
        medians = [result.variants[trace["name"]].time_ms.median for result in session.results]
        assert trace["x"] == medians
        assert trace["customdata"] == [15] * 9


def test_error_bars_reach_the_quartiles(session):
    trace = session.report.charts.performance_comparison.data[0]
    stats = session.results[0].variants[trace["name"]].time_ms
    assert trace["x"][0] + trace["error_x"]["array"][0] == pytest.approx(stats.percentiles.p75)
    assert trace["x"][0] - trace["error_x"]["arrayminus"][0] == pytest.approx(stats.percentiles.p25)


def test_two_tests_of_one_operation_have_rows_of_their_own(session):
    rows = session.report.charts.performance_comparison.data[0]["y"]
    assert len(set(rows)) == 9


def test_variants_differ_by_colour_and_by_shape(session):
    traces = session.report.charts.performance_comparison.data
    assert len({trace["marker"]["color"] for trace in traces}) == 3
    assert len({trace["marker"]["symbol"] for trace in traces}) == 3


def test_growth_is_drawn_over_the_number_of_files():
    groups = [*groups_of(rounds=8)[:2], *groups_of(rounds=8, sizes=("medium",))[:2]]
    for trace in session_of(groups).report.charts.scalability.data:
        assert trace["x"] == [200, 2000]
        assert trace["y"][0] < trace["y"][1]


def test_a_variant_that_is_void_is_not_drawn():
    names = [trace["name"] for trace in hostile_session().report.charts.memory_usage.data]
    assert "git-worktrees" not in names


def test_labels_are_text_to_plotly():
    assert shown("<b>&\x1b") == "&lt;b&gt;&amp;\ufffd"
