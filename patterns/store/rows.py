"""Values to rows and back, and the hash by which equal patterns are known."""

from collections.abc import Mapping
from hashlib import blake2b
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import Column, RowMapping

from patterns.models import BenchmarkPattern, PatternContext, PatternRecord, TrialRow
from patterns.store.errors import StoreError
from patterns.tables import HASH_BYTES, patterns, results

LONGEST_NAME = 400
"""Bytes of a text that is indexed. PostgreSQL refuses index entries of 2,704 bytes, and an
index holds at most three such texts."""

LARGEST_INTEGER = 2**63 - 1

LARGEST_TIME = 1e15
"""ms, 30,000 years. Sums of anything larger could leave what a float holds."""

_SURELY_SHORT = LONGEST_NAME // 4
"""Characters; none has more than four bytes."""

_PATTERN_FIELDS = tuple(BenchmarkPattern.model_fields)
_CONTEXT_FIELDS = tuple(PatternContext.model_fields)

_NAMES = frozenset({"task", "session_id", "operation", "vcs_type", "variant", "run_id"})

Row = dict[str, Any]

PATTERN_COLUMNS: tuple[Column[Any], ...] = tuple(patterns.c[name] for name in _PATTERN_FIELDS)
RECORD_COLUMNS: tuple[Column[Any], ...] = (
    *PATTERN_COLUMNS,
    *(patterns.c[name] for name in _CONTEXT_FIELDS),
)
TRIAL_COLUMNS: tuple[Column[Any], ...] = tuple(results.c[name] for name in TrialRow.model_fields)


def content_hash(record: PatternRecord) -> bytes:
    """Return the hash of everything a pattern says and of the run it comes from, 16 bytes.

    Of the context it covers the run alone: two trials may fail with the very same words,
    while a pattern that was exported and comes back in the specification's form, which has
    no columns of context, must be known again.
    """
    pattern = record.pattern
    fields = (
        _text(pattern.session_id),
        _text(pattern.task),
        _text(pattern.input),
        _text(pattern.output),
        _number(pattern.reward),
        "true" if pattern.success else "false",
        _text(pattern.critique),
        _number(pattern.latency_ms),
        "null" if pattern.tokens_used is None else str(pattern.tokens_used),
        _text(record.context.run_id),
    )
    # The same JSON that `json.dumps` writes, in a third of the time.
    return blake2b(f"[{','.join(fields)}]".encode(), digest_size=HASH_BYTES).digest()


def pattern_row(record: PatternRecord) -> Row:
    """Return a record as a row of `benchmark_patterns`."""
    row = {**record.pattern.__dict__, **record.context.__dict__}
    _check(row, f"pattern {row['task'][:80]!r}")
    row["success"] = int(row["success"])
    row["content_hash"] = content_hash(record)
    return row


def trial_row(row: TrialRow) -> Row:
    """Return an iteration as a row of `benchmark_results`."""
    values = dict(row.__dict__)
    _check(values, f"iteration {row.iteration} of {row.run_id[:80]!r}")
    values["success"] = int(row.success)
    return values


def pattern_of(row: Mapping[Any, Any]) -> BenchmarkPattern:
    """Return a row's pattern."""
    return BenchmarkPattern(**{name: row[name] for name in _PATTERN_FIELDS})


def record_of(row: RowMapping) -> PatternRecord:
    """Return a row's pattern and context."""
    context = PatternContext(**{name: row[name] for name in _CONTEXT_FIELDS})
    return PatternRecord(pattern=pattern_of(row), context=context)


def trial_of(row: RowMapping) -> TrialRow:
    """Return a row's iteration."""
    return TrialRow(**dict(row))


def _text(value: str | None) -> str:
    return "null" if value is None else encode_basestring(value)


def _number(value: float | None) -> str:
    # Adding 0.0 makes the negative zero positive: a database may forget its sign.
    return "null" if value is None else repr(value + 0.0)


def _check(row: Row, what: str) -> None:
    """Refuse what one of the databases would refuse or change, so that both behave alike."""
    for name, value in row.items():
        kind = type(value)
        if kind is str:
            if "\x00" in value:
                raise StoreError(f"{what}: {name} holds a NUL character, which no database keeps")
            if name in _NAMES and len(value) > _SURELY_SHORT:
                _check_name(name, value, what)
        elif kind is int and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise StoreError(f"{what}: {name} is beyond 64 bits")
        elif kind is float and abs(value) > LARGEST_TIME:
            raise StoreError(f"{what}: {name} is beyond {LARGEST_TIME:.0e}, more than any time")


def _check_name(name: str, value: str, what: str) -> None:
    size = len(value.encode())
    if size > LONGEST_NAME:
        raise StoreError(f"{what}: {name} has {size} bytes; a name may have {LONGEST_NAME}")
