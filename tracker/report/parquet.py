"""Every iteration with every column that was measured, as Parquet."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

from tracker.models import IterationRecord

LONG_TEXT = ("stdout", "stderr")
"""Output of commands stays in the raw data."""


def to_parquet(records: Iterable[IterationRecord], session_id: str) -> bytes:
    """Return one row for each iteration: warm-ups, profiles and fragments too, marked as such.

    Columns are the paths of the record (`raw.performance.cpu.totalTime` becomes
    `performance_cpu_total_time`); unknown is null. Time series are left out: they are in the
    raw data.
    """
    import pandas as pd  # noqa: PLC0415  half a second, for this form alone

    rows = [_row(record, session_id) for record in records]
    buffer = io.BytesIO()
    frame = pd.DataFrame(rows)
    for name in frame.columns[frame.isna().all()]:  # a column of nothing still has a type
        frame[name] = frame[name].astype("string")
    frame.to_parquet(buffer, engine="pyarrow", index=False)
    return buffer.getvalue()


def _row(record: IterationRecord, session_id: str) -> dict[str, Any]:
    found: dict[str, Any] = {"session_id": session_id}
    values = record.model_dump(mode="json")
    raw = values.pop("raw")
    warnings = values.pop("warnings")
    _flatten("", raw, found)
    _flatten("", values, found)
    return found | {"warnings": "; ".join(warnings) or None}


def _flatten(prefix: str, values: Mapping[str, Any], into: dict[str, Any]) -> None:
    for name, value in values.items():
        if name == "time_series" or name in LONG_TEXT:
            continue
        path = f"{prefix}_{name}" if prefix else name
        if isinstance(value, dict):
            _flatten(path, value, into)
        elif not isinstance(value, list):
            into[path] = value
