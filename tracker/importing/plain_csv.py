"""Plain CSV: `series,timestamp,value`, and where there are any unit, machine and commit."""

import csv
import io

from tracker.importing.point import (
    Imported,
    ImportedPoint,
    UnreadableError,
    in_base_unit,
    number_of,
    unix_ms_of,
)

NAME = "csv"

NEEDED = {"series", "timestamp", "value"}


def is_it(text: str) -> bool:
    """Return whether the first line is the header of a history."""
    header = text.split("\n", maxsplit=1)[0]
    return {name.strip() for name in next(csv.reader([header]), [])} >= NEEDED


def read(text: str) -> Imported:
    """Return a point for each row."""
    points: list[ImportedPoint] = []
    for row in csv.DictReader(io.StringIO(text)):
        line = len(points) + 2
        unit = row.get("unit") or ""
        if not row["series"]:
            raise UnreadableError(f"line {line}: the name of the series is missing")
        try:
            value, base = in_base_unit(number_of(row["value"], f"line {line}"), unit)
            timestamp = unix_ms_of(row["timestamp"] or "")
        except UnreadableError as error:
            raise UnreadableError(f"line {line}: {error}") from None
        points.append(
            ImportedPoint(
                benchmark=row["series"],
                metric={"s": "time", "bytes": "memory"}.get(base, "value"),
                unit=base,
                value=value,
                timestamp_ms=timestamp,
                origin=row.get("commit") or "",
                machine=row.get("machine") or "unknown",
                original_unit=unit or None,
            )
        )
    return Imported(source_format=NAME, points=tuple(points))
