"""Reports written and shown again: nothing is judged here, so that old ones open at once."""

from collections.abc import Sequence
from pathlib import Path

from tracker.config import InputError
from tracker.measurement.group_names import group_names
from tracker.measurement.journal import load_journal
from tracker.measurement.resume import Resumption
from tracker.measurement.summary import result_of
from tracker.models import BenchmarkReport, GroupResult, Plan, SessionInfo, SessionResult
from tracker.report.comment import to_comment
from tracker.report.files import write_files
from tracker.report.html import to_html
from tracker.report.iterations import to_csv
from tracker.report.json_form import json_parts
from tracker.report.markdown import to_markdown
from tracker.report.parquet import to_parquet
from tracker.report.write import WrittenReport, write_report
from tracker.tracking.protocol import Recorded
from tracker.workflow.archive import SessionFolder, find_session
from tracker.workflow.mlflow_mark import read_mark
from tracker.workflow.pages import session_page, trial_pages, view_pages
from tracker.workflow.privacy import published, published_config
from tracker.workflow.workspace import Workspace, open_workspace


def write_session_report(
    workspace: Workspace,
    plan: Plan,
    measured: SessionResult,
    report: BenchmarkReport,
    recorded: Recorded | None = None,
) -> WrittenReport:
    """Write a report where the configuration wants it; it links to what is `recorded` in MLflow."""
    output, uri = plan.config.output, workspace.settings.tracking_uri
    folder = workspace.project.root / output.destination
    if output.archive_results:
        folder /= measured.session.session_id
    return write_report(
        folder,
        report,
        measured=measured,
        formats=output.formats,
        compression=output.compression,
        config_json=published_config(plan.config, keep_names=measured.session.keep_names).to_json(
            indent=2
        ),
        mlflow_url=session_page(uri, recorded),
        mlflow_views=view_pages(uri, recorded),
        mlflow_runs=trial_pages(uri, recorded),
    )


def session_result(
    plan: Plan, session: SessionInfo, groups: Sequence[GroupResult], *, now_ms: float
) -> SessionResult:
    """Return everything that was measured, with all that was skipped."""
    return SessionResult(
        session=session,
        trials=tuple(trial for group in groups for trial in group.trials),
        records=tuple(record for group in groups for record in group.records),
        skipped=(*plan.skipped, *(one for group in groups for one in group.skipped)),
        duration_ms=max(now_ms - session.started_ms, 0.0),
    )


def render_session(project: Path | None, session_id: str | None, form: str) -> str:
    """Return a finished session's report in another form, or its iterations as CSV."""
    workspace = open_workspace(project)
    folder = find_session(workspace.project, session_id)
    if form == "csv":
        return to_csv(record for group in recorded_groups(folder) for record in group.records)
    if not folder.finished:
        raise InputError.single(
            folder.session_id,
            "is not finished, so there is no report",
            advice=f"Go on with: tracker run --resume --session {folder.session_id}",
        )
    report = folder.report()
    if form == "json":
        return "".join(json_parts(report))
    if form == "markdown":
        return to_markdown(report)
    groups = recorded_groups(folder)
    measured = session_result(folder.plan(), folder.session(), groups, now_ms=0)
    if form == "comment":
        return to_comment(report, measured.trials, measured.skipped)
    mark, uri = read_mark(folder), workspace.settings.tracking_uri
    recorded = None if mark is None else mark.recorded
    return to_html(
        report,
        trials=measured.trials,
        records=measured.records,
        skipped=measured.skipped,
        title=measured.session.config_name,
        mlflow_url=session_page(uri, recorded),
        mlflow_views=view_pages(uri, recorded),
        mlflow_runs=trial_pages(uri, recorded),
    )


def session_parquet(project: Path | None, session_id: str | None) -> bytes:
    """Return every iteration of a session with every column."""
    folder = find_session(open_workspace(project).project, session_id)
    records = (record for group in recorded_groups(folder) for record in group.records)
    return to_parquet(records, folder.session_id)


def recorded_groups(folder: SessionFolder) -> list[GroupResult]:
    """Return what the journal of a session holds and may be published."""
    plan, keep_names = folder.plan(), folder.session().keep_names
    known = Resumption(load_journal(folder.journal))
    return [
        published(result_of(group, known.ledger(name)), keep_names=keep_names)
        for name, group in zip(group_names(plan), plan.groups, strict=True)
    ]


def write_once(path: Path, content: str | bytes) -> None:
    """Write a file that does not exist yet, whole or not at all."""
    try:
        write_files(path.parent, {path.name: content})
    except FileExistsError as error:
        raise InputError.single(
            path, "exists already", advice="Give another name; nothing is overwritten."
        ) from error
    except OSError as error:
        raise InputError.single(
            path, f"cannot be written: {error.strerror}", advice="Give another place."
        ) from error
