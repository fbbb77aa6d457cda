"""`tracker suites`: what can be measured."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.output import Format, TableFormat, note, write_json, write_table
from tracker.cli.state import project_option

app = typer.Typer(help="List, show and validate suites.", no_args_is_help=True)


@app.command("list")
def list_suites(
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TEXT,
) -> None:
    """List the suites; JSON holds them whole.

    Example: tracker suites list
    """
    from tracker.workflow.catalogue import shipped_suites

    suites = shipped_suites(project_option())
    if form is TableFormat.JSON:
        write_json([suite.model_dump(mode="json", by_alias=True) for suite in suites])
        return
    rows = [
        {
            "suite": suite.id,
            "category": suite.category.value,
            "tests": len(suite.tests),
            "name": suite.name,
        }
        for suite in suites
    ]
    write_table(rows, form, empty="No suite was found.")


@app.command("show")
def show_suite(
    suite_id: Annotated[str, typer.Argument(metavar="SUITE")],
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TEXT,
) -> None:
    """Show the tests of a suite and what each system runs.

    Example: tracker suites show basic-operations
    """
    from tracker.workflow.catalogue import find_suite

    suite = find_suite(project_option(), suite_id)
    if form is TableFormat.JSON:
        write_json(suite.model_dump(mode="json", by_alias=True))
        return
    rows = [
        {"test": test.id, "system": vcs, "steps": " && ".join(test.for_vcs(vcs).steps)}
        for test in suite.tests
        for vcs in test.vcs_types
    ]
    write_table(rows, form, empty="The suite has no test.")


@app.command("validate")
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Suites, configurations.")],
    form: Annotated[Format, typer.Option("--format")] = Format.TEXT,
) -> None:
    """Check suite and configuration files; every error is told with file, line and key.

    Example: tracker suites validate my-suite.yaml
    """
    from tracker.workflow.catalogue import validate_file

    checks = [(str(file), validate_file(file)) for file in files]
    if form is Format.JSON:
        write_json([{"file": file, "valid": not error, "error": error} for file, error in checks])
    for file, error in checks:
        if error:
            note(f"tracker: {error}")
        elif form is Format.TEXT:
            sys.stdout.write(f"{file}: valid\n")
    if any(error for _, error in checks):
        raise typer.Exit(2)
