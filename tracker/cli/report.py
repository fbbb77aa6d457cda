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

    Example: tracker report --format html -o report.html
    """
    import sys

    from tracker.workflow.reports import render_session

    text = render_session(project_option(), session, form.value)
    if output is None:
        sys.stdout.write(text)
        return
    from tracker.workflow.reports import write_once

    write_once(output, text)
    note(f"Written to {output}")
