"""What can go wrong with a store, said in words of the person who uses it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

_ADVICE = (
    ("database is locked", "another process has been writing for too long; try again"),
    ("database table is locked", "another process has been writing for too long; try again"),
    (
        "readonly database",
        "it is read-only; give write permission on the file and on its folder",
    ),
    (
        "unable to open database file",
        "it cannot be opened; check that its folder exists and that you may write there",
    ),
    ("file is not a database", "the file is not an SQLite database; name another"),
    ("malformed", "the file is damaged; restore it from a backup"),
    ("disk is full", "the disk is full; free some space"),
    ("no such table", "it has no schema; run `tracker db upgrade`"),
    ("undefinedtable", "it has no schema; run `tracker db upgrade`"),
    ("password authentication failed", "the server refused the user name or the password"),
    ("connection refused", "no server answers there; start it or correct host and port"),
    ("could not translate host name", "there is no such host; correct the address"),
    ("failed to resolve host", "there is no such host; correct the address"),
    ("does not exist", "the server has no such database or user; create it first"),
    ("permission denied", "the user has no permission; grant it or use another user"),
)
"""What a driver says, in lower case, and what a person should read."""


class StoreError(Exception):
    """The store cannot do what was asked; the text says where, what and what to do.

    The text never holds a password.
    """


@contextmanager
def told_clearly(where: str) -> Iterator[None]:
    """Turn a driver's exception into a `StoreError` that names the store `where`."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "psycopg":
            raise
        raise StoreError(
            f"{where}: PostgreSQL needs psycopg; install it with the extra `postgres`"
        ) from error
    except NoSuchModuleError as error:
        raise StoreError(f"{where}: {_kinds()}") from error
    except (SQLAlchemyError, sqlite3.Error) as error:  # connections are prepared on the driver
        raise StoreError(f"{where}: {_explain(error)}") from error


def wrong_url() -> StoreError:
    """Return the error for an address that is none; it may hold a password, so it isn't shown."""
    return StoreError(f"The pattern store's address cannot be read: {_kinds()}")


def _kinds() -> str:
    return "use sqlite:///FILE or postgresql://USER@HOST/DATABASE"


def _explain(error: SQLAlchemyError | sqlite3.Error) -> str:
    original = error.orig if isinstance(error, DBAPIError) else None
    said = str(original or error).strip()
    known = f"{type(original).__name__} {said}".lower()
    for sign, advice in _ADVICE:
        if sign in known:
            return advice
    return said.partition("\n")[0] or type(error).__name__
