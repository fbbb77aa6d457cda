"""Which errors a person can act on, and the exit code each ends with."""

from patterns.store.errors import StoreError
from tracker.config import InputError
from tracker.fixtures.errors import FixtureError
from tracker.measurement.executor import ExecutorError
from tracker.measurement.journal import JournalError
from tracker.tools.installation import ToolInstallError
from tracker.vcs.base import CommandError, MaterialiseError
from tracker.vcs.registry import UnknownVcsError

WRONG_INPUT = 2
"""Wrong usage or input: nothing was done."""

FAILED = 4
"""A benchmark, or something it needs, failed to run."""

EXIT_CODES: tuple[tuple[type[Exception], int], ...] = (
    (InputError, WRONG_INPUT),
    (JournalError, WRONG_INPUT),
    (UnknownVcsError, WRONG_INPUT),
    (StoreError, WRONG_INPUT),
    (FixtureError, FAILED),
    (ExecutorError, FAILED),
    (MaterialiseError, FAILED),
    (CommandError, FAILED),
    (ToolInstallError, FAILED),
)


def exit_code_of(error: Exception) -> int | None:
    """Return the exit code of an expected error, or None for a defect of the tracker."""
    for kind, code in EXIT_CODES:
        if isinstance(error, kind):
            return code
    return None
