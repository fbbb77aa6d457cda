"""Which tool a file is of: by what it holds, never by its name."""

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from tracker.importing import (
    asv,
    bencher,
    github_action,
    google_benchmark,
    hyperfine,
    plain_csv,
    pyperf,
    pytest_benchmark,
)
from tracker.importing.point import Document, Imported, UnreadableError

GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class _Reader:
    name: str
    is_it: Callable[[Document], bool]
    read: Callable[..., Imported]


# Bencher's format is any object of objects with values: it is asked last.
READERS = (
    _Reader(hyperfine.NAME, hyperfine.is_it, hyperfine.read),
    _Reader(pytest_benchmark.NAME, pytest_benchmark.is_it, pytest_benchmark.read),
    _Reader(pyperf.NAME, pyperf.is_it, pyperf.read),
    _Reader(google_benchmark.NAME, google_benchmark.is_it, google_benchmark.read),
    _Reader(asv.NAME, asv.is_it, asv.read),
    _Reader(github_action.NAME, github_action.is_it, github_action.read),
    _Reader(bencher.NAME, bencher.is_it, bencher.read),
)

FORMATS = (*(reader.name for reader in READERS), plain_csv.NAME)
"""Formats that are read."""


def read_history(content: bytes, *, now_ms: int, wanted: str | None = None) -> Imported:
    """Return the points of a file; gzip is recognised too.

    Parameters
    ----------
    content : bytes
        All of it.
    now_ms : int
        The time of points whose format has none.
    wanted : str, optional
        The format the file must have, one of `FORMATS`.

    Raises
    ------
    UnreadableError
        When it is none of them, not the wanted one, or breaks its own format.
    """
    text = _text(content)
    found = _read(text, now_ms=now_ms)
    if wanted is not None and found.source_format != wanted:
        raise UnreadableError(f"is in the format of {found.source_format}, not of {wanted}")
    if not found.points:
        raise UnreadableError(f"holds no result ({found.source_format})")
    return found


def _read(text: str, *, now_ms: int) -> Imported:
    if plain_csv.is_it(text):
        return plain_csv.read(text)
    document = _document(text)
    for reader in READERS:
        if reader.is_it(document):
            try:
                return reader.read(document, now_ms=now_ms)
            except (KeyError, TypeError, AttributeError) as error:
                raise UnreadableError(f"is no complete file of {reader.name}: {error}") from error
            except ValueError as error:
                raise UnreadableError(f"{reader.name}: {error}") from error
    raise UnreadableError(f"is in no known format ({', '.join(FORMATS)})")


def _document(text: str) -> Document:
    body = text.strip()
    if body.startswith(github_action.PREFIX):
        body = body.partition("=")[2].strip().removesuffix(";")
    try:
        # google-benchmark writes bare NaN; where one matters it is refused by name.
        return json.loads(body)
    except (ValueError, RecursionError):
        known = ", ".join(FORMATS)
        raise UnreadableError(f"is neither JSON nor CSV of a known format ({known})") from None


def _text(content: bytes) -> str:
    try:
        if content.startswith(GZIP_MAGIC):
            content = gzip.decompress(content)
        return content.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UnreadableError(f"cannot be read: {error}") from error
