"""`tracker check`: a gate for continuous integration, and `tracker mute`."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.output import Format, note, write, write_json
from tracker.cli.state import project_option

MOST_SUMMARY_BYTES = 1_000_000
"""GitHub ends a step whose summary is larger than 1 MiB."""


class FailOn(StrEnum):
    """Severities of a regression."""

    MINOR = "minor"
    MODERATE = "moderate"
    SEVERE = "severe"


class GateFormat(StrEnum):
    """Forms of the answer."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    OPENMETRICS = "openmetrics"
    BENCHER = "bencher"


OldOption = Annotated[
    Path | None, typer.Option(metavar="PROGRAM", help="The tool before, measured in turns.")
]
NewOption = Annotated[Path | None, typer.Option(metavar="PROGRAM", help="The tool after.")]
SystemOption = Annotated[
    str, typer.Option("--vcs", metavar="NAME", help="Whose programs they are: git or jujutsu.")
]
SuiteOption = Annotated[
    list[str] | None, typer.Option(metavar="SUITE", help="Suites the tests are looked up in.")
]
TestOption = Annotated[
    list[str] | None, typer.Option(metavar="TEST", help="Measure these (id or glob).")
]
SizeOption = Annotated[
    list[str] | None, typer.Option(metavar="SIZE", help="small, medium or large.")
]
RepoOption = Annotated[
    list[Path] | None, typer.Option(metavar="PATH", help="Measure in a copy of this repository.")
]


def check(
    fail_on: Annotated[
        FailOn, typer.Option(help="Least severity that fails: minor, moderate or severe.")
    ] = FailOn.MINOR,
    baseline: Annotated[
        str,
        typer.Option(help="base (version before), last:N, best or tag:NAME.", metavar="WHICH"),
    ] = "last:10",
    metric: Annotated[
        list[str] | None,
        typer.Option(help="time, cpu, memory or disk; default: time and cpu.", metavar="METRIC"),
    ] = None,
    old: OldOption = None,
    new: NewOption = None,
    vcs: SystemOption = "git",
    suite: SuiteOption = None,
    test: TestOption = None,
    repo_size: SizeOption = None,
    repo: RepoOption = None,
    budget: Annotated[float, typer.Option(help="Seconds for measuring one test again.")] = 300.0,
    limits: Annotated[
        str, typer.Option(help="Percents from where minor, moderate, severe.", metavar="A,B,C")
    ] = "3,10,25",
    rate: Annotated[
        float, typer.Option("--q", help="False discovery rate over all series and looks.")
    ] = 0.1,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 3 where something could not be decided.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of the order within rounds.")] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: print.")
    ] = None,
    form: Annotated[
        GateFormat, typer.Option("--format", help="Form of the answer.")
    ] = GateFormat.TEXT,
) -> None:
    """Fail when something became slower, and say how sure that is.

    Exit codes: 0 passed; 1 a confirmed regression of --fail-on or worse; 2 wrong usage;
    3 undecided, with --strict only; 4 a benchmark failed. Machine classes are never mixed.

    Example: tracker check --old git-2.54 --new git-2.55 --test status --repo-size small
    """
    from tracker.cli.progress import ProgressLine
    from tracker.report.gate import RENDERERS, marker_of, to_markdown
    from tracker.workflow.gate import check as judge
    from tracker.workflow.gate_history import GateRules
    from tracker.workflow.gate_request import CheckRequest
    from tracker.workflow.request import RunRequest

    request = CheckRequest(
        rules=GateRules(
            baseline=baseline, limits_percent=_percents(limits), fail_on=fail_on.value, q=rate
        ),
        metrics=tuple(metric or ("time", "cpu")),
        selection=RunRequest(
            sources=tuple(suite or ()),
            tests=tuple(test or ()),
            repo_sizes=tuple(repo_size or ()),
            repos=tuple(repo or ()),
        ),
        old=old,
        new=new,
        vcs_type=vcs,
        budget_s=budget,
        strict=strict,
        seed=seed,
    )
    with ProgressLine() as progress:
        report = judge(project_option(), request, progress)
    text = RENDERERS[form.value](report)
    if form is GateFormat.MARKDOWN:
        text = to_markdown(report, marker=marker_of(report))
    # The answer is written before the exit code is: a failed step must not lose it.
    if output is None:
        write(text)
    else:
        output.write_text(text, encoding="utf-8")
        note(f"written to {output}")
    _summarise(to_markdown(report, marker=marker_of(report)))
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def mute(
    test: Annotated[str, typer.Argument(metavar="TEST", help="Test or series name, or a glob.")],
    until: Annotated[str, typer.Option(metavar="DATE", help="Last day, 2026-01-31.")],
    why: Annotated[str, typer.Option(help="Stands in every report.")],
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
) -> None:
    """Keep a test from failing checks until a day, with the reason.

    It is written to experiments/mutes.yaml: commit it. Muted verdicts are still reported.

    Example: tracker mute 'status*' --until 2026-12-31 --why "slower disk until the move"
    """
    from tracker.workflow.mutes import FILE, today
    from tracker.workflow.mutes import mute as add

    done = add(project_option(), test, until=until, why=why, today=today())
    if form is Format.JSON:
        write_json(done.model_dump(mode="json", by_alias=True))
        return
    write(f"{done.test} is muted {done.told}")
    note(f"Written to {FILE}: commit it.")


def _percents(text: str) -> tuple[float, float, float]:
    try:
        minor, moderate, severe = (float(part) for part in text.split(","))
    except ValueError:
        from tracker.config import InputError

        raise InputError.single(
            "--limits", f"{text} is not three percents", advice="Write percents such as 3,10,25."
        ) from None
    return minor, moderate, severe


def _summarise(text: str) -> None:
    """Append to the summary of a GitHub step, where there is one and it has room."""
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if not place:
        return
    path = Path(place)
    there = path.stat().st_size if path.exists() else 0
    if there + len(text.encode()) <= MOST_SUMMARY_BYTES:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
