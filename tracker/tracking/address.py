"""Addresses of MLflow's stores. Nothing here imports MLflow."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

SQLITE = "sqlite:///"
ARTIFACT_ROOT = "MLFLOW_DEFAULT_ARTIFACT_ROOT"
URL = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
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


def given_root(artifact_root: Path, environ: Mapping[str, str]) -> str:
    """Return where artifacts are kept: what MLflow's own variable says, else the folder given.

    Any store MLflow has a library for: a bucket, a share, `mlflow-artifacts:` of a server.
    """
    given = environ.get(ARTIFACT_ROOT, "")
    if URL.match(given):
        return given.rstrip("/")
    return str(Path(given).absolute() if given else artifact_root.absolute())


def is_remote(uri: str) -> bool:
    """Say whether a server holds the store, and so decides where artifacts are kept."""
    return (urlsplit(uri).scheme or uri) in REMOTE_SCHEMES


def without_password(text: str) -> str:
    """Return a text without the user and password of any address in it, for messages.

    Examples
    --------
    >>> without_password("postgresql://me:secret@db/mlflow")
    'postgresql://db/mlflow'
    """
    return _CREDENTIALS.sub("//", text)
