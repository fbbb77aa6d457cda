"""The report's files: all of them or none, and nothing that was there is overwritten."""

import gzip
import os
import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, TypeAlias

Text: TypeAlias = str | bytes | Iterable[str]
"""A file's content, whole or in pieces that are written as they come."""


def free_names(folder: Path, names: Collection[str]) -> dict[str, str]:
    """Return a name for each file so that none exists: its own, or all with one number.

    `report.html` becomes `report-2.html`; one number for all keeps a report and the files
    it names together.

    Examples
    --------
    >>> free_names(Path("nowhere"), ["report.html", "raw/iterations.jsonl.gz"])
    {'report.html': 'report.html', 'raw/iterations.jsonl.gz': 'raw/iterations.jsonl.gz'}
    """
    place = 1
    while any((folder / _numbered(name, place)).exists() for name in names):
        place += 1
    return {name: _numbered(name, place) for name in names}


def _numbered(name: str, place: int) -> str:
    if place == 1:
        return name
    folder, slash, file = name.rpartition("/")
    stem, dot, suffix = file.partition(".")
    return f"{folder}{slash}{stem}-{place}{dot}{suffix}"


def write_files(folder: Path, files: Mapping[str, Text]) -> None:
    """Write files by their names relative to `folder`; those that end in `.gz` are packed.

    All are written under passing names before the first gets its own, so that a full disk
    leaves nothing half done.

    Raises
    ------
    FileExistsError
        When a name is taken; then no file is left.
    """
    waiting: dict[Path, Path] = {}
    placed: list[Path] = []
    try:
        for name, text in files.items():
            waiting[folder / name] = _write_aside(folder / name, text)
        for target, temporary in waiting.items():
            os.link(temporary, target)  # a link never replaces a file
            placed.append(target)
    except BaseException:
        for target in placed:
            target.unlink()
        raise
    finally:
        for temporary in waiting.values():
            temporary.unlink()


def _write_aside(target: Path, text: Text) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    packed = target.name.endswith(".gz")
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            _write(file, text, packed=packed)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
    except BaseException:
        Path(temporary).unlink()
        raise
    return Path(temporary)


def _write(file: BinaryIO, text: Text, *, packed: bool) -> None:
    if isinstance(text, bytes):
        pieces: Iterable[bytes] = [text]
    else:
        pieces = (piece.encode() for piece in ([text] if isinstance(text, str) else text))
    if not packed:
        file.writelines(pieces)
        return
    with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as archive:
        archive.writelines(pieces)
