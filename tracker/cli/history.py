"""`tracker history`: results of other benchmark tools."""

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.output import Format, note, write, write_json
from tracker.cli.state import project_option

app = typer.Typer(help="Bring in the history of other benchmark tools.", no_args_is_help=True)


@app.callback()
def _history() -> None:
    """Bring in the history of other benchmark tools."""


@app.command("import")
def import_history(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As its tool wrote it, or gzip.")],
    wanted: Annotated[
        str | None,
        typer.Option("--from", metavar="FORMAT", help="Refuse any other; default: by content."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="Time of a format without one; default: now."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
) -> None:
    """Add the results of a file; what is there already is not added again.

    Reads hyperfine, pytest-benchmark, pyperf, google-benchmark, asv, github-action-benchmark
    (data.js), Bencher metric format and CSV with series,timestamp,value.

    Example: tracker history import .benchmarks/0001_run.json
    """
    from tracker.workflow.imported_history import check_format, import_file

    check_format(wanted)
    done = import_file(project_option(), file, wanted=wanted, at=at)
    for each in done.notes:
        note(each)
    if form is Format.JSON:
        write_json(
            {
                "format": done.source_format,
                "added": done.added,
                "known": done.known,
                "series": done.series,
            }
        )
        return
    write(
        f"{done.source_format}: {done.added} points added, {done.known} were there, "
        f"{done.series} series."
    )
    note("Next:     tracker check                         what changed")
