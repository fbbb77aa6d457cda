"""What one session does to the outside: the executor's protocol and the values it speaks."""

from typing import Literal, Protocol

from pydantic import Field

from tracker.models import (
    ErrorType,
    FixtureRequest,
    IOSample,
    Machine,
    RepositoryFixture,
    SetupScript,
    TeardownScript,
    Test,
    TimeSeries,
    Value,
    Variant,
)
from tracker.models.enums import Phase, TreePeakSource


class ExecutorError(Exception):
    """Something outside the clock went wrong: a preparation, a work copy, a fixture."""

    def __init__(self, message: str, error_type: ErrorType = ErrorType.EXIT_CODE) -> None:
        super().__init__(message)
        self.error_type = error_type


class ExecutorLostError(ExecutorError):
    """What runs the commands is gone (the probe died, the engine was lost): `recover` may help."""

    def __init__(self, message: str, error_type: ErrorType = ErrorType.PROBE_LOST) -> None:
        super().__init__(message, error_type)


class TrialSpec(Value):
    """One trial: a test, a variant and a fixture, with all that its execution needs."""

    group: str
    suite_id: str
    test: Test
    variant: Variant
    fixture: RepositoryFixture
    run_id: str
    setup: SetupScript | None = None
    teardown: TeardownScript | None = None
    timeout_ms: int = Field(ge=1)
    renews: bool = Field(
        default=False,
        description="Caches are made true again after each restore: a variant of the group has a"
        " service that would otherwise report the restoring as changes.",
    )


class Turn(Value):
    """One variant's turn in a round; `order` is the place within the round."""

    phase: Phase
    round: int = Field(ge=1)
    order: int = Field(ge=0)


class Begun(Value):
    """A trial that is ready: what its variant's preparation and service cost once.

    None without one. `versions` holds those of the variant's own tools.
    """

    one_off_ms: float | None = None
    service_start_ms: float | None = None
    versions: dict[str, str] = Field(default_factory=dict)


KEPT_BYTES = 32_768
"""Bytes of each end of an output that a record keeps (clarification 18)."""


class Output(Value):
    """One output stream: counted and hashed whole, its first and last bytes at hand.

    Where a test looks into its output more of it is at hand than a record keeps.
    """

    total_bytes: int
    sha256: str | None
    head: bytes = b""
    tail: bytes = Field(default=b"", description="Last bytes; empty when `head` holds everything.")

    @property
    def cut(self) -> bool:
        """Return whether bytes in the middle were left out."""
        return len(self.head) + len(self.tail) < self.total_bytes

    @property
    def text(self) -> str:
        """Return all that is at hand as text."""
        return _joined(self.head, self.tail, self.total_bytes)

    @property
    def kept_text(self) -> str:
        """Return what a record keeps as text, a line for what was left out in the middle."""
        if len(self.head) + len(self.tail) <= 2 * KEPT_BYTES:
            return self.text
        end = self.tail if self.cut else self.head + self.tail
        return _joined(self.head[:KEPT_BYTES], end[-KEPT_BYTES:], self.total_bytes)


class MeasuredStep(Value):
    """How one of the steps in the clock ended."""

    exit_code: int | None
    signal: str | None = None
    wall_ns: int | None = None


class DiskUsage(Value):
    """Allocated bytes and entries of working copy and repository."""

    allocated_bytes: int
    entries: int


class Series(Value):
    """Samples of a profiling iteration, with what they say about memory at its peak."""

    rss: int | None = None
    vms: int | None = None
    anonymous: int | None = None
    file_backed: int | None = None
    cpu_percent: TimeSeries[float] | None = None
    memory: TimeSeries[int] | None = None
    io: TimeSeries[IOSample] | None = None


