"""`tracker runs`: what was measured, and its place in MLflow."""

from typing import Annotated

import typer

from tracker.cli.output import TableFormat, note, write_json, write_table
from tracker.cli.state import project_option

app = typer.Typer(help="List, show and look after measured trials.", no_args_is_help=True)

INCOMPLETE = 4
"""Something could not be written."""

SHOWN = 100
"""Trials a terminal is given unless more are asked for."""

Form = Annotated[TableFormat, typer.Option("--format")]


@app.command("list")
def list_runs(
    session: Annotated[str | None, typer.Option(help="Only this session.", metavar="ID")] = None,
    limit: Annotated[
        int | None,
        typer.Option(help="Newest N only; default: 100 as text, else all.", min=1, metavar="N"),
    ] = None,
    form: Form = TableFormat.TEXT,
) -> None:
    """List trials, newest first.

    Example: tracker runs list --format json
    """
    from tracker.workflow.history import list_runs as rows_of

    few = SHOWN if limit is None and form is TableFormat.TEXT else None
    rows = rows_of(project_option(), session=session, limit=few + 1 if few else limit)
    write_table(rows[:few], form, empty="No trial yet. Start with: tracker run quickstart")
    if few and len(rows) > few:
        note(f"The newest {few} are shown; --limit N shows more, --format csv all of them.")


@app.command("show")
def show_run(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="Run id, see `tracker runs list`.")],
    form: Form = TableFormat.TEXT,
    open_page: Annotated[bool, typer.Option("--open", help="Open its page in MLflow.")] = False,
) -> None:
    """Show one trial: its result, critique, iterations and pages in MLflow.

    Example: tracker runs show run-1699564800-abc123
    """
    from tracker.workflow.history import show_run as found
    from tracker.workflow.pages import pages_of_run

    shown = found(project_option(), run_id)
    pages = pages_of_run(project_option(), shown.record)
    if form is TableFormat.JSON:
        write_json({**shown.as_json(), "pages": pages})
    else:
        if form is TableFormat.TEXT:
            facts = [{"fact": name, "value": page} for name, page in pages.items()]
            write_table([*shown.facts(), *facts], form, empty="")
            typer.echo()
        write_table(shown.iterations(), form, empty="No iteration was recorded.")
    if open_page:
        from tracker.cli.ui import ui

        ui(run=run_id, open_browser=True)
    elif pages and form is TableFormat.TEXT:
        note("The pages answer while `tracker ui` runs.")


@app.command("sync")
def sync(
    session: Annotated[str | None, typer.Option(help="Only this session.", metavar="ID")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell which sessions.")] = False,
    form: Form = TableFormat.TEXT,
) -> None:
    """Write into MLflow what it lacks, from the journals of the sessions.

    After a server was away or the disk was full; also into another store than before.

    Example: tracker runs sync
    """
    from tracker.workflow.synchronisation import pending_sessions, sync_sessions

    empty = "MLflow has everything."
    if dry_run:
        folders = pending_sessions(project_option(), session)
        write_table([{"session": one.session_id} for one in folders], form, empty=empty)
        return
    done = sync_sessions(project_option(), session, progress=note, warn=note)
    rows = [
        {"session": one.session_id, "state": one.state, "written": one.written, "there": one.there}
        for one in done
    ]
    write_table(rows, form, empty=empty)
    if not all(one.done for one in done):
        note("Something could not be written. Run it again when the store answers.")
        raise typer.Exit(INCOMPLETE)


@app.command("delete")
def delete(
    run_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN]...", help="Ids of trials.")
    ] = None,
    session: Annotated[str | None, typer.Option(help="Every run of it.", metavar="ID")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; otherwise only tell.")] = False,
    form: Form = TableFormat.TEXT,
) -> None:
    """Move runs to MLflow's trash, where its pages can restore them.

    What was learned of them stays: the pattern memory and the session's journal.

    Example: tracker runs delete --session benchmark-1699564800000 --yes
    """
    from tracker.workflow.run_removal import delete as removed

    found = removed(project_option(), run_ids or (), session, really=yes)
    rows = [{"mlflowRun": one.mlflow_run, "name": one.name, "run": one.run_id} for one in found]
    write_table(rows, form, empty="")
    if not yes:
        note("Nothing was deleted. Add --yes to delete this.")


@app.command("gc")
def gc(
    older_than: Annotated[
        float, typer.Option(help="Days since they were deleted.", metavar="DAYS", min=0)
    ] = 30,
    yes: Annotated[bool, typer.Option("--yes", help="Remove it; otherwise only tell.")] = False,
    form: Form = TableFormat.TEXT,
) -> None:
    """Empty MLflow's trash of our runs, with their artifacts; this cannot be undone.

    Example: tracker runs gc --older-than 30 --yes
    """
    from tracker.workflow.run_removal import gc as emptied

    found = emptied(project_option(), older_than, really=yes)
    rows = [
        {"mlflowRun": one.mlflow_run, "name": one.name, "problem": one.problem} for one in found
    ]
    write_table(rows, form, empty="Nothing of ours is in the trash for so long.")
    if rows and not yes:
        note("Nothing was removed. Add --yes to remove this.")
