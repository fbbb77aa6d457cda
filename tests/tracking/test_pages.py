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
def served(open_tracking, project):
    """Return (address, trials, tracking) of a server with two sessions."""
    for number in (0, 1):
        tracking = open_tracking()
        trials = record_session(
            tracking, session(number), operations=("status", "commit"), sizes=("small", "medium")
        )
    made = ui(f"sqlite:///{project / 'mlflow.db'}", project / "mlruns")
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
        yield browser.new_page(viewport={"width": 1500, "height": 1000})
        browser.close()


def medians(trials, test, size):
    return {
        t.summary.variant: t.stats.time_ms.median
        for t in trials
        if (t.summary.test_id, t.summary.repo_size) == (test, size)
    }


def bars(page, count):
    """Return value and colour of each bar by run name, of the first `count` charts drawn."""
    page.wait_for_function(
        "count => document.querySelectorAll('.js-plotly-plot .bars path').length >= count",
        arg=3 * count,
        timeout=60_000,
    )
    return [
        sorted(zip(chart["values"], chart["colours"], strict=True))
        for chart in page.evaluate(BARS)[:count]
    ]


@pytest.mark.browser
@pytest.mark.slow
def test_the_prepared_views_draw_a_bar_for_each_variant(page, served):
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

    page.get_by_text("Latest session: every operation").click()
    page.get_by_text("commit · small", exact=True).wait_for()

    page.goto("about:blank")
    page.goto(f"{url}/{view_path(experiment, 'case-commit-small')}")
    (chart,) = bars(page, 1)
    assert [value for value, _ in chart] == pytest.approx(
        sorted(medians(trials, "commit", "small").values())
    )

    own = next(t for t in trials if t.summary.variant == "jujutsu")
    run_id = tracking._runs.trials[own.summary.run_id]
    page.goto(f"{url}/{run_path(experiment, run_id)}")
    page.get_by_text("jujutsu against git: different, 1.61× faster").wait_for()
