"""google-benchmark's JSON: repetitions of each benchmark; aggregates are left to us."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tracker.importing.point import (
    Document,
    Imported,
    ImportedPoint,
    UnreadableError,
    entries_of,
    in_base_unit,
    median_of,
    number_of,
    text_of,
    unix_ms_of,
)

NAME = "google-benchmark"

TIMES = {"real_time": "time", "cpu_time": "cpu"}

KNOWN = frozenset(
    {
        *("family_index", "per_family_instance_index", "repetitions", "repetition_index"),
        *("threads", "iterations", "real_time", "cpu_time"),
    }
)
"""Numbers that are no counters."""


def is_it(document: Document) -> bool:
    """Return whether a document is one of google-benchmark's."""
    if not isinstance(document, dict) or not isinstance(document.get("context"), dict):
        return False
    context, benchmarks = document["context"], document.get("benchmarks")
    rows = isinstance(benchmarks, list) and all(isinstance(row, dict) for row in benchmarks)
    marked = "library_build_type" in context or (
        rows and any("run_type" in row for row in benchmarks or ())
    )
    return rows and marked


def read(document: Document, *, now_ms: int) -> Imported:
    """Return a point for each benchmark, of wall time, CPU time and each counter.

    Rows of aggregates and of complexity are skipped; a benchmark that failed has no point.
    """
    context = document["context"]
    date = context.get("date")
    timestamp = unix_ms_of(str(date)) if date else now_ms
    machine = f"{context.get('host_name', 'unknown')} {context.get('num_cpus', '')} CPUs".strip()
    samples: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    notes = []
    for row in entries_of(document["benchmarks"], "benchmarks"):
        name = text_of(row.get("run_name") or row.get("name"), "benchmarks[].run_name")
        if row.get("run_type", "iteration") != "iteration" or "rms" in row or "big_o" in row:
            continue
        if row.get("error_occurred") or row.get("skipped"):
            notes.append(
                f"{name}: {row.get('error_message') or row.get('skip_message') or 'failed'}"
            )
            continue
        for metric, value, unit in _values(row):
            samples[name, metric, unit].append(value)
    points = tuple(
        ImportedPoint(
            benchmark=name,
            metric=metric,
            unit=unit,
            value=median_of(values),
            n=len(values),
            timestamp_ms=timestamp,
            machine=machine,
            higher_is_better=metric.endswith("_per_second"),
        )
        for (name, metric, unit), values in samples.items()
    )
    return Imported(source_format=NAME, points=points, notes=tuple(notes))


def _values(row: Mapping[str, Any]) -> list[tuple[str, float, str]]:
    found = []
    unit = str(row.get("time_unit", "ns"))
    for field, metric in TIMES.items():
        if field in row:
            value, base = in_base_unit(number_of(row[field], field), unit)
            found.append((metric, value, base))
    for field, value in row.items():
        if field in KNOWN or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        try:
            found.append((field, number_of(value, field), ""))
        except UnreadableError:  # a counter may be NaN: it is unknown
            continue
    return found
