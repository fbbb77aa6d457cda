"""A session that cannot go on: what broke it stands in its journal, and how to go on is said."""

from collections.abc import Iterator
from contextlib import contextmanager

from patterns.store.errors import StoreError
from tracker.measurement.executor import ExecutorError
from tracker.measurement.journal import Journal, SessionBroken
from tracker.models import ErrorType


@contextmanager
def faults_recorded(journal: Journal, session_id: str) -> Iterator[None]:
    """Write down what ends a session, with its error type; iterations that were kept stay.

    Raises
    ------
    ExecutorError
        What was raised within, a failing pattern store included, with the way to go on.
    """
    try:
        yield
    except StoreError as error:
        raise _recorded(journal, session_id, str(error), ErrorType.STORE) from error
    except ExecutorError as error:
        raise _recorded(journal, session_id, str(error), error.error_type) from error


def _recorded(
    journal: Journal, session_id: str, reason: str, error_type: ErrorType
) -> ExecutorError:
    journal.write(SessionBroken(error_type=error_type, reason=reason))
    resume = f"tracker run --resume --session {session_id}"
    return ExecutorError(
        f"{reason}\nEvery finished iteration is kept. Go on with: {resume}", error_type
    )
