"""Reports: of the session that has just ended, and of any earlier one."""

from collections.abc import Sequence
from pathlib import Path

from patterns.store import PatternStore, StoreError
from tracker.analysis import (
    average_speedup,
    compare_session,
    key_findings,
    overall_ranking,
    recommendations,
    session_growth,
    with_bottlenecks,
)
from tracker.analysis.history import PastSeries, historical, with_history
from tracker.analysis.noise import noise_floor
from tracker.config import InputError, Project
from tracker.measurement.engine import group_names
from tracker.measurement.journal import load_journal
from tracker.measurement.resume import Resumption
from tracker.measurement.summary import result_of
from tracker.models import (
    BenchmarkReport,
    GroupResult,
    Plan,
    ProcessedResult,
    SessionInfo,
    SessionResult,
)
from tracker.models.report import Historical
from tracker.report.build import Judgement, build_report
from tracker.report.comment import to_comment
from tracker.report.files import write_files
from tracker.report.html import to_html
from tracker.report.iterations import to_csv
from tracker.report.json_form import json_parts
from tracker.report.markdown import to_markdown
from tracker.report.parquet import to_parquet
from tracker.report.write import WrittenReport, write_report
from tracker.tracking.protocol import Recorded
from tracker.workflow.archive import SessionFolder, all_sessions, find_session
from tracker.workflow.pages import session_page, trial_pages, view_pages
from tracker.workflow.past import past_series
from tracker.workflow.privacy import published, published_config
from tracker.workflow.tracked import read_mark
from tracker.workflow.workspace import Workspace, open_workspace


def report_of(
    project: Project,
    plan: Plan,
    measured: SessionResult,
    groups: Sequence[GroupResult],
    results: Sequence[ProcessedResult],
    *,
    generated_ms: int,
    history: PatternStore | None = None,
) -> BenchmarkReport:
    """Return the report of what was measured.

    Parameters
    ----------
    history : PatternStore, optional
        Where earlier sessions are; None where the configuration doesn't ask it.
    """
    settings = plan.config.analysis
    growth = session_growth(groups, settings)
    explained = with_bottlenecks(groups, results, growth, settings)
    past: tuple[PastSeries, ...] = ()
    then = Historical(
        previous_reports=_earlier(project, measured),
        machine_class=measured.session.machine.machine_class,
        reason="the configuration does not ask the history",
    )
    if not settings.trend_analysis:
        then = then.model_copy(update={"reason": "the configuration asks for no trends"})
    elif history is not None:
        try:
            past = past_series(measured, explained, history)
        except StoreError as error:  # what was measured is reported without it
            then = then.model_copy(update={"reason": f"the history cannot be read: {error}"})
        else:
            then = historical(past, settings, previous_reports=then.previous_reports).model_copy(
                update={"machine_class": then.machine_class}
            )
    finished = with_history(explained, past)
    speedup, n = average_speedup(finished)
    ranking = overall_ranking(finished, settings)
    judgement = Judgement(
        comparison=compare_session(finished).model_copy(update={"growth": growth}),
        overall_winner=ranking.winner if ranking else None,
        avg_speedup=speedup,
        avg_speedup_n=n,
        key_findings=key_findings(finished),
    )
    return build_report(
        measured,
        finished,
        judgement,
        {group.fixture.id: group.fixture for group in groups if group.fixture is not None},
        generated_ms=generated_ms,
        historical=then,
        recommendations=recommendations(groups, finished, ranking, then, settings),
        settings=settings,
        noise=noise_floor(groups, finished, then.noise_floor),
    )


def _earlier(project: Project, measured: SessionResult) -> tuple[str, ...]:
    """Return the ids of earlier reports of the same configuration."""
    session = measured.session
    return tuple(
        ending.report_id
        for folder in all_sessions(project)
        if folder.session_id != session.session_id
        and (ending := folder.ending()) is not None
        and ending.config_id == session.config_id
    )


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
