"""asv's results: one file for each commit and environment of a machine."""

import math
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from tracker.importing.point import Document, Imported, ImportedPoint, UnreadableError

NAME = "asv"

RESULT_VERSION = 2


def is_it(document: Document) -> bool:
    """Return whether a document is a result file of asv."""
    return (
        isinstance(document, dict)
        and document.get("version") == RESULT_VERSION
        and "result_columns" in document
        and isinstance(document.get("results"), dict)
    )


def read(document: Document, *, now_ms: int) -> Imported:
    """Return a point for each benchmark and each of its parameters.

    `null` failed and `NaN` was skipped: neither is a point. The unit stands in another file
    of asv's; by the names its benchmarks must have, `time_` is seconds, `mem_` and
    `peakmem_` are bytes, and `track_` has none that is known.
    """
    columns = [str(name) for name in document["result_columns"]]
    machine = _machine(document)
    timestamp = int(document.get("date") or now_ms)
    points: list[ImportedPoint] = []
    left_out = 0
    for name, row in document["results"].items():
        if not isinstance(row, list):
            raise UnreadableError(f"results.{name}: a list is missing")
        known = dict(zip(columns, row, strict=False))
        for label, value, n in _cells(str(name), known):
            if value is None:
                left_out += 1
                continue
            metric, unit = _metric(str(name))
            points.append(
                ImportedPoint(
                    benchmark=label,
                    metric=metric,
                    unit=unit,
                    value=value,
                    n=n,
                    timestamp_ms=timestamp,
                    origin=str(document.get("commit_hash") or ""),
                    machine=machine,
                )
            )
    notes = (f"{left_out} failed or skipped results left out",) if left_out else ()
    return Imported(source_format=NAME, points=tuple(points), notes=notes)


def _machine(document: Document) -> str:
    about = document.get("params") or {}
    told = [about.get("machine"), about.get("cpu"), about.get("ram"), document.get("env_name")]
    return " ".join(str(one) for one in told if one) or "unknown"


def _cells(name: str, known: dict[str, Any]) -> Iterator[tuple[str, float | None, int]]:
    values = known.get("result")
    if not isinstance(values, list):
        values = [values]
    # The last parameter varies fastest.
    params = list(product(*known.get("params") or []))
    samples, numbers = known.get("samples"), known.get("stats_number")
    for at, value in enumerate(values):
        label = name
        if at < len(params) and params[at]:
            label = f"{name}({', '.join(str(one) for one in params[at])})"
        usable = isinstance(value, int | float) and math.isfinite(value)
        yield label, float(value) if usable else None, _count(samples, numbers, at)


def _count(samples: object, numbers: object, at: int) -> int:
    if isinstance(samples, list) and at < len(samples) and isinstance(samples[at], list):
        return len(samples[at]) or 1
    if isinstance(numbers, list) and at < len(numbers) and isinstance(numbers[at], int):
        return int(numbers[at]) or 1
    return 1


def _metric(name: str) -> tuple[str, str]:
    last = _last(name.split("."))
    if last.startswith(("time_", "timeraw_")):
        return "time", "s"
    if last.startswith(("mem_", "peakmem_")):
        return "memory", "bytes"
    return "value", ""


def _last(parts: Iterable[str]) -> str:
    return list(parts)[-1]
