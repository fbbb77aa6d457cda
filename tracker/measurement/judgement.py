"""Whether one measured iteration counts, and if not, why."""

import re
import signal
from collections.abc import Sequence

from tracker.measurement.executor import Measured
from tracker.models import ErrorType, RawMetric, Validation, Value
from tracker.models.suite import SystemSteps

NS_PER_MS = 1e6

CAUSES: tuple[tuple[str, ErrorType], ...] = (
    (r"no space left on device|disk quota exceeded", ErrorType.DISK_FULL),
    (r"out of memory|cannot allocate memory", ErrorType.OOM),
    (r"resource temporarily unavailable|cannot fork|too many open files", ErrorType.PROCESS_LIMIT),
)
"""What a failing command says when a resource ran out; messages are those of LC_ALL=C."""

HOPELESS_AFTER = 3
"""A trial whose first turns all fail the same way is measured no further.

Three: one may be an accident, two a slow start; a test that fails a third time
alike would only cost its timeout again and again.
"""

SHORT_MS = 50.0
"""Only a command this short can end before its first sample; others are not tried again."""


class Failure(Value):
    """Why an iteration does not count."""

    error_type: ErrorType
    reason: str


def failure_of(measured: Measured, wanted: SystemSteps) -> Failure | None:
    """Return why a measured iteration failed, or None when it succeeded.

    Every step but the last must end with 0, the last with the expected exit code.
    """
    return (
        _of_executor(measured)
        or _of_limits(measured)
        or _of_exit(measured, wanted)
        or (_of_validation(measured, wanted.validation) if wanted.validation else None)
    )


def exit_code_of(measured: Measured) -> int | None:
    """Return the exit code of the last step that ran; 128 + n when signal n ended it."""
    if not measured.steps:
        return None
    last = measured.steps[-1]
    if last.signal is None:
        return last.exit_code
    return 128 + signal_number(last.signal)


def signal_number(name: str) -> int:
    """Return the number of a signal such as `SIGKILL` or `SIG40`."""
    try:
        return int(signal.Signals[name])
    except KeyError:
        return int(name.removeprefix("SIG"))


def cause_of_text(text: str) -> ErrorType:
    """Return which resource ran out by what was said, EXIT_CODE where none is named."""
    known = (kind for said, kind in CAUSES if re.search(said, text, re.IGNORECASE))
    return next(known, ErrorType.EXIT_CODE)


def last_line(measured: Measured) -> str | None:
    """Return the last line a command wrote to standard error, if it wrote any."""
    lines = measured.stderr.text.split("\n") if measured.stderr else []
    said = [line.strip() for line in lines if line.strip()]
    return said[-1] if said else None


def _of_executor(measured: Measured) -> Failure | None:
    if measured.failure is not None:
        reason = measured.failure_reason or measured.failure.value
        return Failure(error_type=measured.failure, reason=reason)
    if measured.wall_ns is None:
        return Failure(error_type=ErrorType.CLOCK, reason="no time was measured")
    if measured.wall_ns < 0:
        return Failure(error_type=ErrorType.CLOCK, reason="the clock went backwards")
    if measured.ended_ms < measured.started_ms:
        back = measured.started_ms - measured.ended_ms
        reason = f"the system clock was set back by {back:.0f} ms or more meanwhile"
        return Failure(error_type=ErrorType.CLOCK, reason=reason)
    return None


def _of_limits(measured: Measured) -> Failure | None:
    if measured.timed_out:
        return Failure(error_type=ErrorType.TIMEOUT, reason="timeout: the command was killed")
    if measured.output_limited:
        reason = "the command wrote more than the output limit and was killed"
        return Failure(error_type=ErrorType.OUTPUT_LIMIT, reason=reason)
    if measured.oom_killed:
        reason = "the command was killed because memory ran out"
        return Failure(error_type=ErrorType.OOM, reason=reason)
    return None


def _of_exit(measured: Measured, wanted: SystemSteps) -> Failure | None:
    code = exit_code_of(measured)
    at_last = len(measured.steps) == len(wanted.steps)
    expected = wanted.expected_exit_code if at_last else 0
    if code == expected and at_last:
        return None
    where = "" if len(wanted.steps) == 1 else f" in step {len(measured.steps)}"
    how = measured.steps[-1].signal if measured.steps else None
    ended = f"ended by {how}" if how else f"exit code {code}, expected {expected}"
    said = last_line(measured)
    reason = f"{ended}{where}" + (f": {said}" if said else "")
    return Failure(error_type=_cause(measured), reason=reason)


def _cause(measured: Measured) -> ErrorType:
    return cause_of_text(measured.stderr.text if measured.stderr else "")


def _of_validation(measured: Measured, validation: Validation) -> Failure | None:
    wall_ms = (measured.wall_ns or 0) / NS_PER_MS
    text = measured.stdout.text if measured.stdout else ""
    peak = measured.max_rss_bytes
    least, most = validation.min_execution_time, validation.max_execution_time
    if validation.output_matches is not None and not re.search(validation.output_matches, text):
        reason = f"output does not match {validation.output_matches!r}"
    elif least is not None and wall_ms < least:
        reason = f"took {wall_ms:.3f} ms, at least {least:g} ms expected"
    elif most is not None and wall_ms > most:
        reason = f"took {wall_ms:.3f} ms, at most {most:g} ms allowed"
    elif validation.max_memory_usage is not None and (peak or 0) > validation.max_memory_usage:
        reason = f"peak memory {peak} bytes, at most {validation.max_memory_usage} allowed"
    else:
        return None
    return Failure(error_type=ErrorType.VALIDATION, reason=reason)


def cause_of(raw: RawMetric) -> str | None:
    """Return what tells one kind of failure from another, None for a success."""
    if raw.quality.success:
        return None
    return f"{raw.quality.error_type}, exit code {raw.execution.exit_code}"


def is_hopeless(failures: Sequence[str | None]) -> bool:
    """Return whether the first turns of a trial, no more and no fewer, all failed alike."""
    alike = len(set(failures)) == 1 and failures[0] is not None
    return alike and len(failures) == HOPELESS_AFTER


def is_unsampled(raw: RawMetric) -> bool:
    """Return whether a profiled command was too quick for the sampler."""
    quick = (raw.execution.duration_ms or SHORT_MS) < SHORT_MS
    return raw.quality.success and quick and raw.performance.memory.rss is None
