"""MLflow's pages on the project's runs."""

import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

from tracker.config import InputError
from tracker.tracking.client import absolute_uri, is_remote
from tracker.tracking.server import (
    experiments_path,
    latest_experiment,
    ui,
    view_path,
    wait_until_ready,
)
from tracker.workflow.workspace import open_workspace

START_TIMEOUT_S = 120.0
"""A cold start took 11–27 s on a quiet machine with two cores."""


def serve(
    project: Path | None,
    *,
    port: int | None,
    open_browser: bool,
    say: Callable[[str], None],
    show: Callable[[str], None],
) -> None:
    """Start the pages on loopback, print the address of the prepared view, and wait for Ctrl-C.

    Where the runs are on a server, only the address is printed.
    """
    workspace = open_workspace(project)
    uri = absolute_uri(workspace.settings.tracking_uri, workspace.project.root)
    if is_remote(uri):
        show(_address(uri.rstrip("/")))
        return
    pages = ui(uri, workspace.project.artifacts, port=port)
    say("Starting MLflow's pages; the first start takes half a minute …")
    process = subprocess.Popen(
        pages.argv,
        env=dict(pages.environment),
        cwd=workspace.project.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if not wait_until_ready(pages.url, process, timeout_s=START_TIMEOUT_S):
            raise InputError.single(
                "mlflow ui",
                f"does not answer on {pages.url}",
                advice=f"Try it by hand: {' '.join(pages.argv)}",
            )
        address = _address(pages.url)
        show(address)
        sys.stdout.flush()
        say("Ctrl-C ends it.")
        if open_browser:
            webbrowser.open(address)
        process.wait()
    except KeyboardInterrupt:
        say("Ended.")
    finally:
        _end(process)


def _address(url: str) -> str:
    try:
        experiment = latest_experiment(url)
    except OSError:
        experiment = None
    path = experiments_path() if experiment is None else view_path(experiment)
    return f"{url}/{path}"


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
