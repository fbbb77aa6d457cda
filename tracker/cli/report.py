"""`tracker report`: show a session again."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.output import note
from tracker.cli.state import project_option


class ReportFormat(StrEnum):
    """Forms of a report."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    CSV = "csv"
    COMMENT = "comment"
    PARQUET = "parquet"


def report(
    session: Annotated[
        str | None, typer.Argument(help="Session id; default: the latest.", metavar="SESSION")
    ] = None,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="Form of the report.")
    ] = ReportFormat.MARKDOWN,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write; default: stdout.", metavar="FILE"),
    ] = None,
) -> None:
    """Show the report of a session again.

    comment is Markdown made for a pull request; parquet has every column of every iteration.

    Example: tracker report --format html -o report.html
    """
    import sys

    from tracker.workflow.reports import render_session, session_parquet, write_once

    if form is ReportFormat.PARQUET:
        if output is None:
            raise typer.BadParameter("parquet needs a file", param_hint="--output")
        write_once(output, session_parquet(project_option(), session))
        note(f"Written to {output}")
        return
    text = render_session(project_option(), session, form.value)
    if output is None:
        sys.stdout.write(text)
        return
    write_once(output, text)
    note(f"Written to {output}")
