"""What a person sees: MLflow's own pages on a real server in Chromium."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.tracking.synthetic import record_session, session
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


@pytest.fixture(scope="session")
def chromium(require_service):
    """Return the path of Chromium, or skip."""
    require_service(
        "Chromium", Path(CHROMIUM).is_file(), "install chromium or set TRACKER_CHROMIUM"
    )
    return CHROMIUM


@pytest.fixture
def served(open_tracking, project, tmp_path):
    """Return (address, trials, tracking) of a server with two sessions."""
    report = tmp_path / "report"
    report.mkdir()
    (report / "report.html").write_text("<h1>The report of the session</h1>")
    for number in (0, 1):
        tracking = open_tracking()
        trials = record_session(
            tracking,
            session(number),
            operations=("status", "commit"),
            sizes=("small", "medium"),
            report_dir=report,
            slower=("git",) if number == 1 else (),
        )
    made = ui(f"sqlite:///{project / 'mlflow.db'}", project / "mlruns", port=free_port(0))
    with subprocess.Popen(
        made.argv, env=dict(made.environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert wait_until_ready(made.url, process, timeout_s=180)
            yield made.url, trials, tracking
        finally:
            process.terminate()


@pytest.fixture
def page(chromium):
    """Return a page of a browser that has never been used."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        made = browser.new_page(viewport={"width": 1500, "height": 1000})
        made.set_default_timeout(90_000)
        yield made
        browser.close()


def medians(trials, test, size):
    return {
        t.summary.variant: t.stats.time_ms.median
        for t in trials
        if (t.summary.test_id, t.summary.repo_size) == (test, size)
    }


def visit(page, address):
    """Go to an address; a new part behind `#` alone would not load the page anew."""
    page.goto("about:blank")
    page.goto(address)


def keep(page, name):
    """Keep a picture where TRACKER_SCREENSHOTS names a folder: docs/images/ is made so."""
    folder = os.environ.get("TRACKER_SCREENSHOTS")
    if folder:
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


@pytest.mark.browser
@pytest.mark.slow
def test_a_new_user_sees_who_is_faster_how_it_changed_and_why(page, served):
    url, trials, tracking = served
    experiment = latest_experiment(url)
    assert experiment == tracking.experiment_id

    # the latest session: a section per operation, a chart per size, a bar per variant
    visit(page, f"{url}/{view_path(experiment)}")
    charts = bars(page, 2)
    for chart, size in zip(charts, ("small", "medium"), strict=True):
        expected = medians(trials, "status", size)
        assert [value for value, _ in chart] == pytest.approx(sorted(expected.values()))
    assert [colour for _, colour in charts[0]] == ["#0072b2", "#d55e00", "#e69f00"]
    text = page.inner_text("body")
    assert "status: ms, lower is better" in text
    assert "commit: ms, lower is better" in text
    keep(page, "latest")

    # the menu of views
    page.get_by_text("Latest session: every operation").click()
    for name in ("Regressions: 4 in the latest session", "Trend over sessions: every operation"):
        page.get_by_text(name).wait_for()
    page.get_by_text("commit · small", exact=True).wait_for()

    # one operation
    visit(page, f"{url}/{view_path(experiment, 'case-commit-small')}")
    (chart,) = bars(page, 1)
    expected = medians(trials, "commit", "small")
    assert [value for value, _ in chart] == pytest.approx(sorted(expected.values()))
    names = page.locator("a", has_text="commit · small · ").all_inner_texts()
    assert [name.split(" · ")[2] for name in names[:3]] == sorted(expected, key=expected.get)
    keep(page, "case")

    # over sessions: a line per variant with a point per session
    visit(page, f"{url}/{view_path(experiment, TREND)}")
    drawn(page, ".js-plotly-plot .scatterlayer .trace", 3)
    lines = page.evaluate(LINES)
    assert [len(line["y"]) for line in lines[:3]] == [2, 2, 2]
    assert {round(line["y"][-1], 6) for line in lines[:3]} == {
        round(value, 6) for value in medians(trials, "status", "small").values()
    }
    keep(page, "trend")

    # what is slower than before
    visit(page, f"{url}/{view_path(experiment, REGRESSIONS)}")
    drawn(page, ".js-plotly-plot .bars path", 4)
    page.get_by_text("4 matching runs").wait_for()
    assert page.evaluate(BARS)[0]["values"] == pytest.approx([1.25] * 4)
    keep(page, "regressions")


@pytest.mark.browser
@pytest.mark.slow
def test_the_pages_of_runs_hold_samples_verdict_environment_and_report(page, served):
    url, trials, tracking = served
    experiment, recorded = tracking.experiment_id, tracking.recorded
    three = [t for t in trials if (t.summary.test_id, t.summary.repo_size) == ("commit", "small")]
    own = next(t for t in three if t.summary.variant == "jujutsu")

    # a trial: verdict with interval, environment, dataset, links; its samples as lines
    run = recorded.trials[own.summary.run_id]
    visit(page, f"{url}/{run_path(experiment, run)}")
    page.get_by_text("jujutsu against git: different, 1.61× faster [1.55, 1.68]").wait_for()
    text = page.inner_text("body")
    for part in ("tool.jj", "0.35.0", "system.kernel", "6.1", "synthetic-small-1a2b3c4d"):
        assert part in text
    keep(page, "trial")
    page.get_by_text("Show more").click()
    page.get_by_text("Session and report").click()
    page.get_by_text("4 tests; the report is under Artifacts").wait_for()
    visit(page, f"{url}/#/experiments/{experiment}/runs/{run}/model-metrics?{TRAINING}")
    page.get_by_placeholder("Search metric charts").fill("sample/time_ms")
    drawn(page, ".js-plotly-plot .scatterlayer .trace", 1)
    (line,) = page.evaluate(LINES)
    assert len(line["y"]) == len(own.records)
    keep(page, "samples")

    # the session: report, table and picture
    artifacts = f"{url}/#/experiments/{experiment}/runs/{recorded.session_run}/artifacts"
    visit(page, f"{artifacts}/tables/results.csv?{TRAINING}")
    page.get_by_text("median_ms").wait_for()
    visit(page, f"{artifacts}/report/report.html?{TRAINING}")
    page.frame_locator("iframe").get_by_text("The report of the session").wait_for()
    visit(page, f"{artifacts}/figures/commit-small.svg?{TRAINING}")
    page.wait_for_function(
        "[...document.images].some(image => image.src.startsWith('blob:') && image.naturalWidth)"
    )
    keep(page, "figure")

    # compare: the metric that was logged first is drawn, and it ranks as the report does
    ids = [recorded.trials[t.summary.run_id] for t in three]
    query = f"runs={json.dumps(ids)}&experiments={json.dumps([experiment])}"
    visit(page, f"{url}/#/compare-runs?{quote(query, safe='=&')}&{TRAINING}")
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
def test_tracker_ui_is_light_on_loopback_and_prints_the_address(open_tracking, project):
    import psutil

    tracking = open_tracking()
    record_session(tracking, session(), operations=("status",), variants=("git",))
    (project / "MLproject").write_text("name: test\n")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW", "TRACKER"))}
    with subprocess.Popen(
        [sys.executable, "-m", "tracker", "--project", str(project), "ui", "--view", "trend"],
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            address = process.stdout.readline().strip()
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
    experiment = tracking.experiment_id
    assert address.endswith(view_path(experiment, TREND))
    assert address.startswith("http://127.0.0.1:")
    assert listening == {"127.0.0.1"}
    assert len(found) <= 4, "not the ten of a plain `mlflow ui`"
    assert not any(psutil.pid_exists(pid) for pid in found)
