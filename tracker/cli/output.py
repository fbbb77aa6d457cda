"""Results on stdout, in the form that was asked for; everything else on stderr."""

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

UNKNOWN = "–"
"""What an unknown value prints as."""

CSV_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would run a cell that starts with one of these."""


class Format(StrEnum):
    """Forms of a result."""

    TEXT = "text"
    JSON = "json"


class TableFormat(StrEnum):
    """Forms of a table."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


def plain(text: str) -> str:
    """Return `text` without control characters, which a terminal would obey."""
    if text.isprintable():  # nearly always, and a table of ten thousand rows has many cells
        return text
    return "".join(
        character if character in "\n\t" or character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


def write(text: str) -> None:
    """Write a result."""
    sys.stdout.write(plain(text).rstrip("\n") + "\n")


def note(text: str) -> None:
    """Write what accompanies a result."""
    sys.stderr.write(plain(text).rstrip("\n") + "\n")


def write_json(value: Any) -> None:  # noqa: ANN401  whatever JSON can hold
    """Write a result as JSON."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def cell(value: object) -> str:
    """Return a value as a table shows it."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"  # noqa: PLR2004
    return plain(str(value)).replace("\n", " ")


def write_table(rows: Sequence[Mapping[str, object]], form: TableFormat, *, empty: str) -> None:
    """Write rows of the same keys in the form asked for; `empty` is said when there is none."""
    if form is TableFormat.JSON:
        write_json([dict(row) for row in rows])
    elif form is TableFormat.CSV:
        sys.stdout.write(_csv(rows))
    elif form is TableFormat.MARKDOWN:
        sys.stdout.write(_markdown(rows))
    elif not rows:
        note(empty)
    else:
        sys.stdout.write(_text(rows))


def _csv(rows: Sequence[Mapping[str, object]]) -> str:
    if not rows:
        return ""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow(["" if value is None else _csv_cell(value) for value in row.values()])
    return buffer.getvalue()


def _csv_cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    harmless = _is_number(value) or not text.startswith(CSV_FORMULA_STARTS)
    return text if harmless else f"'{text}"


def _markdown(rows: Sequence[Mapping[str, object]]) -> str:
    if not rows:
        return ""
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [[cell(value).replace("|", "\\|") for value in row.values()] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _text(rows: Sequence[Mapping[str, object]]) -> str:
    from rich.cells import cell_len

    names = list(rows[0])
    table = [names, *[[cell(row[name]) for name in names] for row in rows]]
    numeric = [all(_is_number(row[name]) for row in rows) for name in names]

    def width(text: str) -> int:
        return len(text) if text.isascii() else cell_len(text)

    widths = [max(width(line[column]) for line in table) for column in range(len(names))]

    def padded(text: str, column: int) -> str:
        gap = " " * (widths[column] - width(text))
        return gap + text if numeric[column] else text + gap

    lines = ["  ".join(padded(text, column) for column, text in enumerate(line)) for line in table]
    return "".join(line.rstrip() + "\n" for line in lines)
