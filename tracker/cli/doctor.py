"""`tracker doctor`: what is there, and how to get the rest."""

from typing import Annotated

import typer

from tracker.cli.output import TableFormat, write_table
from tracker.cli.state import project_option


def doctor(form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TEXT) -> None:
    """Say what can be measured here, and what is missing.

    Example: tracker doctor
    """
    from tracker.workflow.health import examine

    rows, healthy = examine(project_option())
    write_table(rows, form, empty="Nothing was checked.")
    if not healthy:
        raise typer.Exit(4)
