"""`tracker doctor`: what is there, how to get the rest, and how noisy the machine is."""

from typing import Annotated

import typer

from tracker.cli.output import TableFormat, note, write_json, write_table
from tracker.cli.state import project_option


def doctor(
    noise: Annotated[
        bool,
        typer.Option(
            "--noise", help="Measure commands against themselves: what can be told apart?"
        ),
    ] = False,
    rounds: Annotated[int, typer.Option(help="With --noise: how many rounds.")] = 40,
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TEXT,
) -> None:
    """Say what can be measured here, and what is missing.

    Example: tracker doctor --noise
    """
    if noise:
        _calibrate(rounds, form)
        return
    from tracker.workflow.health import examine

    rows, healthy = examine(project_option())
    write_table(rows, form, empty="Nothing was checked.")
    if not healthy:
        raise typer.Exit(4)


def _calibrate(rounds: int, form: TableFormat) -> None:
    from tracker.cli.progress import ProgressLine
    from tracker.workflow.noise import as_table, calibrate

    with ProgressLine() as progress:
        found = calibrate(project_option(), progress, rounds=rounds)
    for problem in found.problems:
        note(problem)
    if form is TableFormat.JSON:
        write_json([row.model_dump(mode="json", by_alias=True) for row in found.rows])
        return
    write_table(as_table(found.rows), form, empty="Neither git nor jj is here.")
    note(
        f"Each command against itself over {found.rounds} rounds. Under “15 rounds” …: the smallest"
        " slowdown that one comparison of so many rounds finds four times in five, now."
    )
