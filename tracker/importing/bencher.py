"""Bencher metric format: benchmark → measure → value, without a date."""

from tracker.importing.point import Document, Imported, ImportedPoint, number_of

NAME = "bencher"

NANOSECONDS = 1e-9
"""Bencher's `latency` is in nanoseconds."""

IGNORED = "-bencher-ignore"


def is_it(document: Document) -> bool:
    """Return whether a document is in Bencher's format."""
    return (
        isinstance(document, dict)
        and bool(document)
        and all(
            isinstance(measures, dict)
            and bool(measures)
            and all(isinstance(one, dict) and "value" in one for one in measures.values())
            for measures in document.values()
        )
    )


def read(document: Document, *, now_ms: int) -> Imported:
    """Return a point for each measure; `throughput` is better when higher."""
    points = []
    for name, measures in document.items():
        for measure, metric in measures.items():
            value = number_of(metric["value"], f"{name}.{measure}.value")
            latency = measure == "latency"
            points.append(
                ImportedPoint(
                    benchmark=str(name).removesuffix(IGNORED),
                    metric="time" if latency else str(measure),
                    unit="s" if latency else "",
                    value=value * NANOSECONDS if latency else value,
                    timestamp_ms=now_ms,
                    higher_is_better=measure == "throughput",
                    original_unit="ns" if latency else None,
                )
            )
    return Imported(source_format=NAME, points=tuple(points))
