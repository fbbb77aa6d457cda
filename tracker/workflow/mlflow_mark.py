"""What MLflow has of a session, kept beside its journal."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from tracker.models import Value
from tracker.tracking.protocol import Recorded, SessionTracking
from tracker.workflow.archive import SessionFolder

MARK = "mlflow.json"


class InMlflow(Value):
    """The mark of a session all of whose journal, up to `journal_bytes`, is in MLflow.

    `store` is a digest of the address: another store does not have the session.
    """

    store: str
    journal_bytes: int
    finished: bool
    recorded: Recorded


def store_digest(uri: str) -> str:
    """Return a digest of a store's address, which may hold a password."""
    return hashlib.sha256(uri.encode()).hexdigest()[:12]


def read_mark(folder: SessionFolder) -> InMlflow | None:
    """Return the mark of a session, None without a readable one: it is then written anew."""
    try:
        return InMlflow.model_validate_json((folder.path / MARK).read_text(encoding="utf-8"))
    except (OSError, ValidationError, ValueError):
        return None


def write_mark(folder: SessionFolder, uri: str, recorded: Recorded, *, finished: bool) -> None:
    """Mark a session whose journal is in MLflow, whole or not at all."""
    mark = InMlflow(
        store=store_digest(uri),
        journal_bytes=_size(folder.journal),
        finished=finished,
        recorded=recorded,
    )
    partial = folder.path / f"{MARK}.writing"
    partial.write_text(mark.to_json(indent=2), encoding="utf-8")
    partial.replace(folder.path / MARK)


def mark_tracked(folder: SessionFolder, uri: str, tracking: SessionTracking) -> bool:
    """Mark a finished session if MLflow has all of it; return whether it has."""
    recorded = tracking.recorded
    if recorded is None or not tracking.complete:
        return False
    write_mark(folder, uri, recorded, finished=True)
    return True


def is_pending(folder: SessionFolder, uri: str) -> bool:
    """Say whether the store at `uri` may lack something of a session."""
    mark = read_mark(folder)
    if mark is None or mark.store != store_digest(uri):
        return True
    if mark.finished:
        return False
    return folder.finished or mark.journal_bytes != _size(folder.journal)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


@contextmanager
def held(folder: SessionFolder) -> Iterator[bool]:
    """Keep everybody else from going on with a session; False while somebody does."""
    if not folder.journal.is_file():
        yield True
        return
    with folder.journal.open("rb+") as journal:
        try:
            fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
