"""hyperfine's `--export-json`: samples of each command, in seconds, without a date."""

from collections import Counter

from tracker.importing.point import (
    Document,
    Imported,
    ImportedPoint,
    entries_of,
    median_of,
    number_of,
    text_of,
)

NAME = "hyperfine"


def is_it(document: Document) -> bool:
    """Return whether a document is one of hyperfine's."""
    results = document.get("results") if isinstance(document, dict) else None
    return (
        isinstance(results, list)
        and bool(results)
        and all(
            isinstance(one, dict) and {"command", "mean"} <= one.keys() and "median" in one
            for one in results
        )
    )


def read(document: Document, *, now_ms: int) -> Imported:
    """Return a point for each command; runs that failed are no samples."""
    points, notes = [], []
    seen: Counter[str] = Counter()
    for result in entries_of(document["results"], "results"):
        command = text_of(result.get("command"), "results[].command")
        name = _named(command, result.get("parameters"))
        seen[name] += 1
        if seen[name] > 1:
            name = f"{name} #{seen[name]}"
        values, failed = _samples(result)
        if failed:
            notes.append(f"{name}: {failed} runs with an exit code other than 0 left out")
        if not values:
            continue
        points.append(
            ImportedPoint(
                benchmark=name,
                metric="time",
                unit="s",
                value=median_of(values),
                n=len(values),
                timestamp_ms=now_ms,
            )
        )
    return Imported(source_format=NAME, points=tuple(points), notes=tuple(notes))


def _samples(result: Document) -> tuple[list[float], int]:
    times = result.get("times")
    if not times:
        return [number_of(result["median"], "results[].median")], 0
    codes = result.get("exit_codes") or [0] * len(times)
    good = [
        number_of(time, "results[].times")
        for time, code in zip(times, codes, strict=False)
        if code in (0, None)
    ]
    return good, len(times) - len(good)


def _named(command: str, parameters: object) -> str:
    if not isinstance(parameters, dict) or not parameters:
        return command
    told = ", ".join(f"{key}={value}" for key, value in sorted(parameters.items()))
    return f"{command} [{told}]"
