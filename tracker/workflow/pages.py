"""Addresses of MLflow's pages for sessions, trials and prepared views."""

from pathlib import Path

from patterns.models import PatternRecord
from tracker.config import InputError, Project
from tracker.models import ProcessedResult
from tracker.tracking.address import is_remote, without_password
from tracker.tracking.cases import cases
from tracker.tracking.protocol import Recorded
from tracker.tracking.server import (
    LOOPBACK,
    REGRESSIONS,
    TREND,
    USUAL_PORT,
    run_path,
    view_path,
)
from tracker.workflow.archive import folder_of
from tracker.workflow.mlflow_mark import read_mark
from tracker.workflow.workspace import open_workspace


def base_address(uri: str) -> str:
    """Return where the pages answer: the server's address, or where `tracker ui` puts them."""
    if is_remote(uri):
        return without_password(uri).rstrip("/")
    return f"http://{LOOPBACK}:{USUAL_PORT}"


def session_page(uri: str, recorded: Recorded | None) -> str | None:
    """Return the address of the session's run, which a report links to; None without MLflow."""
    if recorded is None or recorded.session_run is None:
        return None
    return f"{base_address(uri)}/{run_path(recorded.experiment_id, recorded.session_run)}"


def view_pages(uri: str, recorded: Recorded | None) -> dict[str, str]:
    """Return the addresses of the prepared views by what they show."""
    if recorded is None:
        return {}
    base, experiment = base_address(uri), recorded.experiment_id
    return {
        "every operation": f"{base}/{view_path(experiment)}",
        "trend over sessions": f"{base}/{view_path(experiment, TREND)}",
        "regressions": f"{base}/{view_path(experiment, REGRESSIONS)}",
    }


def trial_pages(uri: str, recorded: Recorded | None) -> dict[str, str]:
    """Return the address of each trial's run, by the tracker's run id."""
    if recorded is None:
        return {}
    base = base_address(uri)
    return {
        run_id: f"{base}/{run_path(recorded.experiment_id, mlflow_run)}"
        for run_id, mlflow_run in recorded.trials.items()
    }


def pages_of_run(project: Path | None, record: PatternRecord) -> dict[str, str]:
    """Return the pages on one trial; nothing where MLflow does not have its session."""
    workspace = open_workspace(project)
    context = record.context
    recorded = _recorded(workspace.project, record.pattern.session_id)
    if recorded is None or context.run_id is None:
        return {}
    uri = workspace.settings.tracking_uri
    own = trial_pages(uri, recorded).get(context.run_id)
    view = _view_of(workspace.project, record)
    return {
        **({} if own is None else {"MLflow page": own}),
        **(
            {}
            if view is None
            else {"all variants": f"{base_address(uri)}/{view_path(recorded.experiment_id, view)}"}
        ),
    }


def path_of_run(project: Path | None, run_id: str) -> str:
    """Return the path of a trial's page below the address of the pages."""
    workspace = open_workspace(project)
    for folder in sorted(workspace.project.sessions.glob("*"), reverse=True):
        recorded = _recorded(workspace.project, folder.name)
        if recorded is not None and run_id in recorded.trials:
            return run_path(recorded.experiment_id, recorded.trials[run_id])
    raise InputError.single(
        run_id, "has no run in MLflow", advice="See: tracker runs list; tracker runs sync"
    )


def _recorded(project: Project, session_id: str) -> Recorded | None:
    mark = read_mark(folder_of(project, session_id))
    return None if mark is None else mark.recorded


def _view_of(project: Project, record: PatternRecord) -> str | None:
    folder = folder_of(project, record.pattern.session_id)
    if not folder.finished:
        return None
    context = record.context

    def same(result: ProcessedResult) -> bool:
        return (result.test_id, result.repo_id) == (context.test_id, context.fixture_id)

    found = [case for case in cases(folder.report().results) if same(case.result)]
    return found[0].view if found else None
