"""`tracker trends`: where stored histories go, and change points and forecasts of CSV files."""

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.output import Format, TableFormat, note, write, write_json, write_table
from tracker.cli.state import project_option

app = typer.Typer(
    help="Find steps in histories and forecast the next values.", no_args_is_help=True
)

InputFile = Annotated[
    Path, typer.Argument(metavar="FILE.csv", help="Plain or gzip; oldest rows first.")
]
OutputFile = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="OUT.csv", help="Default: print a table.")
]
FormatOption = Annotated[TableFormat, typer.Option("--format", help="Without --output.")]


@app.command("show")
def show(
    operation: Annotated[
        str, typer.Argument(metavar="OPERATION", help="Operation, test or imported benchmark.")
    ],
    variant: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this variant; default: all.")
    ] = None,
    metric: Annotated[
        str, typer.Option(help="time, cpu, memory or disk; an import has its own.")
    ] = "time",
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
) -> None:
    """Draw the history of an operation and say where it goes.

    One drawing per test, fixture, variant and machine class, which are never mixed.

    Example: tracker trends show commit --variant jujutsu --metric cpu
    """
    from tracker.cli.trend_drawing import draw
    from tracker.workflow.series_analysis import show_trends

    shown = show_trends(project_option(), operation, variant=variant, metric=metric)
    if form is Format.JSON:
        write_json([one.as_json() for one in shown])
        return
    write("\n\n".join(draw(one) for one in shown))


@app.command("detect")
def detect(
    file: InputFile, output: OutputFile = None, form: FormatOption = TableFormat.TEXT
) -> None:
    """Find where a series changes its level; every row is an alarm.

    Reads series,timestamp,value. A suspect lies in the last 5 points: measure again.

    Example: tracker trends detect history.csv -o changes.csv
    """
    from tracker.workflow.series_trends import detect_file

    result = detect_file(file, output)
    _tell(result.columns, result.rows, result.notes, output, form)


@app.command("forecast")
def forecast(
    file: InputFile, output: OutputFile = None, form: FormatOption = TableFormat.TEXT
) -> None:
    """Forecast every test row from earlier rows, with 80 % and 95 % intervals.

    Reads series,timestamp,value,role with role history or test.

    Example: tracker trends forecast history.csv -o forecast.csv
    """
    from tracker.workflow.series_trends import forecast_file

    result = forecast_file(file, output)
    _tell(result.columns, result.rows, result.notes, output, form)


def _tell(
    columns: tuple[str, ...],
    rows: tuple[tuple[object, ...], ...],
    notes: tuple[str, ...],
    output: Path | None,
    form: TableFormat,
) -> None:
    for each in notes:
        note(each)
    if output is not None:
        note(f"{len(rows)} row{'' if len(rows) == 1 else 's'} written to {output}")
        return
    table = [dict(zip(columns, row, strict=True)) for row in rows]
    write_table(table, form, empty="No row: nothing was found.")
