"""The runs this process has open: written under guard, ended whatever happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mlflow import MlflowClient

from tracker.tracking import run_content
from tracker.tracking.client import STORE_ERRORS, first_line
from tracker.tracking.run_content import RunContent
from tracker.tracking.signals import deferred

Warn = Callable[[str], None]
Clock = Callable[[], int]


class OpenRuns:
    """Writes runs, remembers those that have not ended, and turns failures into warnings."""

    def __init__(self, client: MlflowClient, *, warn: Warn, clock: Clock) -> None:
        self._client = client
        self._warn = warn
        self._clock = clock
        self._ids: list[str] = []

    def create(self, experiment_id: str, content: RunContent) -> str:
        """Create a run and keep it open."""
        run_id = run_content.create(self._client, experiment_id, content)
        self._ids.append(run_id)
        return run_id

    def reopen(self, run_id: str) -> None:
        """Keep a run open that exists."""
        self._ids.append(run_id)

    def complete(self, run_id: str, content: RunContent) -> None:
        """Write all of an open run, and end it."""
        run_content.fill(self._client, run_id, content)
        self._ids.remove(run_id)

    @contextmanager
    def guarded(self, what: str) -> Iterator[None]:
        """Turn a failure of the store into a warning; hold signals back meanwhile.

        A run that was begun in the block is then ended as FAILED; where the store is
        away altogether, the next start ends it.
        """
        before = len(self._ids)
        with deferred():
            try:
                yield
            except STORE_ERRORS as error:
                self._warn(
                    f"tracking-failed: {what} could not be recorded in MLflow: {first_line(error)} "
                    "The measurements are kept in the session folder."
                )
                for run_id in self._ids[before:]:
                    self._end(run_id, "FAILED")

    def terminate(self, status: str) -> None:
        """End every open run."""
        with deferred():
            for run_id in tuple(self._ids):
                self._end(run_id, status)

    def _end(self, run_id: str, status: str) -> None:
        self._ids.remove(run_id)
        try:
            self._client.set_terminated(run_id, status, self._clock())
        except STORE_ERRORS as error:
            self._warn(
                f"tracking-failed: MLflow run {run_id} could not be ended as {status}: "
                f"{first_line(error)} The next start ends it."
            )
