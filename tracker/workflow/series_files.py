"""Series in CSV files, plain or gzip: read with the line of every complaint, written whole."""

import csv
import gzip
import io
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from patterns.learning.series import Series, SeriesError, read_time, read_value
from tracker.config import InputError

COLUMNS = ("series", "timestamp", "value")
ROLES = ("history", "test")
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class SeriesFile:
    """The series of a file, and the lines their points stand in."""

    path: Path
    series: tuple[Series, ...]
    lines: tuple[tuple[int, ...], ...]

    def refused(self, which: int, error: SeriesError) -> InputError:
        """Return the error of one series with its file, line and name."""
        lines = self.lines[which]
        return InputError.single(
            self.path,
            error.message,
            line=None if error.position is None else lines[error.position],
            key=f"series {self.series[which].name}",
            advice=error.advice,
        )


@dataclass(slots=True)
class _Rows:
    stamps: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    known: int = 0
    source: str = ""


def read_series(path: Path, *, roles: bool = False) -> SeriesFile:
    """Return the series of a CSV file in the order of their first rows.

    Parameters
    ----------
    path : Path
        Columns `series,timestamp,value` in any order, others are ignored; gzip is recognised
        by content.
    roles : bool
        Read the column `role` (`history` or `test`) too, and `source` where there is one.

    Raises
    ------
    InputError
        With file and line, when a column, a number or every row is missing.
    """
    found: dict[str, _Rows] = {}
    for line, row in _rows(path, (*COLUMNS, "role") if roles else COLUMNS):
        rows = found.setdefault(row["series"], _Rows(source=row.get("source", "")))
        try:
            rows.times.append(read_time(row["timestamp"]))
            rows.values.append(read_value(row["value"]))
        except SeriesError as error:
            raise InputError.single(path, error.message, line=line, advice=error.advice) from error
        rows.stamps.append(row["timestamp"])
        rows.lines.append(line)
        if not roles or _is_history(path, line, row["role"], rows):
            rows.known += 1
    if not found:
        raise InputError.single(path, "no row", advice="A series needs rows below the header.")
    return SeriesFile(
        path=path,
        series=tuple(
            Series(
                name=name,
                stamps=tuple(rows.stamps),
                times=np.array(rows.times),
                values=np.array(rows.values),
                known=rows.known,
                source=rows.source,
            )
            for name, rows in found.items()
        ),
        lines=tuple(tuple(rows.lines) for rows in found.values()),
    )


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table whole or not at all; gzip where the name ends in `.gz`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    content = buffer.getvalue().encode()
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        # A fixed time in the gzip header keeps the same result the same file.
        partial.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError.single(
            path, f"cannot be written: {error.strerror}", advice="Choose another place with -o."
        ) from error


def _is_history(path: Path, line: int, role: str, rows: _Rows) -> bool:
    if role not in ROLES:
        raise InputError.single(
            path, f"role {role!r} is unknown", line=line, advice="Write history or test."
        )
    if role == "history" and rows.known < len(rows.stamps) - 1:
        raise InputError.single(
            path,
            "a history row stands after a test row of its series",
            line=line,
            advice="Put the history of each series first.",
        )
    return role == "history"


def _rows(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(_text(path)), restkey="", restval="")
    missing = [name for name in needed if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError.single(
            path,
            f"column{'s' if len(missing) > 1 else ''} {', '.join(missing)} missing",
            line=1,
            advice=f"The header needs {','.join(needed)}.",
        )
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError.single(
            path, str(error), line=reader.line_num, advice="Write plain CSV with commas."
        ) from error


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if content.startswith(GZIP_MAGIC):
            content = gzip.decompress(content)
        return content.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError.single(
            path, f"cannot be read: {reason}", advice="Give a CSV file in UTF-8, plain or gzip."
        ) from error
