"""What a person types: commands are parsed here, and everything else happens elsewhere.

Nothing heavy is imported before a command needs it, so that `tracker --help`
answers at once.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli import (
    bisect,
    check,
    compare,
    config,
    db,
    doctor,
    fixtures,
    history,
    images,
    patterns,
    recommend,
    report,
    run,
    runs,
    suites,
    tools,
    trends,
    ui,
    variants,
)
from tracker.cli.state import set_project

app = typer.Typer(
    name="tracker",
    help="Measure which version-control system and which configuration is best.",
    epilog="Start with: tracker run quickstart",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _options(
    project: Annotated[
        Path | None,
        typer.Option(
            "--project", metavar="DIR", help="Project folder; default: nearest with an MLproject."
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Measure which version-control system and which configuration is best."""
    if version:
        from tracker import __version__

        typer.echo(f"tracker {__version__}")
        raise typer.Exit
    set_project(project)


app.command("run")(run.run)
app.command("compare")(compare.compare)
app.command("report")(report.report)
app.add_typer(runs.app, name="runs")
app.add_typer(suites.app, name="suites")
app.add_typer(variants.app, name="variants")
app.add_typer(fixtures.app, name="fixtures")
app.add_typer(images.app, name="images")
app.add_typer(patterns.app, name="patterns")
app.add_typer(recommend.app, name="recommend")
app.add_typer(trends.app, name="trends")
app.command("check")(check.check)
app.command("bisect")(bisect.bisect)
app.command("mute")(check.mute)
app.add_typer(history.app, name="history")
app.add_typer(db.app, name="db")
app.add_typer(config.app, name="config")
app.add_typer(tools.app, name="tools")
app.command("doctor")(doctor.doctor)
app.command("ui")(ui.ui)


def main() -> None:
    """Run the command line and end with the exit code of the contract."""
    try:
        app()
    except Exception as error:
        from tracker.cli.failure import explain

        code = explain(error)
        if code is None:
            raise
        sys.exit(code)