class Measured(Value):
    """What an executor measured in one clock; None is unknown.

    `failure` is set where the executor knows why there is no result, such as
    a command that could not be started; whether a result is right is judged later.
    """

    started_ms: float
    ended_ms: float
    wall_ns: int | None = None
    steps: tuple[MeasuredStep, ...] = ()
    timed_out: bool = False
    output_limited: bool = False
    oom_killed: bool | None = None
    user_us: int | None = None
    system_us: int | None = None
    max_rss_bytes: int | None = None
    minor_faults: int | None = None
    major_faults: int | None = None
    voluntary_switches: int | None = None
    involuntary_switches: int | None = None
    run_queue_delay_ns: int | None = None
    read_ops: int | None = None
    write_ops: int | None = None
    read_bytes: int | None = None
    write_bytes: int | None = None
    device_read_bytes: int | None = None
    device_write_bytes: int | None = None
    others_cpu_us: int | None = None
    steal_us: int | None = None
    cpu_pressure_us: int | None = None
    rx_bytes: int | None = None
    tx_bytes: int | None = None
    peak_tree_bytes: int | None = None
    peak_tree_source: TreePeakSource | None = None
    stdout: Output | None = None
    stderr: Output | None = None
    disk_before: DiskUsage | None = None
    disk_after: DiskUsage | None = None
    series: Series | None = None
    service_cpu_us: int | None = None
    service_rss_bytes: int | None = None
    failure: ErrorType | None = None
    failure_reason: str | None = None
    warnings: tuple[str, ...] = ()


class OutcomeResult(Value):
    """The compared value of an outcome check, or why there is none, and what was counted."""

    value: str | None
    counts: dict[str, float] = Field(default_factory=dict)
    reason: str | None = None


class Ended(Value):
    """A trial after its teardown; `problem` says what went wrong in it."""

    teardown: Literal["none", "done", "failed", "not run"] = "none"
    problem: str | None = None


def _joined(head: bytes, tail: bytes, total_bytes: int) -> str:
    missing = total_bytes - len(head) - len(tail)
    gap = f"\n[… {missing} bytes left out …]\n".encode() if missing > 0 else b""
    return (head + gap + tail).decode("utf-8", "replace")


class Executor(Protocol):
    """Everything of one session that touches the outside.

    The engine calls, for each trial: `begin`, then for each turn `prepare`,
    `measure`, and as needed `undeclared_changes`, `outcome` and `restore`, in this
    order, and at last `end`. Trials of one group are begun together and take
    turns; measured intervals never overlap. Only `measure` runs a clock.
    Every method may raise `ExecutorError`, and `ExecutorLostError` when what runs the
    commands is gone; after that `recover` is called, and every trial is begun again.
    """

    def describe(self) -> Machine:
        """Return where it is measured."""
        ...

    def versions(self) -> dict[str, str]:
        """Return the versions of the tools that are measured."""
        ...

    def fixture(self, request: FixtureRequest) -> RepositoryFixture:
        """Return the repository that was asked for, built if it is not there yet."""
        ...

    def begin(self, trial: TrialSpec) -> Begun:
        """Make the work copy, run the suite's setup, and remember the pristine state."""
        ...

    def prepare(self, trial: TrialSpec) -> None:
        """Run what the test prepares before each iteration."""
        ...

    def measure(self, trial: TrialSpec, turn: Turn) -> Measured:
        """Run the test's steps in one clock; the `profile` phase samples them as well."""
        ...

    def cancel(self) -> None:
        """End the command that is running, if one is; a signal handler may call it."""
        ...

    def undeclared_changes(self, trial: TrialSpec) -> tuple[str, ...]:
        """Return the paths the measured command has just changed."""
        ...

    def outcome(self, trial: TrialSpec, measured: Measured) -> OutcomeResult:
        """Return what the repository looks like now, as the test's outcome check asks."""
        ...

    def restore(self, trial: TrialSpec) -> None:
        """Bring the work copy back to its pristine state."""
        ...

    def end(self, trial: TrialSpec, *, failed: bool) -> Ended:
        """Run the suite's teardown, after a failure too if it is to run always."""
        ...

    def recover(self) -> None:
        """Replace what was lost; work copies are made anew when trials are begun again."""
        ...

    def close(self) -> None:
        """End everything that was started and remove the work copies."""
        ...
