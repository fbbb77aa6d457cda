"""pytest-benchmark's JSON: one session, with the commit it was made at."""

from typing import Any

from tracker.importing.point import (
    Document,
    Imported,
    ImportedPoint,
    entries_of,
    median_of,
    number_of,
    text_of,
    unix_ms_of,
)

NAME = "pytest-benchmark"


def is_it(document: Document) -> bool:
    """Return whether a document is one of pytest-benchmark's."""
    needed = {"machine_info", "commit_info", "benchmarks", "datetime"}
    return isinstance(document, dict) and needed <= document.keys()


def read(document: Document, *, now_ms: int) -> Imported:  # noqa: ARG001  it has its own time
    """Return a point for each benchmark: the median of its rounds."""
    commit = document["commit_info"] or {}
    origin = commit.get("id") or ""
    timestamp = unix_ms_of(str(document["datetime"]))
    machine = _machine(document["machine_info"] or {})
    points = []
    for entry in entries_of(document["benchmarks"], "benchmarks"):
        stats = entry.get("stats") or {}
        samples = [number_of(value, "stats.data") for value in stats.get("data") or ()]
        value = median_of(samples) if samples else number_of(stats.get("median"), "stats.median")
        points.append(
            ImportedPoint(
                benchmark=text_of(entry.get("fullname"), "benchmarks[].fullname"),
                metric="time",
                unit="s",
                value=value,
                n=len(samples) or int(stats.get("rounds") or 1),
                timestamp_ms=timestamp,
                origin="" if origin == "unversioned" else origin,
                machine=machine,
            )
        )
    return Imported(source_format=NAME, points=tuple(points))


def _machine(info: dict[str, Any]) -> str:
    cpu = info.get("cpu") or {}
    brand = cpu.get("brand_raw") or cpu.get("brand") or info.get("processor") or ""
    told = [info.get("node"), info.get("machine"), brand, info.get("python_version")]
    return " ".join(str(one) for one in told if one) or "unknown"
