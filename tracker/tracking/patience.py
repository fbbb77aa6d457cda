"""How long a session waits for MLflow while it measures: a few seconds, once."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONGEST_WAIT_S = 3.0
"""A write that takes longer would hold up what is measured next; a trial takes 0.2 s of CPU."""

HURRIED = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "4",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # at once; the second one would be after seconds
}
"""What MLflow's client is told between two measurements: a call ends within 8 s."""


class Patience:
    """Knows whether MLflow is still waited for.

    While a session measures, one write that takes long is enough: the others wait until
    everything is measured. Afterwards only a long wait *for nothing* ends it. What is given
    up is in the session's journal, and `tracker runs sync` writes it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._measuring = False
        self.exhausted = False

    def measuring(self, flag: bool) -> None:
        """Say that something is about to be measured, or that all is; begin with new patience."""
        self._measuring = flag
        self.exhausted = False

    @contextmanager
    def spent(self) -> Iterator[None]:
        """Count what a call takes; while a session measures, its requests are hurried."""
        began = self._clock()
        failed = True
        try:
            if self._measuring or self.exhausted:
                with _environment(HURRIED):
                    yield
            else:
                yield
            failed = False
        finally:
            long = self._clock() - began > LONGEST_WAIT_S
            self.exhausted = self.exhausted or (long and (failed or self._measuring))


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables for a while: MLflow's client reads them at each request."""
    usual = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in usual.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
