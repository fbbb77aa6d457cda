"""MLflow's pages on the project's runs."""

import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

from tracker.config import InputError
from tracker.tracking.address import TrackingError, absolute_uri, is_remote, without_password
from tracker.tracking.server import (
    LATEST,
    experiments_path,
    free_port,
    latest_experiment,
    ui,
    view_path,
    wait_until_ready,
)
from tracker.workflow.pages import path_of_run
from tracker.workflow.workspace import open_workspace

START_TIMEOUT_S = 120.0
"""A cold start took 11–27 s on a quiet machine with two cores."""


def serve(
    project: Path | None,
    *,
    port: int | None,
    view: str = LATEST,
    run: str | None = None,
    open_browser: bool,
    say: Callable[[str], None],
    show: Callable[[str], None],
) -> None:
    """Start the pages on loopback, print the address of what is to be seen, and wait for Ctrl-C.

    Where the runs are on a server, only the address is printed.

    Raises
    ------
    InputError
        Where `run` is no trial in MLflow, the port is taken, or the pages do not start.
    """
    workspace = open_workspace(project)
    path = None if run is None else path_of_run(project, run)
    try:
        uri = absolute_uri(workspace.settings.tracking_uri, workspace.project.root)
    except TrackingError as error:
        raise InputError.single("MLFLOW_TRACKING_URI", str(error)) from error
    if is_remote(uri):
        address = _address(uri.rstrip("/"), view, path)
        show(address)
        if open_browser:
            webbrowser.open(address)
        return
    if port is not None and free_port(port) != port:
        raise InputError.single(
            "--port", f"{port} is in use", advice="Leave it out for a free one."
        )
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
        address = _address(pages.url, view, path)
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


def _address(url: str, view: str, path: str | None) -> str:
    shown = without_password(url)
    if path is not None:
        return f"{shown}/{path}"
    try:
        experiment = latest_experiment(url)
    except OSError:
        experiment = None
    return f"{shown}/{experiments_path() if experiment is None else view_path(experiment, view)}"


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
