"""A series as somebody's history holds it: values in time order, and what is refused in them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from patterns.statistics.arrays import FloatArray


class SeriesError(ValueError):
    """A value or a series that learning cannot go on with: what, and what to do."""

    def __init__(self, message: str, *, advice: str, position: int | None = None) -> None:
        super().__init__(f"{message}. {advice}" if advice else message)
        self.message = message
        self.advice = advice
        self.position = position


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one benchmark, oldest first."""

    name: str
    stamps: tuple[str, ...]
    """Timestamps as they were written."""
    times: FloatArray
    """shape (n,): the same as numbers."""
    values: FloatArray
    """shape (n,): finite."""
    known: int
    """So many first points are history; the others are to be forecast."""
    source: str = ""
    """Project or machine it comes from, where that is known."""


def read_value(text: str) -> float:
    """Return a finite number; refuse what is none.

    Examples
    --------
    >>> read_value(" 1.5e3 ")
    1500.0
    """
    try:
        value = float(text)
    except ValueError:
        raise SeriesError(
            f"value {text!r} is not a number", advice="Leave out rows without a measurement."
        ) from None
    if not math.isfinite(value):
        raise SeriesError(
            f"value {text!r} is not finite", advice="Leave out rows without a measurement."
        )
    return value


def read_time(text: str) -> float:
    """Return a timestamp as a number: a number as it is, an ISO 8601 time in milliseconds.

    Examples
    --------
    >>> read_time("1970-01-01T00:00:02Z"), read_time("17")
    (2000.0, 17.0)
    """
    try:
        number = float(text)
    except ValueError:
        number = _iso_ms(text.strip())
    if not math.isfinite(number):
        raise SeriesError(f"timestamp {text!r} is not finite", advice=_TIME_ADVICE)
    return number


_TIME_ADVICE = "Write Unix milliseconds, another number, or an ISO 8601 time."


def _iso_ms(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SeriesError(f"timestamp {text!r} is not a time", advice=_TIME_ADVICE) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000.0


def require_order(times: Sequence[float] | FloatArray, *, repeats: bool) -> int:
    """Refuse times that go back, and repeated ones unless `repeats`; return how many repeat.

    Raises
    ------
    SeriesError
        With the position of the first point out of order.
    """
    steps = np.diff(np.asarray(times, dtype=np.float64))
    back = np.flatnonzero(steps < 0)
    if back.size:
        raise SeriesError(
            "timestamps are not in time order",
            advice="Sort the rows of each series by time.",
            position=int(back[0]) + 1,
        )
    same = np.flatnonzero(steps == 0)
    if same.size and not repeats:
        raise SeriesError(
            "the timestamp of the row before is repeated",
            advice="A forecast is made from earlier rows: give every row its own time.",
            position=int(same[0]) + 1,
        )
    return int(same.size)


def require_points(n: int, fewest: int, purpose: str) -> None:
    """Refuse a series of fewer than `fewest` points."""
    if n < fewest:
        raise SeriesError(
            f"{n} point{'' if n == 1 else 's'}: {purpose} needs at least {fewest}",
            advice="Leave the series out or add its history.",
        )
