"""`tracker config`: benchmark configurations."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.output import note, write, write_json

app = typer.Typer(help="Begin, check and describe configurations.", no_args_is_help=True)


class Kind(StrEnum):
    """What has a schema."""

    CONFIG = "config"
    SUITE = "suite"
    REPORT = "report"


@app.command("init")
def init(
    file: Annotated[Path | None, typer.Argument(help="File to write; default: stdout.")] = None,
) -> None:
    """Write a configuration to begin with, every key explained.

    Example: tracker config init benchmark.yaml
    """
    from tracker.workflow.catalogue import starting_configuration

    text = starting_configuration()
    if file is None:
        write(text)
        return
    from tracker.workflow.reports import write_once

    write_once(file, text)
    note(f"Written to {file}. Measure with: tracker run {file}")


@app.command("validate")
def validate(file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Check a configuration or a suite.

    Example: tracker config validate benchmark.yaml
    """
    from tracker.workflow.catalogue import validate_file

    error = validate_file(file)
    if error:
        note(f"tracker: {error}")
        raise typer.Exit(2)
    write(f"{file}: valid")


@app.command("schema")
def schema(kind: Annotated[Kind, typer.Argument(help="What it describes.")] = Kind.CONFIG) -> None:
    """Print the JSON schema of files, for editors, or of a report in JSON.

    Example: tracker config schema > benchmark.schema.json
    """
    from tracker.workflow.catalogue import json_schema

    write_json(json_schema(kind.value))
