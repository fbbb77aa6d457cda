"""`tracker variants`: which systems and configurations can be compared."""

from typing import Annotated

import typer

from tracker.cli.output import TableFormat, write_table
from tracker.cli.state import project_option

app = typer.Typer(help="List variants.", no_args_is_help=True)


@app.command("list")
def list_variants(
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TEXT,
) -> None:
    """List the variants and whether this machine can measure them.

    Example: tracker variants list
    """
    from tracker.workflow.catalogue import known_variants

    write_table(known_variants(project_option()), form, empty="No variant was found.")
