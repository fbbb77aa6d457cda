"""`tracker ui`: look at the runs in MLflow."""

from typing import Annotated

import typer

from tracker.cli.output import note, write
from tracker.cli.state import project_option


def ui(
    port: Annotated[int | None, typer.Option(help="Port; default: 5000, or a free one.")] = None,
    view: Annotated[
        str, typer.Option(help="Prepared view: latest, regressions, trend, case-TEST-SIZE.")
    ] = "latest",
    run: Annotated[
        str | None, typer.Option(help="Page of this trial instead.", metavar="RUN")
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open a browser.")] = False,
) -> None:
    """Show the runs in MLflow's pages, on this machine alone.

    Example: tracker ui --view trend
    """
    from tracker.workflow.ui import serve

    serve(
        project_option(),
        port=port,
        view=view,
        run=run,
        open_browser=open_browser,
        say=note,
        show=write,
    )
