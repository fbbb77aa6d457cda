"""`tracker compare`: what got better, what got worse, and what cannot be told."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.output import TableFormat, note, write, write_json, write_table
from tracker.cli.state import project_option

if TYPE_CHECKING:
    from tracker.workflow.comparison import Compared

REGRESSED, UNDECIDED = 1, 3
"""Exit codes that were asked for."""


class Metric(StrEnum):
    """What is compared; less is better in each."""

    TIME = "time"
    CPU = "cpu"
    MEMORY = "memory"
    IO = "io"


def compare(
    baseline: Annotated[
        str | None, typer.Argument(metavar="BASELINE", help="Session, variant or run.")
    ] = None,
    candidate: Annotated[
        str | None, typer.Argument(metavar="CANDIDATE", help="Another of the same kind.")
    ] = None,
    metric: Annotated[Metric, typer.Option(help="What is compared.")] = Metric.TIME,
    session: Annotated[
        str | None,
        typer.Option(help="Where variants are looked up; default: the latest.", metavar="ID"),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show unchanged and undecided tests too.")
    ] = False,
    fail_on_regression: Annotated[
        bool, typer.Option("--fail-on-regression", help="Exit with 1 when something got worse.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when something cannot be told.")
    ] = False,
    other_machine: Annotated[
        bool,
        typer.Option("--allow-different-machine", help="Compare across machine classes."),
    ] = False,
    form: Annotated[TableFormat, typer.Option("--format", help="Form of the result.")] = (
        TableFormat.TEXT
    ),
) -> None:
    """Compare two sessions, variants or runs; without names the latest two sessions.

    Variants of a session are compared round by round. Sessions were measured at different
    times: what lies within the noise between them is not called a difference.

    Example: tracker compare git jujutsu --metric cpu
    """
    from tracker.workflow.comparison import compare_sides

    found = compare_sides(
        project_option(),
        baseline,
        candidate,
        metric=metric.value,
        session=session,
        other_machine=other_machine,
    )
    for warning in found.warnings:
        note(f"! {warning}")
    if form is TableFormat.JSON:
        write_json(found.model_dump(mode="json", by_alias=True))
    else:
        _tell(found, form, every=every)
    if fail_on_regression and found.regressed:
        raise typer.Exit(REGRESSED)
    if strict and found.undecided:
        raise typer.Exit(UNDECIDED)


def _tell(found: "Compared", form: TableFormat, *, every: bool) -> None:
    full = every or form is TableFormat.CSV
    order = ("regressed", "improved", "inconclusive", "missing", "unchanged")
    shown = [
        one
        for one in sorted(found.table.contrasts, key=lambda one: order.index(one.outcome))
        if full or one.outcome in ("regressed", "improved")
    ]
    counted = ", ".join(f"{n} {outcome}" for outcome, n in found.counts.items() if n)
    headline = f"{found.candidate} against {found.baseline}, {found.table.metric}: {counted}"
    if form is TableFormat.TEXT:
        write(headline)
    elif form is TableFormat.MARKDOWN:
        from tracker.report.markdown import escape

        write(f"**{escape(headline)}**\n")
    rows = [
        {
            "outcome": one.outcome,
            "test": one.test,
            "repository": one.repository,
            "variant": one.variant,
            "baseline": one.baseline,
            "candidate": one.candidate,
            "change %": one.change_percent,
            "low %": one.interval[0] if one.interval else None,
            "high %": one.interval[1] if one.interval else None,
            "p adjusted": one.p_adjusted,
            "n": one.n,
            "why": one.reason,
        }
        for one in shown
    ]
    write_table(rows, form, empty="Nothing is shown to differ; --all shows every test.")
