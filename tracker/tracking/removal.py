"""Runs moved to MLflow's trash, and the trash emptied."""

import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mlflow import MlflowClient
from mlflow.entities import Run, ViewType

from tracker.tracking import names
from tracker.tracking.address import TrackingError, is_remote
from tracker.tracking.client import STORE_ERRORS, first_line
from tracker.tracking.names import Tag

_MOST = 50_000


@dataclass(frozen=True)
class Removed:
    """A run that was removed, or would be; `problem` says what stayed and why."""

    mlflow_run: str
    name: str
    session_id: str | None
    level: str | None
    run_id: str | None = None
    problem: str | None = None


def find_runs(
    client: MlflowClient, *, sessions: Iterable[str] = (), run_ids: Iterable[str] = ()
) -> list[Run]:
    """Return the runs of sessions, and those with these ids, the tracker's or MLflow's."""
    wanted = [
        *(f"tags.`{Tag.SESSION.value}` = '{_quoted(session)}'" for session in sessions),
        *(
            condition
            for key in run_ids
            for condition in (
                f"tags.`{Tag.RUN_ID.value}` = '{_quoted(key)}'",
                f"attributes.run_id = '{_quoted(key)}'",
            )
        ),
    ]
    experiments = [one.experiment_id for one in client.search_experiments()]
    found: dict[str, Run] = {}
    for condition in wanted:
        for run in client.search_runs(experiments, filter_string=condition, max_results=_MOST):
            if run.data.tags.get(Tag.LEVEL) in {names.TRIAL, names.VARIANT, names.SESSION}:
                found[str(run.info.run_id)] = run
    return list(found.values())


def delete_runs(client: MlflowClient, runs: Iterable[Run], *, really: bool) -> list[Removed]:
    """Move runs to MLflow's trash, from which its pages can restore them, or only tell."""
    done = []
    for run in runs:
        if really:
            client.delete_run(str(run.info.run_id))
        done.append(_removed(run))
    return done


def empty_trash(client: MlflowClient, uri: str, *, before_ms: int, really: bool) -> list[Removed]:
    """Remove the tracker's runs that were deleted before a time for good, with their artifacts.

    MLflow's own `gc` ends at the first artifact folder that is missing, and takes the runs
    of others with it. A folder that cannot be removed is told and the rest goes on.

    Raises
    ------
    TrackingError
        The store is a server's: only the server can do this.
    """
    if is_remote(uri):
        raise TrackingError(
            "a server keeps the runs, and only the server can remove them for good: "
            "run `mlflow gc` where it runs."
        )
    experiments = [one.experiment_id for one in client.search_experiments(view_type=ViewType.ALL)]
    trash = client.search_runs(
        experiments,
        filter_string=f"tags.`{Tag.LEVEL.value}` LIKE '%'",
        run_view_type=ViewType.DELETED_ONLY,
        max_results=_MOST,
    )
    # When a run was deleted is known to the store alone; no public way leads to it, and
    # `mlflow gc` itself does it so.
    store = client._tracking_client.store  # noqa: SLF001
    age_ms = max(0, _now_ms() - before_ms)
    old = set(store._get_deleted_runs(older_than=age_ms))  # noqa: SLF001
    done = []
    for run in trash:
        if str(run.info.run_id) in old:
            problem = _purge(store, run) if really else None
            done.append(_removed(run, problem))
    return done


def _purge(store: Any, run: Run) -> str | None:  # noqa: ANN401  MLflow's own store
    """Remove a run and then its artifacts; return what stayed."""
    folder = local_folder(str(run.info.artifact_uri))
    try:
        store._hard_delete_run(run.info.run_id)  # noqa: SLF001  as above
        if folder is None:
            return f"artifacts stay at {run.info.artifact_uri}"
        run_folder = folder.parent if folder.name == "artifacts" else folder
        if run_folder.name == run.info.run_id and run_folder.is_dir():
            shutil.rmtree(run_folder)
    except STORE_ERRORS as error:
        return first_line(error)
    return None


def local_folder(artifact_uri: str) -> Path | None:
    """Return the folder of an artifact address, None where it is not on this machine.

    Examples
    --------
    >>> local_folder("file:///project/mlruns/1/abc/artifacts")
    PosixPath('/project/mlruns/1/abc/artifacts')
    >>> local_folder("s3://bucket/1/abc/artifacts")
    """
    parts = urlsplit(artifact_uri)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return Path(artifact_uri) if parts.scheme == "" and artifact_uri else None


def _removed(run: Run, problem: str | None = None) -> Removed:
    tags = run.data.tags
    return Removed(
        mlflow_run=str(run.info.run_id),
        name=str(run.info.run_name),
        session_id=tags.get(Tag.SESSION),
        level=tags.get(Tag.LEVEL),
        run_id=tags.get(Tag.RUN_ID),
        problem=problem,
    )


def _quoted(text: str) -> str:
    """Return a value that cannot end the quotes of a filter; no id holds one."""
    return text.replace("'", "")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
