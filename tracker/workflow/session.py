"""One session: the whole program, stage after stage."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracker import __version__
from tracker.analysis import process
from tracker.config import InputError
from tracker.measurement.engine import measure_plan
from tracker.measurement.progress import Progress
from tracker.measurement.sweep import sweep
from tracker.models import (
    BenchmarkReport,
    GroupResult,
    ProcessedResult,
    SessionInfo,
)
from tracker.plan import round_order
from tracker.report.terminal import to_text
from tracker.workflow.bench import Bench, MakeExecutor, Report, Say, local_executor, opened_bench
from tracker.workflow.containers import docker_executor
from tracker.workflow.faults import faults_recorded
from tracker.workflow.interruption import exit_code
from tracker.workflow.learned import keep_recommendations, with_patterns
from tracker.workflow.mlflow_mark import mark_tracked
from tracker.workflow.privacy import published
from tracker.workflow.remembering import remember, rewarded
from tracker.workflow.reports import session_result, write_session_report
from tracker.workflow.session_report import report_of
from tracker.workflow.task import Task

FAILED = 4
"""A benchmark failed to run."""


@dataclass(frozen=True)
class Outcome:
    """What `tracker run` prints; `report` is None when the session was interrupted."""

    report: BenchmarkReport | None
    table: str
    closing_lines: tuple[str, ...]
    exit_code: int


def run_session(
    task: Task,
    progress: Report,
    warn: Say,
    *,
    width: int = 100,
    make_executor: MakeExecutor | None = None,
    clock: Callable[[], float] = time.time,
) -> Outcome:
    """Measure what was asked for, remember it, and report.

    Parameters
    ----------
    task : Task
        What was asked for and planned.
    progress : callable
        Told what is being done and which share of it is behind us.
    warn : callable
        Told what the user should know at once.
    width : int
        Columns of the table.
    make_executor : callable, optional
        What touches the outside, by default what `--environment` asks for; tests replay a script.
    clock : callable
        Unix seconds.
    """
    workspace, plan = task.workspace, task.prepared.plan
    sweep(workspace.settings.work_dir)
    maker = make_executor or _maker(task, warn)
    with (
        opened_bench(
            workspace, plan, task.folder, progress, warn, maker, keep_names=task.keep_names
        ) as bench,
        faults_recorded(bench.journal, task.folder.session_id),
    ):
        session = _session(task, bench, clock)
        task.folder.begin(session, plan)
        bench.tracking.begin_session(session)
        groups = []
        for measured in _measured(task, session, bench, progress):
            group = published(measured, keep_names=session.keep_names)
            remember(group, session, plan, bench)
            groups.append(group)
        if bench.stop.requested:
            return _interrupted(task, bench)
        bench.tracking.measured()
        results = process(groups, plan.config.analysis, seed=plan.seed)
        results = rewarded(groups, results, session, plan, bench)
        results = with_patterns(results, session, bench.history, warn)
        return _concluded(task, session, groups, results, bench, width, clock)


def _maker(task: Task, warn: Say) -> MakeExecutor:
    """Return what makes the executor; a session goes on where it was begun."""
    environment = task.known.machine.environment if task.known else task.request.environment
    if environment == "docker":
        return docker_executor(warn, strict_limits=task.request.strict_limits)
    return local_executor


def _session(task: Task, bench: Bench, clock: Callable[[], float]) -> SessionInfo:
    machine, versions = bench.executor.describe(), bench.executor.versions()
    if task.known is not None:
        _refuse_another(task.known, machine.machine_class, versions)
        return task.known
    config = task.prepared.plan.config
    return SessionInfo(
        session_id=task.folder.session_id,
        config_id=config.id,
        config_name=config.name,
        config_hash=task.prepared.config_hash,
        started_ms=int(clock() * 1000),
        seed=task.prepared.plan.seed,
        machine=machine,
        versions=versions,
        tracker_version=__version__,
        config_file=str(task.prepared.config_file) if task.prepared.config_file else None,
        command=task.request.repeatable,
        author=task.request.author,
        keep_names=task.keep_names,
    )


def _refuse_another(known: SessionInfo, machine_class: str, versions: dict[str, str]) -> None:
    if known.machine.machine_class != machine_class:
        raise InputError.single(
            known.session_id,
            "was begun on another class of machine",
            advice="Times of different machines are not compared: begin a new session.",
        )
    if known.versions != versions:
        raise InputError.single(
            known.session_id,
            f"was begun with {known.versions}, here are {versions}",
            advice="Begin a new session, or use the same tools again.",
        )


def _measured(
    task: Task, session: SessionInfo, bench: Bench, progress: Report
) -> Iterator[GroupResult]:
    plan = task.prepared.plan

    def tell(step: Progress) -> None:
        rounds = f" {step.round} of {step.rounds}" if step.round and step.rounds else ""
        variant = f" {step.variant}" if step.variant else ""
        text = f"{step.group}{variant}: {step.message or step.step}{rounds}"
        progress(text, step.done / step.total if step.total else None)

    return measure_plan(
        plan,
        session,
        bench.executor,
        bench.journal,
        order=lambda name, number, count: round_order(plan.seed, name, number, count),
        resume=task.resumption,
        stop=bench.stop,
        progress=tell,
    )


def _interrupted(task: Task, bench: Bench) -> Outcome:
    bench.tracking.measured()
    bench.tracking.terminate("KILLED")
    resume = f"tracker run --resume --session {task.folder.session_id}"
    return Outcome(
        report=None,
        table=f"Interrupted by {bench.stop.reason}; every finished iteration is kept.",
        closing_lines=(f"Go on with:  {resume}",),
        exit_code=exit_code(bench.stop),
    )


def _concluded(
    task: Task,
    session: SessionInfo,
    groups: Sequence[GroupResult],
    results: Sequence[ProcessedResult],
    bench: Bench,
    width: int,
    clock: Callable[[], float],
) -> Outcome:
    plan, workspace = task.prepared.plan, task.workspace
    measured = session_result(plan, session, groups, now_ms=clock() * 1000)
    report = report_of(
        workspace.project,
        plan,
        measured,
        groups,
        results,
        generated_ms=int(clock() * 1000),
        history=bench.history,
    )
    written = write_session_report(workspace, plan, measured, report, bench.tracking.recorded)
    own_folder = written.csv.parent if plan.config.output.archive_results else None
    bench.tracking.finish_session(results, measured.trials, own_folder)
    if bench.store is not None:
        keep_recommendations(report, bench.store)
    task.folder.finish(report)
    lacking = not mark_tracked(task.folder, workspace.settings.tracking_uri, bench.tracking)
    return Outcome(
        report=report,
        table=to_text(report, measured.trials, measured.skipped, width),
        closing_lines=(
            f"Report:   {_shown(written.best)}",
            f"Session:  {session.session_id}, {len(measured.trials)} trials",
            *(("MLflow:   something is missing; write it with  tracker runs sync",) * lacking),
            "Next:     tracker ui                          the runs in MLflow",
            "          tracker patterns query 'commit-*'   what is remembered",
            "          tracker runs list                   every trial",
        ),
        exit_code=FAILED if report.summary.failed_tests else 0,
    )


def _shown(path: Path) -> Path:
    """Return a path as it is shortest to read: relative to the current folder where it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
