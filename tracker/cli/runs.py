"""`tracker runs`: what was measured."""

from typing import Annotated

import typer

from tracker.cli.output import TableFormat, write_json, write_table
from tracker.cli.state import project_option

app = typer.Typer(help="List and show measured trials.", no_args_is_help=True)


@app.command("list")
def list_runs(
    session: Annotated[str | None, typer.Option(help="Only this session.", metavar="ID")] = None,
    limit: Annotated[int | None, typer.Option(help="Newest N only.", min=1)] = None,
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TEXT,
) -> None:
    """List every trial, newest first.

    Example: tracker runs list --format json
    """
    from tracker.workflow.history import list_runs as rows_of

    rows = rows_of(project_option(), session=session, limit=limit)
    write_table(rows, form, empty="No trial yet. Start with: tracker run quickstart")


@app.command("show")
def show_run(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="Run id, see `tracker runs list`.")],
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TEXT,
) -> None:
    """Show one trial: its result, critique and iterations.

    Example: tracker runs show run-1699564800-abc123
    """
    from tracker.workflow.history import show_run as found

    shown = found(project_option(), run_id)
    if form is TableFormat.JSON:
        write_json(shown.as_json())
        return
    if form is TableFormat.TEXT:
        write_table(shown.facts(), form, empty="")
        typer.echo()
    write_table(shown.iterations(), form, empty="No iteration was recorded.")
