"""`tracker fixtures`: the repositories that are measured in."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.output import TableFormat, note, write, write_json, write_table
from tracker.cli.state import project_option

app = typer.Typer(help="Build, list, show and remove repository fixtures.", no_args_is_help=True)

SizeArgument = Annotated[
    str, typer.Argument(metavar="SIZE|FILE", help="small, medium, large, or a file of parameters.")
]
IdArgument = Annotated[str, typer.Argument(metavar="FIXTURE", help="See `tracker fixtures list`.")]


class ParameterFormat(StrEnum):
    """Forms of generation parameters."""

    YAML = "yaml"
    JSON = "json"


FormatOption = Annotated[TableFormat, typer.Option("--format")]


@app.command("build")
def build(
    size: SizeArgument,
    seed: Annotated[int, typer.Option(help="Seed of the content.")] = 0,
    strategy: Annotated[
        str | None,
        typer.Option(help="synthetic or realistic; realistic for a file that has a shape."),
    ] = None,
    form: FormatOption = TableFormat.TEXT,
) -> None:
    """Build a fixture before it is needed.

    Example: tracker fixtures build medium --seed 1
    """
    from tracker.cli.progress import ProgressLine
    from tracker.workflow.fixtures import build_fixture

    with ProgressLine() as progress:
        fixture = build_fixture(project_option(), size, seed, progress, strategy)
    if form is TableFormat.JSON:
        write_json(fixture.model_dump(mode="json", by_alias=True))
    else:
        write(fixture.id)


@app.command("learn")
def learn(
    repository: Annotated[Path, typer.Argument(metavar="PATH", help="A Git repository.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A new file: .yaml or .json.")
    ] = None,
    form: Annotated[ParameterFormat, typer.Option("--format")] = ParameterFormat.YAML,
) -> None:
    """Write the shape of a repository as generation parameters: numbers, no names, no content.

    Example: tracker fixtures learn ~/src/project -o project.yaml
    """
    from tracker.config import parameters_text
    from tracker.workflow.fixtures import learned_parameters
    from tracker.workflow.reports import write_once

    parameters = learned_parameters(project_option(), repository)
    if output is None:
        write(parameters_text(parameters, as_json=form is ParameterFormat.JSON))
        return
    as_json = output.suffix.lower() == ".json" or form is ParameterFormat.JSON
    write_once(output, parameters_text(parameters, as_json=as_json))
    note(f"Written to {output}. Next: tracker fixtures build {output}")


@app.command("list")
def list_fixtures(form: FormatOption = TableFormat.TEXT) -> None:
    """List the cached fixtures.

    Example: tracker fixtures list
    """
    from tracker.workflow.fixtures import cached_fixtures

    fixtures = cached_fixtures(project_option())
    if form is TableFormat.JSON:
        write_json([fixture.model_dump(mode="json", by_alias=True) for fixture in fixtures])
        return
    rows = [
        {
            "fixture": fixture.id,
            "size": fixture.size.value,
            "files": fixture.metadata.files,
            "commits": fixture.metadata.commits,
            "branches": fixture.metadata.branches,
            "created": fixture.created_at,
        }
        for fixture in fixtures
    ]
    write_table(rows, form, empty="No fixture is cached. Build one: tracker fixtures build small")


@app.command("show")
def show(fixture_id: IdArgument) -> None:
    """Show a fixture as JSON.

    Example: tracker fixtures show synthetic-small-1a2b3c4d
    """
    from tracker.workflow.fixtures import find_fixture

    write(find_fixture(project_option(), fixture_id).to_json(indent=2))


@app.command("remove")
def remove(fixture_id: IdArgument) -> None:
    """Remove a fixture from the cache; it can be built again.

    Example: tracker fixtures remove synthetic-small-1a2b3c4d
    """
    from tracker.workflow.fixtures import remove_fixture

    remove_fixture(project_option(), fixture_id)
    note(f"Removed {fixture_id}")
