"""The values that travel between the tracker and its probe, one JSON line each."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from tracker.models.base import Value

PROTOCOL_VERSION = 1
"""Version of the line protocol.

1: the first.
"""

DEFAULT_KEEP_BYTES = 32_768
DEFAULT_OUTPUT_LIMIT_BYTES = 1 << 30

Unsigned = Annotated[int, Field(ge=0)]


class Limits(Value):
    """Limits of the kernel on every process of a command; None is the probe's own."""

    file_size_bytes: Unsigned | None = None
    processes: Unsigned | None = Field(default=None, description="Of the user; not for root.")


class RunRequest(Value):
    """Steps to be run in one clock.

    `env` is the complete environment; the program of a step is looked up on its
    PATH. A step succeeds with an exit code of its entry in `expected_exits`, or 0
    where there is none. `timeout_ms` of 0 is no timeout.
    """

    cwd: str
    env: dict[str, str]
    steps: tuple[tuple[str, ...], ...] = Field(min_length=1)
    timeout_ms: Unsigned = 0
    output_limit_bytes: Unsigned = DEFAULT_OUTPUT_LIMIT_BYTES
    keep_bytes: Unsigned = DEFAULT_KEEP_BYTES
    stop_on_failure: bool = True
    expected_exits: tuple[tuple[int, ...], ...] | None = None
    sample_ms: Unsigned = 0
    cgroup: str | None = None
    limits: Limits | None = None
    stdin: Literal["null"] = "null"


class StepOutcome(Value):
    """How one step ended: with an exit code, or by a signal."""

    exit_code: int | None
    signal: str | None
    wall_ns: Unsigned


class IoCounts(Value):
    """What the reaped processes read and wrote: by system calls, and from devices."""

    read_ops: Unsigned
    write_ops: Unsigned
    read_bytes: Unsigned
    write_bytes: Unsigned
    device_read_bytes: Unsigned | None
    device_write_bytes: Unsigned | None


class Load(Value):
    """What the machine did besides the measured tree, None where the kernel does not say."""

    others_cpu_us: Unsigned | None
    steal_us: Unsigned | None
    cpu_pressure_us: Unsigned | None


class Stream(Value):
    """One output stream; `tail` is empty when everything fits in `head`."""

    model_config = ConfigDict(val_json_bytes="base64", ser_json_bytes="base64")

    total_bytes: Unsigned = Field(alias="bytes")
    sha256: str
    head: bytes = Field(repr=False)
    tail: bytes = Field(repr=False)


class ProcessSample(Value):
    """The whole tree at one moment; CPU time and IO are sums since the start."""

    t_ms: float
    cpu_ms: float
    rss_bytes: Unsigned
    vms_bytes: Unsigned
    rss_anon_bytes: Unsigned
    rss_file_bytes: Unsigned
    rss_shmem_bytes: Unsigned
    read_ops: Unsigned
    write_ops: Unsigned
    read_bytes: Unsigned
    write_bytes: Unsigned


class RunAnswer(Value):
    """What the probe saw of a command; None is unknown on this platform.

    Wall time runs from before the first spawn to the end of the last step, seen
    through a pidfd. CPU time, faults, switches and IO are those of the processes that
    were waited for; `max_rss_bytes` is the largest single process and never less
    than `floor_bytes`; `peak_tree_bytes` is all processes at once.
    """

    id: int
    start_ms: float
    end_ms: float
    wall_ns: Unsigned
    steps: tuple[StepOutcome, ...]
    timed_out: bool
    output_limited: bool
    interrupted: bool
    user_us: Unsigned
    system_us: Unsigned
    max_rss_bytes: Unsigned | None
    minor_faults: Unsigned
    major_faults: Unsigned
    voluntary_switches: Unsigned
    involuntary_switches: Unsigned
    io: IoCounts | None
    run_queue_delay_ns: Unsigned | None
    leftover_processes: Unsigned | None
    leftover_cpu_us: Unsigned
    peak_tree_bytes: Unsigned | None
    peak_tree_source: Literal["cgroup", "sampled"] | None
    cgroup_version: Literal[1, 2] | None
    oom_killed: bool | None
    floor_bytes: Unsigned | None
    load: Load
    stdout: Stream
    stderr: Stream
    samples: tuple[ProcessSample, ...]


class Capabilities(Value):
    """What the probe can use on its machine."""

    pidfd: bool
    cgroup: Literal["v1", "v2"] | None
    children: bool
    io: bool
    pressure: bool
    subreaper: bool


class Hello(Value):
    """Who answers: the kind of probe, and the least memory it can tell of a command."""

    protocol: int
    implementation: Literal["c", "python"]
    static: bool
    pid: int
    floor_bytes: Unsigned | None
    capabilities: Capabilities


class Copied(Value):
    """A copy of a tree; sockets, pipes and devices are skipped."""

    entries: Unsigned
    total_bytes: Unsigned = Field(alias="bytes")
    skipped: Unsigned


class Restored(Value):
    """What it took to put a work tree right."""

    scanned: Unsigned
    copied: Unsigned
    removed: Unsigned
    created: Unsigned

    @property
    def changed(self) -> int:
        """Return how many entries were not as recorded."""
        return self.copied + self.removed + self.created


class Differences(Value):
    """What differs from the pristine state; at most fifty paths are named."""

    scanned: Unsigned
    different: Unsigned
    paths: tuple[str, ...]


class Disk(Value):
    """Allocated bytes and entries; a file with several names counts once."""

    allocated_bytes: Unsigned
    entries: Unsigned


class ServiceState(Value):
    """A service's living processes, and the CPU time of all it ever had."""

    alive: Unsigned
    cpu_us: Unsigned
    rss_bytes: Unsigned | None


class ServiceStarted(Value):
    """How the starting steps ended, and what stayed alive."""

    run: RunAnswer
    service: ServiceState


class ServiceStopped(Value):
    """The service before its stop, and what is known of it in the end."""

    before: ServiceState
    cpu_us: Unsigned
    max_rss_bytes: Unsigned | None
