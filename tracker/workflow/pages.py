"""Addresses of MLflow's pages for sessions, trials and prepared views."""

from pathlib import Path

from patterns.models import PatternRecord
from tracker.config import InputError, Project
from tracker.models import ProcessedResult
from tracker.tracking.cases import cases
from tracker.tracking.client import is_remote, without_password
from tracker.tracking.protocol import Recorded
from tracker.tracking.server import LOOPBACK, USUAL_PORT, run_path, view_path
from tracker.tracking.views import REGRESSIONS, TREND, case_view
from tracker.workflow.archive import folder_of
from tracker.workflow.tracked import read_mark
from tracker.workflow.workspace import open_workspace


def base_address(uri: str) -> str:
    """Return where the pages answer: the server's address, or where `tracker ui` puts them."""
    if is_remote(uri):
        return without_password(uri).rstrip("/")
    return f"http://{LOOPBACK}:{USUAL_PORT}"


def session_pages(uri: str, recorded: Recorded | None) -> dict[str, str]:
    """Return the addresses a report links to, by what they show; nothing without MLflow."""
    if recorded is None:
        return {}
    base, experiment = base_address(uri), recorded.experiment_id
    own = recorded.session_run
    return {
        **({} if own is None else {"this session": f"{base}/{run_path(experiment, own)}"}),
        "latest session": f"{base}/{view_path(experiment)}",
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
    return case_view(found[0]) if found else None
