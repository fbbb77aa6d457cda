"""What a person sees: MLflow's own pages on a real server in Chromium."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.tracking.synthetic import record_session, session
from tracker.tracking.server import (
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
