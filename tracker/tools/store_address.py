"""Addresses of stores: whether they can be written, and how to show one without its password."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class StoreAddress:
    """A store's address as a person may see it, and its file when it is one."""

    shown: str
    file: Path | None

    @classmethod
    def parse(cls, url: str, project: Path) -> Self:
        """Read an address; a relative file is anchored in `project`.

        Examples
        --------
        >>> StoreAddress.parse("sqlite:///tracker.db", Path("/p")).file.as_posix()
        '/p/tracker.db'
        >>> StoreAddress.parse("postgresql://me:secret@db/tracker", Path("/p")).shown
        'postgresql://db/tracker'
        """
        parts = urlsplit(url)
        if parts.scheme.partition("+")[0] == "sqlite":
            # three slashes start a relative path, four an absolute one
            name = unquote(parts.path).removeprefix("/")
            file = project / name if name and name != ":memory:" else None
            return cls(shown=str(file) if file else url, file=file)
        if parts.scheme in ("", "file"):
            file = project / (unquote(parts.path) or url)
            return cls(shown=str(file), file=file)
        host = parts.netloc.rpartition("@")[2]  # what stands before it names a user and a password
        return cls(shown=f"{parts.scheme}://{host}{parts.path}", file=None)

    def problem(self) -> str | None:
        """Tell why the store cannot be written; None when it can, or when only a server knows."""
        if self.file is None:
            return None
        nearest = next(p for p in (self.file, *self.file.parents) if p.exists())
        if nearest != self.file and not nearest.is_dir():
            return f"{nearest} is not a folder."
        if os.access(nearest, os.W_OK):
            return None
        return f"{nearest} cannot be written: change its permissions or give another address."
