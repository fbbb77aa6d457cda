"""What MLflow lacks, written from the journals of the sessions: `tracker runs sync`."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from patterns.store import PatternStore, schema
from tracker.config import InputError
from tracker.measurement.group_names import group_names
from tracker.measurement.journal import load_journal
from tracker.measurement.resume import Resumption
from tracker.measurement.summary import result_of
from tracker.models import GroupResult, ProcessedResult, SessionInfo
from tracker.tracking.address import TrackingError
from tracker.tracking.recorder import Tracking
from tracker.tracking.session_run import ADOPTED
from tracker.workflow.archive import SessionFolder, all_sessions, find_session
from tracker.workflow.mlflow_mark import held, is_pending, write_mark
from tracker.workflow.privacy import published, published_config
from tracker.workflow.remembering import baseline_finder
from tracker.workflow.scoring import score
from tracker.workflow.session_changes import changes_of
from tracker.workflow.tracked import track
from tracker.workflow.workspace import Workspace, open_workspace

Say = Callable[[str], None]


@dataclass(frozen=True)
class Synced:
    """What became of a session: `written` trials are new in MLflow, `there` were known."""

    session_id: str
    state: str
    written: int = 0
    there: int = 0

    @property
    def done(self) -> bool:
        """Say whether nothing is left to be done."""
        return self.state != "incomplete"


def pending_sessions(project: Path | None, session_id: str | None = None) -> list[SessionFolder]:
    """Return the sessions of which MLflow may lack something, the oldest first."""
    workspace = open_workspace(project)
    chosen = (
        all_sessions(workspace.project)
        if session_id is None
        else [find_session(workspace.project, session_id)]
    )
    uri = workspace.settings.tracking_uri
    return [folder for folder in chosen if is_pending(folder, uri)]


def sync_sessions(
    project: Path | None, session_id: str | None, *, progress: Say, warn: Say
) -> list[Synced]:
    """Write what MLflow lacks of the sessions; what it has stays as it is.

    The oldest session comes first, so that the prepared views end with the latest one.

    Raises
    ------
    InputError
        When there is no such session, or the store cannot be opened: nothing was written.
    """
    workspace = open_workspace(project)
    done = []
    with ExitStack() as stack:
        address = workspace.settings.store_url
        store = None
        if schema.current(address) is not None:
            store = stack.enter_context(PatternStore(address, create=False))
        for folder in pending_sessions(project, session_id):
            with held(folder) as ours:
                if not ours:
                    done.append(Synced(folder.session_id, "being measured"))
                    continue
                progress(folder.session_id)
                done.append(_sync(workspace, folder, store, warn))
    return done


def _sync(
    workspace: Workspace, folder: SessionFolder, store: PatternStore | None, warn: Say
) -> Synced:
    session, plan = folder.session(), folder.plan()
    groups = finished_groups(folder)
    uri = workspace.settings.tracking_uri
    # The run an `mlflow run` may just have made is not that of this session.
    environ = {name: value for name, value in workspace.environ.items() if name != ADOPTED}
    try:
        tracking = Tracking.open(
            uri,
            workspace.project.artifacts,
            published_config(plan.config, keep_names=session.keep_names),
            warn=warn,
            environ=environ,
            keep_names=session.keep_names,
        )
    except TrackingError as error:
        raise InputError.single(
            "MLFLOW_TRACKING_URI", str(error), advice="Try again when it answers."
        ) from error
    tracking.begin_session(session)
    tracking.measured()
    there = len(tracking.recorded.trials)
    judged = _judged(folder)
    changes = changes_of(store, session, groups) if folder.finished else {}
    find = baseline_finder(store, session)
    for group in groups:
        result = judged.get(_case(group))
        level = plan.config.analysis.confidence_level
        for one in score(group, session, find, result, level=level):
            change = changes.get(one.trial.run_id)
            run_id = track(group, one, plan, tracking, judged=result, change=change)
            if run_id is not None and store is not None:
                store.update_mlflow_run(one.trial.run_id, run_id)
    if folder.finished:
        trials = [trial for group in groups for trial in group.trials]
        tracking.finish_session(
            tuple(judged.values()), trials, _report_folder(workspace, folder, session)
        )
    else:
        tracking.terminate("KILLED")
    written = len(tracking.recorded.trials) - there
    if not tracking.complete:
        return Synced(folder.session_id, "incomplete", written, there)
    write_mark(folder, uri, tracking.recorded, finished=folder.finished)
    state = "complete" if folder.finished else "complete so far"
    return Synced(folder.session_id, state, written, there)


def finished_groups(folder: SessionFolder) -> Sequence[GroupResult]:
    """Return the groups of a session that were measured to their end, as they may be published."""
    if not folder.journal.is_file():
        return ()
    plan, keep_names = folder.plan(), folder.session().keep_names
    known = Resumption(load_journal(folder.journal))
    named = zip(group_names(plan), plan.groups, strict=True)
    found = [
        published(result_of(group, known.ledger(name)), keep_names=keep_names)
        for name, group in named
        if known.ledger(name).finished
    ]
    return [group for group in found if group.fixture is not None and group.trials]


def _judged(folder: SessionFolder) -> dict[tuple[str, str, str], ProcessedResult]:
    if not folder.finished:
        return {}
    return {
        (result.test_suite, result.test_id, result.repo_id): result
        for result in folder.report().results
    }


def _case(group: GroupResult) -> tuple[str, str, str]:
    trial = group.trials[0]
    return (trial.suite_id, trial.test_id, trial.repo_id)


def _report_folder(
    workspace: Workspace, folder: SessionFolder, session: SessionInfo
) -> Path | None:
    """Return where the report of a session was written, None where others lie there as well."""
    output = folder.plan().config.output
    if not output.archive_results:
        return None
    found = workspace.project.root / output.destination / session.session_id
    return found if found.is_dir() else None
