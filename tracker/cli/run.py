"""`tracker run`: measure."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.output import Format, note, write, write_json
from tracker.cli.state import project_option

if TYPE_CHECKING:
    from tracker.workflow.request import RunRequest


def run(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SUITE|CONFIG.yaml",
            help="Suites by id or glob, or files; default: the basic operations.",
        ),
    ] = None,
    test: Annotated[
        list[str] | None, typer.Option(help="Only these tests (id or glob).", metavar="TEST")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="Not these tests.", metavar="TEST")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="Only tests with one of these tags.", metavar="TAG")
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(help="Only these variants (name or glob).", metavar="VARIANT"),
    ] = None,
    repo_size: Annotated[
        list[str] | None, typer.Option(help="small, medium or large.", metavar="SIZE")
    ] = None,
    repo: Annotated[
        list[Path] | None,
        typer.Option(help="Measure a copy of this repository; it is only read.", metavar="PATH"),
    ] = None,
    iterations: Annotated[int | None, typer.Option(help="Rounds, 1–1000.")] = None,
    warmup: Annotated[int | None, typer.Option(help="Discarded rounds, 0–10.")] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="Measure until every ratio is known this well, such as 2%.", metavar="PERCENT"
        ),
    ] = None,
    max_iterations: Annotated[
        int | None, typer.Option(help="With --precision: the most rounds, 15–1000 (200).")
    ] = None,
    max_minutes: Annotated[
        float | None, typer.Option(help="With --precision: the longest a test may take (10).")
    ] = None,
    pin_cpu: Annotated[
        int | None, typer.Option(help="Run commands on this processor alone.", metavar="N")
    ] = None,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="Run commands with SCHED_RR (root).")
    ] = False,
    cold_cache: Annotated[
        bool, typer.Option("--cold-cache", help="Drop the page cache before each (root).")
    ] = False,
    environment: Annotated[str, typer.Option(help="Where to measure: local or docker.")] = "local",
    strict_limits: Annotated[
        bool, typer.Option("--strict-limits", help="Refuse a container limit that is not in force.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Seed of fixtures and order.")] = None,
    session: Annotated[
        str | None, typer.Option(help="Session id, benchmark-<unix ms>.", metavar="ID")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted session.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print every command, run none.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder of the reports.", metavar="DIR")
    ] = None,
    author: Annotated[str | None, typer.Option(help="Author named in the report.")] = None,
    keep_names: Annotated[
        bool, typer.Option("--keep-names", help="Keep names and output of imported repositories.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
) -> None:
    """Measure suites on all systems and write a report.

    Example: tracker run basic-operations --repo-size medium --iterations 30
    """
    from tracker.workflow.request import RunRequest

    request = RunRequest(
        sources=tuple(sources or ()),
        tests=tuple(test or ()),
        exclude=tuple(exclude or ()),
        tags=tuple(tag or ()),
        variants=tuple(variant or ()),
        repo_sizes=tuple(repo_size or ()),
        repos=tuple(repo or ()),
        iterations=iterations,
        warmup=warmup,
        precision=precision,
        max_iterations=max_iterations,
        max_minutes=max_minutes,
        pin_cpu=pin_cpu,
        realtime=realtime,
        cold_cache=cold_cache,
        environment=environment,
        strict_limits=strict_limits,
        seed=seed,
        session=session,
        resume=resume,
        output=output,
        author=author,
        keep_names=keep_names,
    )
    if dry_run:
        _print_commands(request, form)
    else:
        _measure(request, form)


def _print_commands(request: "RunRequest", form: Format) -> None:
    from tracker.workflow.dry_run import planned_commands

    commands = planned_commands(project_option(), request)
    if form is Format.JSON:
        write_json([command.model_dump(mode="json", by_alias=True) for command in commands])
        return
    for command in commands:
        write(str(command))


def _measure(request: "RunRequest", form: Format) -> None:
    from tracker.cli.progress import ProgressLine
    from tracker.workflow.task import planned_task

    task = planned_task(project_option(), request)
    from tracker.workflow.session import run_session  # MLflow alone takes seconds to import

    with ProgressLine() as progress:
        columns = shutil.get_terminal_size((100, 40)).columns
        outcome = run_session(task, progress, note, width=columns)
    if form is Format.JSON and outcome.report is not None:
        write(outcome.report.to_json(indent=2))
    else:
        write(outcome.table)
    for line in outcome.closing_lines:
        note(line)
    if outcome.exit_code:
        raise typer.Exit(outcome.exit_code)
