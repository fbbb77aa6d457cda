"""Patterns as lines of JSON, in the specification's form with the context beside it."""

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from pydantic import ValidationError

from patterns.models import BenchmarkPattern, PatternContext, PatternRecord
from patterns.store.errors import StoreError
from patterns.store.rows import pattern_row

LONGEST_LINE = 64 * 2**20
"""Bytes; a longer line is passed over without being held in memory."""

UNKNOWN = "unknown"
"""What a pattern in the specification's form doesn't say and a column must hold."""

_OPTIONAL = ("critique", "latencyMs")
"""Left out where unknown. `tokensUsed` is not: where it is missing, it is read as 0."""

OnReject = Callable[[int, str], None]


class _Line(BenchmarkPattern):
    """A line: the specification's BenchmarkPattern and, from a tracker, its context."""

    context: PatternContext | None = None


def to_line(record: PatternRecord, *, bare: bool = False) -> str:
    """Return a pattern as a line; a bare one has no key that the specification doesn't know."""
    values = record.pattern.model_dump(mode="json", by_alias=True)
    for name in _OPTIONAL:
        if values[name] is None:
            del values[name]
    if not bare:
        values["context"] = record.context.model_dump(mode="json", by_alias=True, exclude_none=True)
    return json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read_lines(stream: BinaryIO, *, now: int, reject: OnReject) -> Iterator[PatternRecord]:
    """Return the patterns of a file, one line in memory at a time.

    Parameters
    ----------
    stream : binary file
        UTF-8, one JSON object a line; empty lines don't count.
    now : int
        Unix ms, for patterns that say no time.
    reject : callable
        Called with the number of a line that holds no pattern, counted from 1, and the reason.
    """
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            reject(number, f"longer than {LONGEST_LINE >> 20} MiB")
            _skip_line(stream, line)
            continue
        if not line.strip():
            continue
        try:
            yield _parse(line, now)
        except (ValueError, StoreError, RecursionError) as error:
            reject(number, _reason(error))


def context_of(pattern: BenchmarkPattern, now: int) -> PatternContext:
    """Return what a pattern in the specification's form says of its context."""
    given, output = _object(pattern.input), _object(pattern.output)
    operation, vcs_type = _parts_of(pattern.task)
    vcs_type = _word(given.get("vcsType")) or vcs_type
    return PatternContext(
        operation=_word(given.get("operation")) or operation,
        vcs_type=vcs_type,
        variant=_word(given.get("variant")) or vcs_type,
        repo_size=_word(given.get("repoSize")) or UNKNOWN,
        test_id=_word(given.get("testId")),
        fixture_id=_word(given.get("fixtureId")),
        run_id=_word(output.get("runId")),
        files=_count(given.get("files")),
        commits=_count(given.get("commits")),
        branches=_count(given.get("branches")),
        created_at=_time_of(pattern.session_id, now),
    )


def _parse(line: bytes, now: int) -> PatternRecord:
    read = _Line.model_validate_json(line, strict=True)
    pattern = BenchmarkPattern.model_construct(
        **{name: getattr(read, name) for name in BenchmarkPattern.model_fields}
    )
    record = PatternRecord.model_construct(
        pattern=pattern, context=read.context or context_of(pattern, now)
    )
    pattern_row(record)  # refuses what no database would keep
    return record


def _reason(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error) or "nested too deeply"
    told = []
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        where = ".".join(str(part) for part in one["loc"])
        told.append(f"{where}: {one['msg']}" if where else str(one["msg"]))
    return "; ".join(told)


def _skip_line(stream: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(2**20)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _parts_of(task: str) -> tuple[str, str]:
    """Return operation and system of a task.

    >>> _parts_of("commit-git-worktrees-benchmark"), _parts_of("something else")
    (('commit', 'git-worktrees'), ('something else', 'unknown'))
    """
    name = task.removesuffix("-benchmark")
    for vcs_type in ("git-worktrees", "jujutsu", "git"):
        if name.endswith(f"-{vcs_type}") and name != task:
            return name.removesuffix(f"-{vcs_type}"), vcs_type
    operation, _, vcs_type = name.rpartition("-")
    if name == task or not operation:
        return task, UNKNOWN
    return operation, vcs_type


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _count(value: object) -> int | None:
    known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
    return value if known and isinstance(value, int) else None


def _time_of(session_id: str, now: int) -> int:
    text = session_id.removeprefix("benchmark-")
    known = text != session_id and text.isascii() and text.isdecimal() and len(text) <= 15  # noqa: PLR2004  ms until the year 33658
    return int(text) if known else now
