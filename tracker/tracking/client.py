"""The MLflow client: an absolute address, and a store that is made once."""

import fcntl
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SADeprecationWarning, SQLAlchemyError

STORE_ERRORS = (MlflowException, SQLAlchemyError, OSError, ImportError)
"""What a store that is away, full, locked or damaged raises, or one without its driver."""

SQLITE = "sqlite:///"
REMOTE_SCHEMES = frozenset({"http", "https", "databricks"})
_CREDENTIALS = re.compile(r"//[^/\s]*@")
FILE_SCHEMES = frozenset({"", "file"})


class TrackingError(Exception):
    """The MLflow store cannot be used; the message says what to do."""


def absolute_uri(uri: str, base: Path) -> str:
    """Return `uri` with a relative SQLite path anchored in `base`.

    MLflow resolves it in the working directory, so the same command would find
    another store in another folder.

    Examples
    --------
    >>> absolute_uri("sqlite:///mlflow.db", Path("/project"))
    'sqlite:////project/mlflow.db'
    >>> absolute_uri("https://mlflow.example.org", Path("/project"))
    'https://mlflow.example.org'
    """
    scheme = urlsplit(uri).scheme
    if scheme in FILE_SCHEMES and uri not in REMOTE_SCHEMES:
        raise TrackingError(
            f"MLFLOW_TRACKING_URI: {uri!r} is a folder, and MLflow has retired its file store: "
            f"give a database such as sqlite:///mlflow.db, or the address of a server."
        )
    if scheme != "sqlite":
        return uri
    path = uri.removeprefix(SQLITE) if uri.startswith(SQLITE) else ""
    database, question, query = path.partition("?")
    if database in {"", ":memory:"}:
        raise TrackingError(
            f"MLFLOW_TRACKING_URI: {uri!r} is kept in memory and would be lost: "
            "give a file such as sqlite:///mlflow.db."
        )
    return f"{SQLITE}{(base / database).absolute()}{question}{query}"


def is_remote(uri: str) -> bool:
    """Say whether a server holds the store, and so decides where artifacts are kept."""
    return (urlsplit(uri).scheme or uri) in REMOTE_SCHEMES


def connect(uri: str, artifact_root: Path) -> MlflowClient:
    """Return a client of the store at the absolute `uri`; make the store where it is missing.

    Raises
    ------
    TrackingError
        The store cannot be opened.
    """
    try:
        if is_remote(uri):
            return MlflowClient(tracking_uri=uri)
        artifact_root.mkdir(parents=True, exist_ok=True)
        if uri.startswith(SQLITE):
            database = uri.removeprefix(SQLITE).partition("?")[0]
            Path(database).parent.mkdir(parents=True, exist_ok=True)
        with _exclusive(artifact_root / ".store.lock"), _without_chatter():
            return MlflowClient(tracking_uri=uri)
    except STORE_ERRORS as error:
        raise TrackingError(
            f"the MLflow store {without_password(uri)} cannot be opened: {first_line(error)} "
            "Check MLFLOW_TRACKING_URI, or move the file away to start a new store."
        ) from error


def without_password(text: str) -> str:
    """Return a text without the user and password of any address in it, for messages.

    Examples
    --------
    >>> without_password("postgresql://me:secret@db/mlflow")
    'postgresql://db/mlflow'
    """
    return _CREDENTIALS.sub("//", text)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, ended by a full stop, without passwords."""
    text = next(iter(without_password(str(error)).splitlines()), "") or type(error).__name__
    return text if text.endswith((".", "!", "?")) else text + "."


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Hold a lock among processes: MLflow's first migration fails when two run it at once."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep what MLflow says of its own insides off the user's terminal.

    These are its lines on creating tables, and SQLAlchemy's advice to MLflow's authors.
    """
    loggers = [logging.getLogger(name) for name in ("mlflow.store.db.utils", "alembic")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SADeprecationWarning)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
