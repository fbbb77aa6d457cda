"""`tracker tools`: get what a measurement needs."""

from enum import StrEnum
from typing import Annotated

import typer

from tracker.cli.output import note, write

app = typer.Typer(help="Install the tools that are measured.", no_args_is_help=True)


class Tool(StrEnum):
    """What can be installed."""

    JJ = "jj"


@app.command("install")
def install(tool: Annotated[Tool, typer.Argument(help="jj")] = Tool.JJ) -> None:
    """Install a tool for the tracker alone; each way tried is said, each download verified.

    Example: tracker tools install jj
    """
    from tracker.workflow.health import install_tool

    installed = install_tool(tool.value, note)
    if installed is None:
        raise typer.Exit(4)
    write(installed)
