"""An executor that follows a script: no clock, no process, no disk.

The whole pipeline runs on it in tests, and a stored session can be played again.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Self

from pydantic import Field

from tracker.measurement.executor import (
    Begun,
    DiskUsage,
    Ended,
    ExecutorError,
    ExecutorLostError,
    Measured,
    MeasuredStep,
    OutcomeResult,
    Output,
    Series,
    TrialSpec,
    Turn,
)
from tracker.models import (
    ErrorType,
    FixtureRequest,
    Landmarks,
    Machine,
    RepositoryFixture,
    TimeSeries,
    Value,
)
from tracker.models.enums import Phase
from tracker.models.fixture import Characteristics, FixtureMetadata, Generation

START_MS = 1_700_000_000_000.0
"""The Unix time at which a replayed session starts; each execution adds its own time."""

SAMPLE_MS = 2.0


class Scripted(Value):
    """What one execution is to yield; `lost` means that the probe dies in it.

    Where it is not `sampled` a profiling execution ends before its first sample.
    """

    wall_ms: float = Field(ge=0)
    cpu_ms: float | None = None
    exit_code: int = 0
    signal: str | None = None
    timed_out: bool = False
    outcome: str | None = "same for all"
    stdout: str = ""
    stderr: str = ""
    peak_bytes: int = 5_000_000
    undeclared_changes: tuple[str, ...] = ()
    lost: bool = False
    sampled: bool = True
    others_ms: float | None = None
    clock_step_ms: float = Field(default=0.0, description="The system clock jumps by this much.")


class Call(Value):
    """One call of the executor; test and variant are empty where there is no trial."""

    method: str
    test: str = ""
    variant: str = ""
    phase: Phase | None = None
    round: int | None = None


Script = Callable[[TrialSpec, Turn], Scripted]


class ReplayExecutor:
    """Plays a script and remembers every call in `calls`.

    Parameters
    ----------
    script : callable
        (trial, turn) → what this execution yields.
    begin_errors : mapping of str to str
        Variants that cannot be set up, with the message.
    fixture_error : str, optional
        Why no fixture can be made.
    after_call : callable, optional
        Told of each call when it is done; a test interrupts a session with it.
    """

    def __init__(
        self,
        script: Script,
        *,
        begin_errors: Mapping[str, str] | None = None,
        fixture_error: str | None = None,
        after_call: Callable[[Call], None] = lambda _: None,
    ) -> None:
        self.script = script
        self.calls: list[Call] = []
        self._begin_errors = dict(begin_errors or {})
        self._fixture_error = fixture_error
        self._after_call = after_call
        self._now_ms = START_MS
        self._last: dict[tuple[str, str], Scripted] = {}

    @classmethod
    def from_times(cls, times: Mapping[tuple[str, str], Sequence[float]]) -> Self:
        """Make an executor from (test, variant) → milliseconds of each round.

        The times are played again from the first one when there are more rounds;
        warm-ups and the profiling iteration take the first one.
        """

        def script(trial: TrialSpec, turn: Turn) -> Scripted:
            series = times[trial.test.id, trial.variant.name]
            place = (turn.round - 1) % len(series) if turn.phase == "measured" else 0
            return Scripted(wall_ms=series[place])

        return cls(script)

    def describe(self) -> Machine:
        """Return a machine of which nothing but its class is known."""
        return Machine(machine_class="replay", probe="replay")

    def versions(self) -> dict[str, str]:
        """Return versions that do not exist."""
        return {"git": "0.0.0", "jj": "0.0.0"}

    def fixture(self, request: FixtureRequest) -> RepositoryFixture:
        """Return a fixture that is nowhere."""
        self._called("fixture")
        if self._fixture_error is not None:
            raise ExecutorError(self._fixture_error)
        return replay_fixture(request)

    def begin(self, trial: TrialSpec) -> Begun:
        """Begin a trial, or fail as scripted."""
        self._called("begin", trial)
        message = self._begin_errors.get(trial.variant.name)
        if message is not None:
            raise ExecutorError(message)
        return Begun(one_off_ms=1.0 if trial.variant.prepare else None)

    def prepare(self, trial: TrialSpec) -> None:
        """Prepare nothing."""
        self._called("prepare", trial)

    def measure(self, trial: TrialSpec, turn: Turn) -> Measured:
        """Return what the script says of this execution."""
        scripted = self.script(trial, turn)
        self._last[trial.test.id, trial.variant.name] = scripted
        self._called("measure", trial, turn)
        if scripted.lost:
            raise ExecutorLostError("the scripted probe died", ErrorType.PROBE_LOST)
        started_ms = self._now_ms
        self._now_ms += scripted.wall_ms + scripted.clock_step_ms
        steps = len(trial.test.for_vcs(trial.variant.vcs_type).steps)
        return _measured(scripted, turn, started_ms, steps)

    def cancel(self) -> None:
        """End nothing: a scripted command is over at once."""
        self._called("cancel")

    def undeclared_changes(self, trial: TrialSpec) -> tuple[str, ...]:
        """Return the changes the script tells of."""
        self._called("undeclared_changes", trial)
        return self._last[trial.test.id, trial.variant.name].undeclared_changes

    def outcome(self, trial: TrialSpec, measured: Measured) -> OutcomeResult:  # noqa: ARG002
        """Return the scripted outcome."""
        self._called("outcome", trial)
        value = self._last[trial.test.id, trial.variant.name].outcome
        return OutcomeResult(value=value, reason=None if value is not None else "scripted: none")

    def restore(self, trial: TrialSpec) -> None:
        """Restore nothing."""
        self._called("restore", trial)

    def end(self, trial: TrialSpec, *, failed: bool) -> Ended:
        """End a trial; there is no teardown to run."""
        self._called("end (failed)" if failed else "end", trial)
        return Ended()

    def recover(self) -> None:
        """Start a probe that does not exist."""
        self._called("recover")

    def close(self) -> None:
        """Close nothing."""
        self._called("close")

    def _called(
        self, method: str, trial: TrialSpec | None = None, turn: Turn | None = None
    ) -> None:
        call = Call(
            method=method,
            test=trial.test.id if trial else "",
            variant=trial.variant.name if trial else "",
            phase=turn.phase if turn else None,
            round=turn.round if turn else None,
        )
        self.calls.append(call)
        self._after_call(call)


def replay_fixture(request: FixtureRequest) -> RepositoryFixture:
    """Return the description of a repository that need not exist."""
    return RepositoryFixture(
        id=f"{request.strategy.value}-{request.size.value}-replay",
        name=f"replayed {request.size.value}",
        size=request.size,
        created_at="2030-01-01T00:00:00.000Z",
        path="/nowhere",
        metadata=FixtureMetadata(
            commits=100, branches=5, tags=0, files=200, total_size=819_200, largest_file=16_384
        ),
        characteristics=Characteristics(),
        generation=Generation(strategy=request.strategy, seed=request.seed),
        landmarks=Landmarks(
            file="src/a.py",
            files=tuple(f"src/{number}.py" for number in range(500)),
            branch="feature",
            conflict_a="conflict-a",
            conflict_b="conflict-b",
            old="0" * 40,
            head="1" * 40,
        ),
    )


def _measured(scripted: Scripted, turn: Turn, started_ms: float, steps: int) -> Measured:
    cpu_us = round(1000 * (scripted.wall_ms if scripted.cpu_ms is None else scripted.cpu_ms))
    wall_ns = round(scripted.wall_ms * 1e6)
    disk = DiskUsage(allocated_bytes=4096, entries=10)
    last = MeasuredStep(
        exit_code=None if scripted.signal else scripted.exit_code,
        signal=scripted.signal,
        wall_ns=wall_ns,
    )
    return Measured(
        started_ms=started_ms,
        ended_ms=started_ms + scripted.wall_ms + scripted.clock_step_ms,
        wall_ns=wall_ns,
        steps=(*[MeasuredStep(exit_code=0, wall_ns=0)] * (steps - 1), last),
        timed_out=scripted.timed_out,
        user_us=cpu_us,
        system_us=0,
        max_rss_bytes=scripted.peak_bytes,
        minor_faults=100,
        major_faults=0,
        voluntary_switches=1,
        involuntary_switches=0,
        others_cpu_us=None if scripted.others_ms is None else round(1000 * scripted.others_ms),
        read_ops=20,
        write_ops=4,
        read_bytes=8192,
        write_bytes=512,
        stdout=_output(scripted.stdout),
        stderr=_output(scripted.stderr),
        disk_before=disk,
        disk_after=disk,
        **_profiled(scripted, turn),
    )


def _profiled(scripted: Scripted, turn: Turn) -> dict[str, Series | int | str]:
    if turn.phase != "profile" or not scripted.sampled:
        return {}
    peak = scripted.peak_bytes
    series = Series(
        rss=peak,
        vms=2 * peak,
        anonymous=peak // 2,
        file_backed=peak - peak // 2,
        cpu_percent=TimeSeries[float](interval=SAMPLE_MS, samples=(100.0,)),
        memory=TimeSeries[int](interval=SAMPLE_MS, samples=(peak,)),
    )
    return {"series": series, "peak_tree_bytes": peak, "peak_tree_source": "sampled"}


def _output(text: str) -> Output:
    content = text.encode()
    return Output(
        total_bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), head=content
    )
