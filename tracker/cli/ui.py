"""`tracker ui`: look at the runs in MLflow."""

from typing import Annotated

import typer

from tracker.cli.output import note, write
from tracker.cli.state import project_option


def ui(
    port: Annotated[int | None, typer.Option(help="Port; default: a free one.")] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open a browser.")] = False,
) -> None:
    """Show the runs in MLflow's pages.

    Example: tracker ui --port 5000
    """
    from tracker.workflow.ui import serve

    serve(project_option(), port=port, open_browser=open_browser, say=note, show=write)
