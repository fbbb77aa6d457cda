"""The runs this process has open: written under guard, ended whatever happens."""

from collections.abc import Callable
from typing import TypeVar

from mlflow import MlflowClient

from tracker.tracking import run_content
from tracker.tracking.client import STORE_ERRORS, first_line
from tracker.tracking.patience import Patience
from tracker.tracking.run_content import RunContent
from tracker.tracking.signals import deferred

Warn = Callable[[str], None]
Clock = Callable[[], int]
T = TypeVar("T")


class OpenRuns:
    """Writes runs, remembers those that have not ended, and turns failures into warnings.

    `failures` names what could not be written.
    """

    def __init__(self, client: MlflowClient, *, warn: Warn, clock: Clock) -> None:
        self._client = client
        self._warn = warn
        self._clock = clock
        self._ids: list[str] = []
        self._said: set[str] = set()
        self.patience = Patience()
        self.failures: list[str] = []

    def create(self, experiment_id: str, content: RunContent) -> str:
        """Create a run and keep it open."""
        run_id = run_content.create(self._client, experiment_id, content)
        self._ids.append(run_id)
        return run_id

    def reopen(self, run_id: str) -> None:
        """Keep a run open that exists."""
        if run_id not in self._ids:
            self._ids.append(run_id)

    def complete(self, run_id: str, content: RunContent) -> None:
        """Write all of an open run, and end it."""
        run_content.fill(self._client, run_id, content)
        self._ids.remove(run_id)

    def attempt(self, what: str, write: Callable[[], T]) -> T | None:
        """Return what `write` returns, or None after a warning where the store fails.

        Signals are held back meanwhile. A run that was begun is then ended as KILLED, which
        tells `SessionRuns` that it is a half one; where the store is away altogether, the
        next start ends it. Where MLflow is no longer waited for, nothing is tried.
        """
        if self.patience.exhausted:
            self.failures.append(what)
            return None
        before = len(self._ids)
        with deferred():
            try:
                with self.patience.spent():
                    return write()
            except STORE_ERRORS as error:
                self.failures.append(what)
                self._warn_once(first_line(error), what)
                for run_id in self._ids[before:]:
                    self._end(run_id, "KILLED")
        return None

    def terminate(self, status: str) -> None:
        """End every open run."""
        with deferred():
            for run_id in tuple(self._ids):
                self._end(run_id, status)

    def _warn_once(self, reason: str, what: str) -> None:
        """Warn of the first failure of a kind: of an absent server one line is enough."""
        if reason not in self._said:
            self._said.add(reason)
            self._warn(
                f"tracking-failed: {what} could not be recorded in MLflow: {reason} "
                "The measurements are kept in the session folder."
            )

    def _end(self, run_id: str, status: str) -> None:
        self._ids.remove(run_id)
        try:
            with self.patience.spent():
                self._client.set_terminated(run_id, status, self._clock())
        except STORE_ERRORS as error:
            self.failures.append(f"the end of run {run_id}")
            if not self.patience.exhausted:
                self._warn(
                    f"tracking-failed: MLflow run {run_id} could not be ended as {status}: "
                    f"{first_line(error)} The next start ends it."
                )
