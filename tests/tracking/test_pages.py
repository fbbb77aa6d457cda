"""What a person sees: MLflow's own pages on a real server in Chromium."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from tests.tracking.synthetic import conclude_session, config, record_session, session
from tracker.tracking.recorder import Tracking
from tracker.tracking.server import (
    REGRESSIONS,
    TREND,
    free_port,
    latest_experiment,
    run_path,
    ui,
    view_path,
    wait_until_ready,
)

CHROMIUM = os.environ.get("TRACKER_CHROMIUM") or shutil.which("chromium") or ""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TRAINING = "workflowType=machine_learning"
SESSIONS = 10
LINES = """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot =>
    plot._fullData.filter(trace => trace.type === 'scatter' && trace.y?.length)
        .map(trace => ({name: trace.name, y: [...trace.y]})))"""
DIMENSIONS = """() => document.querySelector('.js-plotly-plot')._fullData[0].dimensions.map(one => ({
    label: one.label, values: [...one.values],
    tickvals: [...(one.tickvals ?? [])], ticktext: [...(one.ticktext ?? [])],
}))"""
BARS = """() => [...document.querySelectorAll('.js-plotly-plot')].map(plot => ({
    values: plot._fullData.flatMap(trace => [...trace.x]),
    labels: plot._fullData.flatMap(trace => [...trace.y]),
    colours: plot._fullData.flatMap(trace => trace.marker.color),
}))"""


def looked_at(test):
    """Mark a test that looks at a page in Chromium."""
    return pytest.mark.browser(pytest.mark.slow(test))


def test_a_port_in_use_is_not_given_again():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        assert free_port(taken) != taken


def test_the_address_of_the_store_is_not_in_the_argument_vector(tmp_path):
    made = ui("postgresql://me:secret@db/mlflow", tmp_path, port=1, environ={})
    assert not any("secret" in argument for argument in made.argv)
    assert made.environment["MLFLOW_BACKEND_STORE_URI"].endswith("me:secret@db/mlflow")
    assert made.environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    assert made.environment["MLFLOW_DISABLE_TELEMETRY"] == "true"


@pytest.fixture(scope="module")
def recorded(empty_store, tmp_path_factory):
    """Return (project, trials, tracking) of ten sessions; the last is whole, with a report."""
    project = tmp_path_factory.mktemp("pages")
    shutil.copy(empty_store / "mlflow.db", project / "mlflow.db")
    report = project / "report"
    report.mkdir()
    (report / "report.html").write_text("<h1>The report of the session</h1>")

    def opened():
        return Tracking.open("sqlite:///mlflow.db", project / "mlruns", config(), environ={})

    chosen = {"operations": ("status", "commit"), "sizes": ("small", "medium")}
    for number in range(SESSIONS - 1):
        conclude_session(opened(), session(number), **chosen)
    tracking = opened()
    trials = record_session(
        tracking, session(SESSIONS - 1), **chosen, report_dir=report, slower=("git",)
    )
    return project, trials, tracking


@pytest.fixture(scope="module")
def served(recorded):
    """Return (address, trials, tracking) of a server with the ten sessions."""
    project, trials, tracking = recorded
    made = ui(f"sqlite:///{project / 'mlflow.db'}", project / "mlruns", port=free_port(0))
    with subprocess.Popen(
        made.argv, env=dict(made.environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert wait_until_ready(made.url, process, timeout_s=180)
            yield made.url, trials, tracking
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def browser(require_service):
    """Return a browser that has never been used."""
    from playwright.sync_api import sync_playwright

    require_service(
        "Chromium", Path(CHROMIUM).is_file(), "install chromium or set TRACKER_CHROMIUM"
    )
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        context = made.new_context(viewport={"width": 1500, "height": 1000})
        context.set_default_timeout(90_000)
        yield context
        made.close()


@pytest.fixture
def page(browser):
    """Return an empty page."""
    made = browser.new_page()
    yield made
    made.close()


def medians(trials, test, size):
    return {
        t.summary.variant: t.stats.time_ms.median
        for t in trials
        if (t.summary.test_id, t.summary.repo_size) == (test, size)
    }


def one_case(trials, test="commit", size="small"):
    return [t for t in trials if (t.summary.test_id, t.summary.repo_size) == (test, size)]


def visit(page, address):
    """Go to an address; a new part behind `#` alone would not load the page anew."""
    page.goto("about:blank")
    page.goto(address)


def linked(page, text, count=1):
    """Return where the first link of a text leads; those of a note open in a window of their own."""
    links = page.get_by_role("link", name=text, exact=True)
    links.first.wait_for(state="attached")
    assert links.count() == count
    return links.first.get_attribute("href")


def keep(page, name):
    """Keep a picture where TRACKER_SCREENSHOTS names a folder: docs/images/ is made so."""
    folder = os.environ.get("TRACKER_SCREENSHOTS")
    if folder:
        page.wait_for_timeout(1500)  # what still moves
        page.screenshot(path=str(Path(folder) / f"mlflow-{name}.png"))


def drawn(page, what, count):
    """Wait until so many bars or lines are drawn."""
    page.wait_for_function(
        "([what, count]) => document.querySelectorAll(what).length >= count", arg=[what, count]
    )


def bars(page, count):
    """Return value and colour of each bar by run name, of the first `count` charts drawn."""
    drawn(page, ".js-plotly-plot .bars path", 3 * count)
    return [
        sorted(zip(chart["values"], chart["colours"], strict=True))
        for chart in page.evaluate(BARS)[:count]
    ]


@looked_at
def test_the_view_of_the_latest_session_draws_a_bar_for_each_variant(page, served):
    url, trials, tracking = served
    experiment = latest_experiment(url)
    assert experiment == tracking.experiment_id
    page.goto(f"{url}/{view_path(experiment)}")
    charts = bars(page, 2)
    for chart, size in zip(charts, ("small", "medium"), strict=True):
        expected = medians(trials, "status", size)
        assert [value for value, _ in chart] == pytest.approx(sorted(expected.values()))
    assert [colour for _, colour in charts[0]] == ["#0072b2", "#d55e00", "#e69f00"]
    text = page.inner_text("body")
    assert "status: ms, lower is better" in text
    assert "commit: ms, lower is better" in text
    keep(page, "latest")

    page.get_by_text("Latest session: every operation").click()
    for name in ("Regressions: 4 in the latest session", "Trend over sessions: every operation"):
        page.get_by_text(name).wait_for()
    page.get_by_text("commit · small", exact=True).wait_for()


@looked_at
def test_the_view_of_one_operation_lists_the_variants_best_first(page, served):
    url, trials, tracking = served
    page.goto(f"{url}/{view_path(tracking.experiment_id, 'case-commit-small')}")
    (chart,) = bars(page, 1)
    expected = medians(trials, "commit", "small")
    assert [value for value, _ in chart] == pytest.approx(sorted(expected.values()))
    names = page.locator("a", has_text="commit · small · ").all_inner_texts()
    assert [name.split(" · ")[2] for name in names[:3]] == sorted(expected, key=expected.get)
    keep(page, "case")


@looked_at
def test_the_trend_has_a_line_for_each_variant_and_a_point_for_each_session(page, served):
    url, trials, tracking = served
    page.goto(f"{url}/{view_path(tracking.experiment_id, TREND)}")
    drawn(page, ".js-plotly-plot .scatterlayer .trace", 3)
    lines = {line["name"]: line["y"] for line in page.evaluate(LINES)[:6]}  # drawn twice each
    assert [len(points) for points in lines.values()] == [SESSIONS] * 3
    assert sorted(points[-1] for points in lines.values()) == pytest.approx(
        sorted(medians(trials, "status", "small").values())
    )
    keep(page, "trend")


@looked_at
def test_the_view_of_regressions_shows_what_is_slower_and_nothing_else(page, served):
    url, _, tracking = served
    page.goto(f"{url}/{view_path(tracking.experiment_id, REGRESSIONS)}")
    drawn(page, ".js-plotly-plot .bars path", 4)
    page.get_by_text("4 matching runs").wait_for()
    assert page.evaluate(BARS)[0]["values"] == pytest.approx([1.25] * 4)
    keep(page, "regressions")


@looked_at
def test_the_page_of_a_trial_says_the_verdict_and_leads_to_session_and_report(page, served):
    url, trials, tracking = served
    own = next(t for t in one_case(trials) if t.summary.variant == "jujutsu")
    run = tracking.recorded.trials[own.summary.run_id]
    page.goto(f"{url}/{run_path(tracking.experiment_id, run)}")
    page.get_by_text("jujutsu against git: different, 1.61× faster [1.55, 1.68]").wait_for()
    text = page.inner_text("body")
    for part in ("tool.jj", "0.35.0", "system.kernel", "6.1", "synthetic-small-1a2b3c4d"):
        assert part in text
    keep(page, "trial")
    report, in_session = linked(page, "Report"), linked(page, "Session")
    visit(page, f"{url}/{report}")
    page.frame_locator("iframe").get_by_text("The report of the session").wait_for()
    assert in_session == run_path(tracking.experiment_id, tracking.recorded.session_run)


@looked_at
def test_the_samples_of_a_trial_are_a_line_over_its_iterations(page, served):
    url, trials, tracking = served
    (own, *_) = one_case(trials)
    run = tracking.recorded.trials[own.summary.run_id]
    place = f"#/experiments/{tracking.experiment_id}/runs/{run}/model-metrics"
    page.goto(f"{url}/{place}?{TRAINING}")
    page.get_by_placeholder("Search metric charts").fill("sample/time_ms")
    drawn(page, ".js-plotly-plot .scatterlayer .trace", 1)
    assert {len(line["y"]) for line in page.evaluate(LINES)} == {len(own.records)}


@looked_at
def test_the_page_of_a_session_leads_to_its_trials_and_shows_its_tables(page, served):
    url, trials, tracking = served
    experiment, session_run = tracking.experiment_id, tracking.recorded.session_run
    page.goto(f"{url}/{run_path(experiment, session_run)}")
    page.get_by_text("4 tests; the report is under Artifacts").wait_for()
    keep(page, "session")
    jujutsu = [t for t in trials if t.summary.variant == "jujutsu"]
    assert linked(page, "jujutsu", count=4) == run_path(
        experiment, tracking.recorded.trials[jujutsu[0].summary.run_id]
    )
    every_trial = linked(page, "Every trial")

    artifacts = f"{url}/#/experiments/{experiment}/runs/{session_run}/artifacts"
    visit(page, f"{artifacts}/tables/results.csv?{TRAINING}")
    page.get_by_text("cpu_median_ms").wait_for()
    visit(page, f"{artifacts}/figures/commit-small.svg?{TRAINING}")
    page.wait_for_function(
        "[...document.images].some(image => image.src.startsWith('blob:') && image.naturalWidth)"
    )

    visit(page, f"{url}/{every_trial}")
    page.get_by_text(f"{len(trials)} matching runs").wait_for()


@looked_at
def test_compare_ranks_the_variants_as_the_report_does(page, served):
    url, trials, tracking = served
    three = one_case(trials)
    ids = [tracking.recorded.trials[t.summary.run_id] for t in three]
    query = f"runs={json.dumps(ids)}&experiments={json.dumps([tracking.experiment_id])}"
    page.goto(f"{url}/#/compare-runs?{quote(query, safe='=&')}&{TRAINING}")
    page.wait_for_function("document.querySelector('.js-plotly-plot')?._fullData?.length")
    dimensions = page.evaluate(DIMENSIONS)
    assert dimensions[-1]["label"] == "result/time_ms.median"
    variant = next(one for one in dimensions if one["label"] == "variant")
    known = dict(zip(variant["tickvals"], variant["ticktext"], strict=True))
    ranked = sorted(zip(dimensions[-1]["values"], variant["values"], strict=True))
    expected = medians(trials, "commit", "small")
    assert [known[place][:10] for _, place in ranked] == [
        name[:10] for name in sorted(expected, key=expected.get)
    ]
    keep(page, "compare")


@pytest.mark.slow
def test_tracker_ui_is_light_on_loopback_and_ends_with_ctrl_c(recorded):
    project, _, tracking = recorded
    (project / "MLproject").write_text("name: test\n")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW", "TRACKER"))}
    port = free_port(0)
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "tracker", "--project", str(project)),
            *("ui", "--view", "trend", "--port", str(port)),
        ],
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            address = process.stdout.readline().strip()
            with urllib.request.urlopen(address, timeout=30) as answer:
                body = answer.read().decode()
            found = [process.pid] + [
                one.pid for one in psutil.Process(process.pid).children(recursive=True)
            ]
            listening = {
                one.laddr.ip
                for pid in found
                for one in psutil.Process(pid).net_connections()
                if one.status == psutil.CONN_LISTEN
            }
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(30)
    assert address == f"http://127.0.0.1:{port}/{view_path(tracking.experiment_id, TREND)}"
    assert "<title>MLflow</title>" in body
    assert listening == {"127.0.0.1"}
    assert len(found) <= 4, "not the ten of a plain `mlflow ui`"
    assert not any(psutil.pid_exists(pid) for pid in found)
