"""What one iteration measured (specification, section 4); None is unknown."""

from typing import Generic, TypeVar

from pydantic import Field

from tracker.models.base import Value
from tracker.models.enums import ErrorType, RepoSize, TreePeakSource, VcsName

T = TypeVar("T")


class TimeSeries(Value, Generic[T]):
    """Evenly spaced samples of a profiling iteration."""

    interval: float = Field(description="ms between samples")
    samples: tuple[T, ...]


class IOSample(Value):
    """Cumulative counts at one moment of a profiling iteration."""

    timestamp: float = Field(description="ms since start")
    read_ops: int
    write_ops: int


class CPUMetrics(Value):
    """CPU of the whole tree in ms; only the total is precise, the split is sampled by ticks."""

    user_time: float | None = None
    system_time: float | None = None
    total_time: float | None = None
    percentage: float | None = Field(default=None, description="May exceed 100.")
    context_switches: int | None = None
    run_queue_delay: float | None = Field(default=None, description="ms, main process")
    time_series: TimeSeries[float] | None = None


class MemoryMetrics(Value):
    """Memory in bytes; `peak` is the largest process, `tree_peak` all of them at once."""

    rss: int | None = None
    vms: int | None = None
    heap: int | None = None
    external: int | None = None
    peak: int | None = None
    tree_peak: int | None = None
    tree_peak_source: TreePeakSource | None = None
    minor_faults: int | None = None
    major_faults: int | None = None
    time_series: TimeSeries[int] | None = None


class IOMetrics(Value):
    """System calls and bytes as requested; device bytes are those of the block layer."""

    read_ops: int | None = None
    write_ops: int | None = None
    read_bytes: int | None = None
    write_bytes: int | None = None
    read_latency: float | None = None
    write_latency: float | None = None
    device_read_bytes: int | None = None
    device_write_bytes: int | None = None
    time_series: TimeSeries[IOSample] | None = None


class DiskMetrics(Value):
    """Allocated bytes of working copy and repository, and entries at the end."""

    initial_size: int | None = None
    final_size: int | None = None
    delta: int | None = None
    inodes: int | None = None


class NetworkMetrics(Value):
    """Bytes over the network interfaces."""

    rx_bytes: int | None = None
    tx_bytes: int | None = None


class MetricContext(Value):
    """Which system, variant and repository an iteration belongs to."""

    vcs_type: VcsName
    operation: str
    repo_size: RepoSize
    repo_id: str
    variant: str | None = None


class ExecutionResult(Value):
    """How the command ended; the first and last 32 KiB of its output are kept."""

    exit_code: int | None
    signal_code: str | None = None
    stdout: str | None = None
    stderr: str | None = None
    start_time: float = Field(description="Unix ms")
    end_time: float = Field(description="Unix ms")
    duration_ms: float | None
    stdout_bytes: int | None = None
    stdout_sha256: str | None = None
    stderr_bytes: int | None = None
    stderr_sha256: str | None = None


class Performance(Value):
    """What the execution used."""

    cpu: CPUMetrics = CPUMetrics()
    memory: MemoryMetrics = MemoryMetrics()
    io: IOMetrics = IOMetrics()
    disk: DiskMetrics = DiskMetrics()
    network: NetworkMetrics | None = None


class MetricEnvironment(Value):
    """Where the iteration ran."""

    container_id: str | None = None
    cpu_cores: int | None = None
    total_memory: int | None = Field(default=None, description="bytes")
    disk_type: str | None = None
    kernel_version: str | None = None


class Quality(Value):
    """Whether the iteration counts."""

    success: bool
    error_type: ErrorType | None = None
    warning_count: int = 0
    retry_count: int = 0


class RawMetric(Value):
    """One iteration of one trial."""

    test_id: str
    run_id: str
    iteration: int = Field(ge=1)
    timestamp: str = Field(description="ISO 8601, UTC")
    context: MetricContext
    execution: ExecutionResult
    performance: Performance
    environment: MetricEnvironment | None = None
    quality: Quality
