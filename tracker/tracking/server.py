"""MLflow's pages, started light, and the addresses in them. Nothing here imports MLflow."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from tracker.tracking.address import ARTIFACT_ROOT, given_root
from tracker.tracking.names import TRIAL, Tag

LOOPBACK = "127.0.0.1"
USUAL_PORT = 5000

LATEST, REGRESSIONS, TREND = "latest", "regressions", "trend"
"""Prepared views that every experiment has; `Case.view` names those of its cases."""


@dataclass(frozen=True)
class Ui:
    """How to start `mlflow ui`, and where it will answer."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    url: str


def ui(
    uri: str,
    artifact_root: Path,
    *,
    port: int | None = None,
    environ: Mapping[str, str] | None = None,
) -> Ui:
    """Return how to start the pages of the store at the absolute `uri`.

    One worker on loopback, without the job runner of MLflow's language-model features:
    2 processes in place of 10. The address of the store goes through the environment,
    because every user can read an argument vector and it may hold a password.
    """
    port = free_port() if port is None else port
    usual = os.environ if environ is None else environ
    return Ui(
        argv=(
            *(sys.executable, "-m", "mlflow", "server"),
            *("--host", LOOPBACK, "--port", str(port), "--workers", "1"),
        ),
        environment={
            **usual,
            "MLFLOW_BACKEND_STORE_URI": uri,
            ARTIFACT_ROOT: given_root(artifact_root, usual),
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
        },
        url=f"http://{LOOPBACK}:{port}",
    )


def free_port(preferred: int = USUAL_PORT) -> int:
    """Return `preferred` where nobody listens on it, else a port the system chooses."""
    for port in (preferred, 0):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(listener.getsockname()[1])
    raise OSError(f"no free port on {LOOPBACK}")


def view_path(experiment_id: str, view: str = LATEST) -> str:
    """Return the path of a prepared view.

    `workflowType` leads past MLflow's landing page for language models; no tag does.

    Examples
    --------
    >>> view_path("1")
    '#/experiments/1/runs?workflowType=machine_learning&viewStateShareKey=latest&compareRunsMode=CHART'
    """
    return (
        f"#/experiments/{experiment_id}/runs?workflowType=machine_learning"
        f"&viewStateShareKey={view}&compareRunsMode=CHART"
    )


def run_path(experiment_id: str, run_id: str) -> str:
    """Return the path of a run's page."""
    return f"#/experiments/{experiment_id}/runs/{run_id}?workflowType=machine_learning"


def trials_path(experiment_id: str, session_id: str) -> str:
    """Return the path of the list of a session's trials, the latest or an older one."""
    wanted = f"tags.`{Tag.SESSION.value}` = '{session_id}' AND tags.`{Tag.LEVEL.value}` = '{TRIAL}'"
    return (
        f"#/experiments/{experiment_id}/runs?workflowType=machine_learning"
        f"&searchFilter={quote(wanted, safe='')}"
    )


def artifact_path(experiment_id: str, run_id: str, artifact: str) -> str:
    """Return the path of the page that shows an artifact of a run."""
    return (
        f"#/experiments/{experiment_id}/runs/{run_id}/artifacts/{artifact}"
        "?workflowType=machine_learning"
    )


def experiments_path() -> str:
    """Return the path of the list of experiments."""
    return "#/experiments?workflowType=machine_learning"


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]", *, timeout_s: float) -> bool:
    """Return True as soon as the server answers, False when it has ended or time is over."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):  # noqa: S310  loopback http
                return True
        except OSError:
            time.sleep(0.1)
    return False


def latest_experiment(url: str, config_id: str | None = None) -> str | None:
    """Return the id of the tracker's experiment that was changed last, asked of a server."""
    wanted = f" = '{config_id}'" if config_id else " LIKE 'benchmark-%'"
    body = {
        "max_results": 1,
        "filter": f"tags.`{Tag.CONFIG_ID.value}`{wanted}",
        "order_by": ["last_update_time DESC"],
    }
    parts = urlsplit(url)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    request = urllib.request.Request(  # noqa: S310  the address is the project's own setting
        f"{bare.rstrip('/')}/api/2.0/mlflow/experiments/search",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **authorization(url, os.environ)},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  as above
        found = json.load(answer).get("experiments", [])
    return str(found[0]["experiment_id"]) if found else None


def authorization(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the header that lets a server know who asks, as MLflow's client sends it.

    MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, else MLFLOW_TRACKING_TOKEN, else
    the user in the address.
    """
    parts = urlsplit(url)
    user = environ.get("MLFLOW_TRACKING_USERNAME")
    password = environ.get("MLFLOW_TRACKING_PASSWORD")
    if user and password:
        return {"Authorization": f"Basic {_base64(f'{user}:{password}')}"}
    token = environ.get("MLFLOW_TRACKING_TOKEN")
    if token:
        return {"Authorization": f"Bearer {token}"}
    if parts.username:
        given = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return {"Authorization": f"Basic {_base64(given)}"}
    return {}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
