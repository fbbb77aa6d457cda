"""How far a session is, and the wish to end it."""

from collections.abc import Callable
from typing import Literal

from tracker.models import Value

Step = Literal[
    "fixture", "set-up", "warm-up", "measured", "profile", "teardown", "finished", "recovery"
]


class Progress(Value):
    """One moment of a session; `done` of `total` counts executions of all groups.

    `last_ms` and `success` are those of the execution that has just ended.
    """

    group: str
    step: Step
    done: int
    total: int
    variant: str | None = None
    round: int | None = None
    rounds: int | None = None
    last_ms: float | None = None
    success: bool | None = None
    message: str | None = None


ProgressListener = Callable[[Progress], None]


class Stop:
    """The wish to end a session; asked between iterations, so that every record is whole.

    A signal handler calls `request`. Listeners are told at once, so that a
    command that takes an hour can be cancelled.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def requested(self) -> bool:
        """Return whether the session is to end."""
        return self.reason is not None

    def request(self, reason: str) -> None:
        """Ask for the end of the session; the first reason stays."""
        if self.reason is None:
            self.reason = reason
        for listener in self._listeners:
            listener()

    def add_listener(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever the end is asked for."""
        self._listeners.append(listener)
