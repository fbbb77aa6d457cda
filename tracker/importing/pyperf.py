"""pyperf's JSON: runs of each benchmark, in a unit its metadata names."""

from typing import Any

from tracker.importing.point import (
    Document,
    Imported,
    ImportedPoint,
    entries_of,
    in_base_unit,
    median_of,
    number_of,
    text_of,
    unix_ms_of,
)

NAME = "pyperf"


def is_it(document: Document) -> bool:
    """Return whether a document is one of pyperf's."""
    if not isinstance(document, dict) or document.get("version") != "1.0":
        return False
    benchmarks = document.get("benchmarks")
    return isinstance(benchmarks, list) and all(
        isinstance(one, dict) and "runs" in one for one in benchmarks
    )


def read(document: Document, *, now_ms: int) -> Imported:
    """Return a point for each benchmark; runs that only calibrate have no values.

    What all benchmarks share stands at the top, with one benchmark even its name.
    """
    shared = document.get("metadata") or {}
    points = []
    for benchmark in entries_of(document["benchmarks"], "benchmarks"):
        runs = entries_of(benchmark["runs"], "benchmarks[].runs")
        about: dict[str, Any] = {**shared, **(benchmark.get("metadata") or {})}
        for run in runs:
            about = {**(run.get("metadata") or {}), **about}
        samples = [
            number_of(value, "runs[].values") for run in runs for value in run.get("values") or ()
        ]
        if not samples:
            continue
        value, unit = in_base_unit(median_of(samples), str(about.get("unit", "second")))
        date = about.get("date")
        points.append(
            ImportedPoint(
                benchmark=text_of(about.get("name"), "metadata.name"),
                metric={"s": "time", "bytes": "memory"}.get(unit, unit),
                unit=unit,
                value=value,
                n=len(samples),
                timestamp_ms=unix_ms_of(str(date)) if date else now_ms,
                machine=_machine(about),
            )
        )
    return Imported(source_format=NAME, points=tuple(points))


def _machine(about: dict[str, Any]) -> str:
    told = (about.get("hostname"), about.get("cpu_model_name"), about.get("python_version"))
    return " ".join(str(one) for one in told if one) or "unknown"
