"""Runs taken out of MLflow; the pattern memory and the sessions' journals stay."""

import time
from collections.abc import Sequence
from pathlib import Path

from tracker.config import InputError
from tracker.tracking.address import TrackingError, absolute_uri
from tracker.tracking.client import connect
from tracker.tracking.removal import Removed, delete_runs, empty_trash, find_runs
from tracker.workflow.workspace import open_workspace

DAY_MS = 86_400_000


def delete(
    project: Path | None, run_ids: Sequence[str], session: str | None, *, really: bool
) -> list[Removed]:
    """Move runs to MLflow's trash, or tell which would be moved; nothing of them is lost yet."""
    if not run_ids and session is None:
        raise InputError.single(
            "runs delete", "names no run", advice="Give run ids, or --session ID."
        )
    workspace = open_workspace(project)
    uri = absolute_uri(workspace.settings.tracking_uri, workspace.project.root)
    try:
        client = connect(uri, workspace.project.artifacts)
        found = find_runs(client, sessions=[] if session is None else [session], run_ids=run_ids)
        if not found:
            raise InputError.single(
                session or ", ".join(run_ids),
                "has no run in MLflow",
                advice="See: tracker runs list",
            )
        return delete_runs(client, found, really=really)
    except TrackingError as error:
        raise _unusable(error) from error


def gc(project: Path | None, older_than_days: float, *, really: bool) -> list[Removed]:
    """Empty MLflow's trash of the tracker's runs, or tell which would go."""
    workspace = open_workspace(project)
    uri = absolute_uri(workspace.settings.tracking_uri, workspace.project.root)
    before = time.time_ns() // 1_000_000 - int(older_than_days * DAY_MS)
    try:
        client = connect(uri, workspace.project.artifacts)
        return empty_trash(client, uri, before_ms=before, really=really)
    except TrackingError as error:
        raise _unusable(error) from error


def _unusable(error: TrackingError) -> InputError:
    return InputError.single("MLFLOW_TRACKING_URI", str(error))
