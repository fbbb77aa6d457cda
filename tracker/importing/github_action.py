"""github-action-benchmark: `data.js`, a project's whole history, and its one-run lists."""

from collections.abc import Iterator
from typing import Any

from tracker.importing.point import (
    Document,
    Imported,
    ImportedPoint,
    entries_of,
    in_base_unit,
    number_of,
    text_of,
)

NAME = "github-action-benchmark"

PREFIX = "window.BENCHMARK_DATA"

BIGGER_IS_BETTER = frozenset({"benchmarkjs", "pytest", "customBiggerIsBetter"})
"""Tools whose values are rates."""


def is_it(document: Document) -> bool:
    """Return whether a document is its history, or a list of its values."""
    if isinstance(document, dict):
        return isinstance(document.get("entries"), dict) and "lastUpdate" in document
    return (
        isinstance(document, list)
        and bool(document)
        and all(
            isinstance(one, dict) and {"name", "value", "unit"} <= one.keys() for one in document
        )
    )


def read(document: Document, *, now_ms: int) -> Imported:
    """Return a point for each value; `tool` says whether more is better."""
    if isinstance(document, list):
        points = tuple(_point(one, "", now_ms, "", better=False) for one in document)
        note = "a list does not say whether more is better: less was taken to be"
        return Imported(source_format=NAME, points=points, notes=(note,))
    return Imported(source_format=NAME, points=tuple(_history(document)))


def _history(document: Document) -> Iterator[ImportedPoint]:
    for suite, runs in document["entries"].items():
        for run in entries_of(runs, f"entries.{suite}"):
            commit = run.get("commit") or {}
            better = run.get("tool") in BIGGER_IS_BETTER
            timestamp = int(number_of(run.get("date"), f"entries.{suite}[].date"))
            for bench in entries_of(run.get("benches"), f"entries.{suite}[].benches"):
                yield _point(bench, str(suite), timestamp, str(commit.get("id", "")), better=better)


def _point(
    bench: dict[str, Any], suite: str, timestamp: int, commit: str, *, better: bool
) -> ImportedPoint:
    name = text_of(bench.get("name"), "benches[].name")
    original = str(bench.get("unit", ""))
    value, unit = in_base_unit(number_of(bench.get("value"), f"{name}.value"), original)
    return ImportedPoint(
        benchmark=f"{suite}/{name}" if suite else name,
        metric={"s": "time", "bytes": "memory"}.get(unit, unit or "value"),
        unit=unit,
        value=value,
        timestamp_ms=timestamp,
        origin=commit,
        higher_is_better=better,
        original_unit=original,
    )
