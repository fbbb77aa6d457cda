"""`tracker bisect`: which version became slower."""

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.check import RepoOption, SizeOption, SuiteOption, SystemOption
from tracker.cli.output import Format, write, write_json
from tracker.cli.state import project_option

UNDECIDED = 3


def bisect(
    programs: Annotated[
        list[Path], typer.Argument(metavar="PROGRAM...", help="The same tool, oldest first.")
    ],
    test: Annotated[str, typer.Option(metavar="TEST", help="The test that became slower.")],
    metric: Annotated[str, typer.Option(help="time, cpu or memory.")] = "cpu",
    vcs: SystemOption = "git",
    suite: SuiteOption = None,
    repo_size: SizeOption = None,
    repo: RepoOption = None,
    budget: Annotated[float, typer.Option(help="Seconds for each version asked about.")] = 300.0,
    least: Annotated[float, typer.Option(help="Smallest change that matters, percent.")] = 3.0,
    seed: Annotated[int, typer.Option(help="Seed of the order within rounds.")] = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 3 where no version could be named.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
) -> None:
    """Find the first slow one of several versions, measured in turns with the first.

    Exit codes: 0 answered; 2 wrong usage; 3 undecided, with --strict only; 4 a version failed.

    Example: tracker bisect git-2.52 git-2.53 git-2.54 git-2.55 --test status --repo-size small
    """
    from tracker.cli.progress import ProgressLine
    from tracker.report.gate import bisect_text
    from tracker.workflow.bisect import bisect_versions
    from tracker.workflow.gate_request import BisectRequest
    from tracker.workflow.request import RunRequest

    request = BisectRequest(
        programs=tuple(programs),
        test=test,
        metric=metric,
        selection=RunRequest(
            sources=tuple(suite or ()),
            repo_sizes=tuple(repo_size or ()),
            repos=tuple(repo or ()),
        ),
        vcs_type=vcs,
        budget_s=budget,
        least_percent=least,
        seed=seed,
    )
    with ProgressLine() as progress:
        report = bisect_versions(project_option(), request, progress)
    if form is Format.JSON:
        write_json(report.model_dump(mode="json", by_alias=True))
    else:
        write(bisect_text(report))
    if strict and not report.found:
        raise typer.Exit(UNDECIDED)
