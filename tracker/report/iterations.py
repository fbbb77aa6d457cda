"""The iterations as files: results.csv as specified, and everything as JSON lines."""

import csv
import io
from collections.abc import Iterable, Iterator

from tracker.models import IterationRecord
from tracker.report.names import plain

COLUMNS = (
    "test_id",
    "run_id",
    "timestamp",
    "vcs_type",
    "operation",
    "execution_time_ms",
    "memory_peak_mb",
    "success",
)

FORMULA_STARTS = ("=", "+", "-", "@")
"""A spreadsheet would run a text cell that starts with one of these."""


def to_csv(records: Iterable[IterationRecord]) -> str:
    """Return the measured iterations, one a line; unknown is empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for record in measured(records):
        raw = record.raw
        peak = raw.performance.memory.peak
        writer.writerow(
            [
                _text(raw.test_id),
                _text(raw.run_id),
                raw.timestamp,
                _text(raw.context.vcs_type),
                _text(raw.context.operation),
                "" if raw.execution.duration_ms is None else f"{raw.execution.duration_ms:.6g}",
                "" if peak is None else f"{peak / 2**20:.6g}",
                "true" if raw.quality.success else "false",
            ]
        )
    return buffer.getvalue()


def to_json_lines(records: Iterable[IterationRecord]) -> str:
    """Return every iteration, warm-ups, profiles and fragments too, one JSON object a line."""
    return "".join(record.to_json() + "\n" for record in records)


def measured(records: Iterable[IterationRecord]) -> Iterator[IterationRecord]:
    """Return the iterations that count as such."""
    return (record for record in records if record.phase == "measured" and not record.fragment)


def _text(cell: str) -> str:
    clean = plain(cell)
    return f"'{clean}" if clean.startswith(FORMULA_STARTS) else clean
