"""A line on stderr that says how far the work is, and how long it will take."""

import sys
import time
from types import TracebackType
from typing import Self

from tracker.cli.output import plain

PERIOD_S = 0.2
"""A person reads no faster; drawing must not disturb a measurement."""

QUIET_PERIOD_S = 15.0
"""Where stderr is no terminal, a line now and then is enough."""


class ProgressLine:
    """Shows (text, share of the work done) as it is told; rewrites one line on a terminal."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._started = time.monotonic()
        self._shown = 0.0
        self._text = ""

    def __enter__(self) -> Self:
        return self

    def __call__(self, text: str, done: float | None) -> None:
        """Tell that `text` is being done and `done` (0–1, None if unknown) is behind us."""
        now = time.monotonic()
        period = PERIOD_S if self._terminal else QUIET_PERIOD_S
        if now - self._shown < period and not (self._terminal and text != self._text):
            return
        self._shown, self._text = now, text
        self._draw(self._line(text, done, now - self._started))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._terminal and self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _line(self, text: str, done: float | None, elapsed_s: float) -> str:
        if done is None or done <= 0:
            return plain(text)
        left_s = elapsed_s * (1 - done) / done
        return f"{done:4.0%}  {plain(text)}  about {_duration(left_s)} left"

    def _draw(self, line: str) -> None:
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{line[:100]}")
        else:
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
