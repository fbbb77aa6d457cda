"""What a file of another tool is turned into: one point for each benchmark and metric."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any

from pydantic import Field, FiniteFloat

from tracker.models.base import Value

Document = Any
"""Whatever JSON can hold."""

TIME_UNITS: Mapping[str, float] = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "msec": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
}
"""Unit of time → seconds."""

BYTE_UNITS: Mapping[str, float] = {
    "b": 1.0,
    "byte": 1.0,
    "bytes": 1.0,
    "kb": 1e3,
    "mb": 1e6,
    "gb": 1e9,
    "kib": 2.0**10,
    "mib": 2.0**20,
    "gib": 2.0**30,
}


class UnreadableError(ValueError):
    """A file that is no history we know, or breaks its format: where, and what."""


class ImportedPoint(Value):
    """One value of one benchmark at one time; times in seconds, sizes in bytes."""

    benchmark: str = Field(min_length=1, max_length=1024)
    metric: str
    unit: str
    value: FiniteFloat
    n: int = Field(default=1, ge=1, description="Samples the value is the median of.")
    timestamp_ms: int = Field(description="Unix ms")
    origin: str = Field(default="", description="Commit, or what else names the point.")
    machine: str = "unknown"
    higher_is_better: bool = False
    original_unit: str | None = None


class Imported(Value):
    """What a file held."""

    source_format: str
    points: tuple[ImportedPoint, ...]
    notes: tuple[str, ...] = ()


def in_base_unit(value: float, unit: str) -> tuple[float, str]:
    """Return a value in seconds or bytes where its unit is known, else as it is.

    Examples
    --------
    >>> in_base_unit(2.0, "ms"), in_base_unit(3.0, "MiB"), in_base_unit(4.0, "req/s")
    ((0.002, 's'), (3145728.0, 'bytes'), (4.0, 'req/s'))
    >>> in_base_unit(5.0, "ns/iter")
    (5e-09, 's')
    """
    # Go's unit has further figures after a tab.
    plain = unit.split("\t", maxsplit=1)[0].strip().removesuffix("/iter").removesuffix("/op")
    if plain in TIME_UNITS:
        return value * TIME_UNITS[plain], "s"
    if plain.lower() in BYTE_UNITS:
        return value * BYTE_UNITS[plain.lower()], "bytes"
    return value, unit.split("\t", maxsplit=1)[0].strip()


def unix_ms_of(text: str) -> int:
    """Return an ISO time, or a number of seconds or milliseconds, in Unix milliseconds."""
    try:
        number = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            raise UnreadableError(f"{text!r} is not a time") from None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(aware.timestamp() * 1000)
    if not math.isfinite(number):
        raise UnreadableError(f"{text!r} is not a time")
    return int(number * 1000 if abs(number) < SECONDS_BELOW else number)


SECONDS_BELOW = 1e11
"""A Unix time below is in seconds (until the year 5138), above in milliseconds."""


def number_of(value: object, where: str) -> float:
    """Return a finite number, which may be written as text."""
    try:
        number = float(str(value)) if not isinstance(value, int | float) else float(value)
    except ValueError:
        raise UnreadableError(f"{where}: {value!r} is not a number") from None
    if not math.isfinite(number):
        raise UnreadableError(f"{where}: {value!r} is not a finite number")
    return number


def median_of(values: list[float]) -> float:
    """Return the median of samples."""
    return float(median(values))


def text_of(value: object, where: str) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise UnreadableError(f"{where}: a name is missing")
    return value


def entries_of(value: object, where: str) -> list[dict[str, Any]]:
    """Return a list of objects."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise UnreadableError(f"{where}: a list of objects is missing")
    return value
