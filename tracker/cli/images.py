"""`tracker images`: what a session in containers runs in."""

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.output import TableFormat, note, write, write_table

app = typer.Typer(help="Build and list images for --environment docker.", no_args_is_help=True)


@app.command("build")
def build(
    tag: Annotated[str, typer.Option(help="Name of the image.")] = "vcs-tracker:latest",
    base: Annotated[
        str, typer.Option(help="Debian or Ubuntu image to build on.", metavar="IMAGE")
    ] = "debian:sid-slim",
    debootstrap: Annotated[
        str | None,
        typer.Option(
            help="Make the base from the system's package source: no registry.", metavar="SUITE"
        ),
    ] = None,
    package: Annotated[
        list[str] | None,
        typer.Option(help="Further package, with =VERSION if chosen.", metavar="PACKAGE"),
    ] = None,
    jj: Annotated[Path | None, typer.Option(help="A static jj to put in.", metavar="FILE")] = None,
) -> None:
    """Build an image with git and what else is asked for.

    Example: tracker images build --package jujutsu
    """
    from tracker.workflow.images import build as build_it

    programs = {} if jj is None else {"jj": jj}
    names = tuple(name.partition("=")[0] for name in package or ())
    always = tuple(name for name in ("git", "ca-certificates") if name not in names)
    write(
        build_it(
            tag=tag,
            base=base,
            suite=debootstrap,
            packages=(*always, *(package or ())),
            programs=programs,
            say=note,
        )
    )
    note("Next:  tracker run quickstart --environment docker")


@app.command("list")
def list_all(
    form: Annotated[TableFormat, typer.Option("--format", help="Form of the table.")] = (
        TableFormat.TEXT
    ),
) -> None:
    """List the images that were built for measuring.

    Example: tracker images list
    """
    from tracker.workflow.images import listed

    write_table(listed(), form, empty="No image yet. Build one with: tracker images build")
