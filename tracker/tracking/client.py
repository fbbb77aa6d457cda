"""The MLflow client: an absolute address, and a store that is made once."""

import fcntl
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import SADeprecationWarning, SQLAlchemyError

from tracker.tracking.address import SQLITE, TrackingError, is_remote, without_password

STORE_ERRORS = (MlflowException, SQLAlchemyError, OSError, ImportError)
"""What a store that is away, full, locked or damaged raises, or one without its driver."""


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
        else:
            _require_answer(uri)
        with _exclusive(artifact_root / ".store.lock"), _without_chatter():
            return MlflowClient(tracking_uri=uri)
    except STORE_ERRORS as error:
        raise TrackingError(
            f"the MLflow store {without_password(uri)} cannot be opened: {first_line(error)} "
            "Check MLFLOW_TRACKING_URI, or move the file away to start a new store."
        ) from error


def _require_answer(uri: str) -> None:
    """Connect once: MLflow would try a database server that is away for 100 s."""
    timed = make_url(uri).get_backend_name() in {"postgresql", "mysql", "mariadb"}
    engine = create_engine(uri, connect_args={"connect_timeout": 5} if timed else {})
    try:
        engine.connect().close()
    finally:
        engine.dispose()


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
