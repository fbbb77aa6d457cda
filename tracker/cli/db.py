"""`tracker db`: the pattern store's schema."""

from typing import Annotated

import typer

from tracker.cli.output import Format, note, write, write_json
from tracker.cli.state import project_option

app = typer.Typer(help="Upgrade and check the pattern store.", no_args_is_help=True)

FormatOption = Annotated[Format, typer.Option("--format")]


@app.command("upgrade")
def upgrade() -> None:
    """Bring the store to this version's schema; existing data is backed up first.

    Example: tracker db upgrade
    """
    from tracker.workflow.history import upgrade_store

    note(upgrade_store(project_option()))


@app.command("current")
def current(form: FormatOption = Format.TEXT) -> None:
    """Print the schema's revision.

    Example: tracker db current
    """
    from tracker.workflow.history import store_revision

    revision = store_revision(project_option())
    if form is Format.JSON:
        write_json({"revision": revision})
    else:
        write(revision or "none")


@app.command("check")
def check(form: FormatOption = Format.TEXT) -> None:
    """Compare the store with this version's models.

    Example: tracker db check
    """
    from tracker.workflow.history import check_store

    differences = check_store(project_option())
    if form is Format.JSON:
        write_json({"agrees": not differences, "differences": differences})
    else:
        write("\n".join(differences) if differences else "The store agrees with the models.")
    if differences:
        raise typer.Exit(1)
