"""What a text file holds as plain data, with the line of every key, and the limits of reading."""

import stat
from dataclasses import dataclass, field
from pathlib import Path

from tracker.config.errors import InputError

MAX_BYTES = 2**20
"""Largest file that is read: a suite of a thousand tests has about 300 kB."""

MAX_DEPTH = 40
"""Deepest nesting; the deepest key of the models lies at 8."""

MAX_NODES = 100_000
"""Most keys and values after aliases are expanded; stops a file that unfolds to gigabytes."""

UTF16_AND_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")

Path_ = tuple[str | int, ...]
Plain = dict[str, "Plain"] | list["Plain"] | str | int | float | bool | None


@dataclass(frozen=True)
class Document:
    """What a file holds, and on which line each key of it stands."""

    path: Path
    data: Plain
    lines: dict[Path_, int] = field(default_factory=dict)

    def line_of(self, key: Path_) -> int | None:
        """Return the line of a key, or that of the nearest key around it."""
        for end in range(len(key), -1, -1):
            if key[:end] in self.lines:
                return self.lines[key[:end]]
        return None


def read_text(path: Path, kind: str) -> str:
    """Return the text of a file, or say why it cannot be read; `kind` is what it should be."""
    raw = _read_bytes(path, kind)
    if raw.startswith(UTF16_AND_32):
        raise InputError.single(path, "is UTF-16 or UTF-32 text", advice="Save it as UTF-8.")
    if b"\x00" in raw:
        raise InputError.single(
            path, "is a binary file, not text", advice=f"Give {kind} as UTF-8 text."
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError.single(
            path, "is not UTF-8 text", line=line, advice="Save it as UTF-8."
        ) from None
    if not text.strip():
        raise InputError.single(path, "is empty", advice=f"Give {kind}.")
    return text


def _read_bytes(path: Path, kind: str) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError.single(
                path, "is a folder, not a file", advice=f"Give the path of {kind}."
            )
        if not stat.S_ISREG(mode):
            raise InputError.single(
                path, "is not a regular file", advice=f"Give the path of {kind}."
            )
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError.single(
            path, "does not exist", advice=f"Give the path of {kind}."
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError.single(
            path, f"cannot be read: {reason}", advice="Check the path and its permissions."
        ) from None
    if len(raw) > MAX_BYTES:
        raise InputError.single(
            path,
            f"is larger than {MAX_BYTES // 1024} KiB",
            advice=f"Give {kind}; split a very large one into several files.",
        )
    return raw


def too_deep(path: Path, line: int | None) -> InputError:
    """Return the error of nesting beyond the limit."""
    return InputError.single(
        path,
        f"is nested deeper than {MAX_DEPTH} levels",
        line=line,
        advice="Write it with fewer levels.",
    )


def too_many(path: Path, line: int | None) -> InputError:
    """Return the error of more keys and values than the limit."""
    return InputError.single(
        path,
        f"holds more than {MAX_NODES:,} keys and values once its aliases are expanded",
        line=line,
        advice="Write it without aliases, or split it into several files.",
    )


def duplicate(path: Path, key: str, line: int) -> InputError:
    """Return the error of a key that stands twice in one mapping."""
    return InputError.single(path, "is given twice", line=line, key=key, advice="Keep one of them.")
