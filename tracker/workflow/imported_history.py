"""Histories of other tools, kept in the project as plain JSON: one file for each import."""

import hashlib
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from tracker.config import InputError, Project
from tracker.importing import FORMATS, Imported, ImportedPoint, UnreadableError, read_history
from tracker.importing.point import unix_ms_of
from tracker.workflow.series_history import HistorySeries, SeriesKey, SeriesPoint, by_name
from tracker.workflow.workspace import open_workspace

FOLDER = "history"


@dataclass(frozen=True)
class ImportOutcome:
    """What became of a file."""

    source_format: str
    added: int
    known: int
    series: int
    notes: tuple[str, ...]


def check_format(wanted: str | None) -> None:
    """Refuse a format nobody reads."""
    if wanted is not None and wanted not in FORMATS:
        raise InputError.single(
            "--from", f"{wanted} is unknown", advice=f"Choose {', '.join(FORMATS)}."
        )


def import_file(
    project: Path | None,
    path: Path,
    *,
    wanted: str | None = None,
    at: str | None = None,
    clock: Callable[[], float] = time.time,
) -> ImportOutcome:
    """Add the points of a file that are not there yet.

    Parameters
    ----------
    path : Path
        Of another tool; its format is recognised by content.
    at : str, optional
        Time of a format that has none, ISO 8601 or a Unix time; by default now.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    workspace = open_workspace(project)
    try:
        content = path.read_bytes()
        now_ms = int(clock() * 1000) if at is None else unix_ms_of(at)
        found = read_history(content, now_ms=now_ms, wanted=wanted)
    except OSError as error:
        raise InputError.single(
            path, f"cannot be read: {error.strerror}", advice="Give a file that is there."
        ) from error
    except (UnreadableError, ValidationError) as error:
        raise InputError.single(
            path, str(error), advice="Give a result file as its tool wrote it."
        ) from error
    digest = hashlib.sha256(content).hexdigest()[:16]
    target = _folder(workspace.project) / f"{digest}.json"
    there = {_identity(one) for one in _points(workspace.project)}
    new = () if target.exists() else _new(found.points, there)
    if new:
        _write(target, found.model_copy(update={"points": new}))
    return ImportOutcome(
        source_format=found.source_format,
        added=len(new),
        known=len(found.points) - len(new),
        series=len({(point.benchmark, point.metric, point.machine) for point in found.points}),
        notes=found.notes,
    )


def imported_series(project: Project) -> tuple[HistorySeries, ...]:
    """Return the series of everything imported, by name; a point is there once."""
    points: dict[SeriesKey, dict[tuple[object, ...], SeriesPoint]] = defaultdict(dict)
    for source, one in _stored(project):
        key = SeriesKey(
            source=source,
            test=one.benchmark,
            operation=one.benchmark,
            vcs_type="",
            variant="",
            repository="",
            metric=one.metric,
            unit=one.unit,
            machine_class=one.machine,
            higher_is_better=one.higher_is_better,
        )
        points[key][_identity(one)] = SeriesPoint(
            one.timestamp_ms, one.value, one.n, one.origin, one.origin or None
        )
    return tuple(
        HistorySeries(key, tuple(sorted(found.values(), key=lambda point: point.timestamp_ms)))
        for key, found in sorted(points.items(), key=lambda entry: by_name(entry[0]))
    )


def _folder(project: Project) -> Path:
    return project.root / ".tracker" / FOLDER


def _identity(point: ImportedPoint) -> tuple[object, ...]:
    return (
        *(point.benchmark, point.metric, point.machine, point.origin),
        *(point.timestamp_ms, point.value),
    )


def _new(
    points: Sequence[ImportedPoint], there: set[tuple[object, ...]]
) -> tuple[ImportedPoint, ...]:
    fresh = {_identity(point): point for point in points}
    return tuple(point for identity, point in fresh.items() if identity not in there)


def _points(project: Project) -> Iterator[ImportedPoint]:
    for _, point in _stored(project):
        yield point


def _stored(project: Project) -> Iterator[tuple[str, ImportedPoint]]:
    folder = _folder(project)
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            kept = Imported.model_validate(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise InputError.single(
                path, f"is no imported history: {error}", advice="Remove it and import again."
            ) from error
        for point in kept.points:
            yield kept.source_format, point


def _write(target: Path, kept: Imported) -> None:
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8") as file:
            file.write(kept.to_json(indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError.single(
            target, f"cannot be written: {error.strerror}", advice="Choose another --project."
        ) from error
