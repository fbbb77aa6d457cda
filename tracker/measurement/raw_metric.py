"""From what an executor measured to the RawMetric of the specification; None is unknown.

Wall time is that of all steps together, from before the first spawn to the end
of the last step. CPU time, faults, switches and IO are those of the whole tree
as far as it was waited for; `peak` is the largest process, `treePeak` all at once.
"""

from datetime import UTC, datetime

from tracker.measurement.executor import DiskUsage, Measured, TrialSpec, Turn
from tracker.measurement.judgement import NS_PER_MS, Failure, exit_code_of
from tracker.models import (
    CPUMetrics,
    DiskMetrics,
    IOMetrics,
    Machine,
    MemoryMetrics,
    RawMetric,
)
from tracker.models.metrics import (
    ExecutionResult,
    MetricContext,
    MetricEnvironment,
    NetworkMetrics,
    Performance,
    Quality,
)


def raw_metric(
    trial: TrialSpec,
    turn: Turn,
    measured: Measured,
    failure: Failure | None,
    *,
    machine: Machine,
    retries: int = 0,
    warnings: int = 0,
) -> RawMetric:
    """Return the iteration as the specification's value."""
    return RawMetric(
        test_id=trial.test.id,
        run_id=trial.run_id,
        iteration=turn.round,
        timestamp=iso_time(measured.started_ms),
        context=MetricContext(
            vcs_type=trial.variant.vcs_type,
            operation=trial.test.measured_operation,
            repo_size=trial.fixture.size,
            repo_id=trial.fixture.id,
            variant=trial.variant.name,
        ),
        execution=_execution(measured),
        performance=Performance(
            cpu=_cpu(measured),
            memory=_memory(measured),
            io=_io(measured),
            disk=_disk(measured.disk_before, measured.disk_after),
            network=_network(measured),
        ),
        environment=environment(machine),
        quality=Quality(
            success=failure is None,
            error_type=failure.error_type if failure else None,
            warning_count=warnings,
            retry_count=retries,
        ),
    )


def with_profile(raw: RawMetric, profile: RawMetric) -> RawMetric:
    """Return a measured iteration with the memory that only sampling can tell.

    What the iteration measured itself stays: a cgroup's peak is of this very
    execution and wins over the profiling iteration's sampled one.
    """
    own, sampled = raw.performance.memory, profile.performance.memory
    found = {
        name: getattr(sampled, name)
        for name in ("rss", "vms", "heap", "external")
        if getattr(own, name) is None
    }
    if own.tree_peak is None and sampled.tree_peak is not None:
        found |= {"tree_peak": sampled.tree_peak, "tree_peak_source": sampled.tree_peak_source}
    memory = own.model_copy(update=found)
    performance = raw.performance.model_copy(update={"memory": memory})
    return raw.model_copy(update={"performance": performance})


def environment(machine: Machine) -> MetricEnvironment:
    """Return where an iteration ran."""
    return MetricEnvironment(
        container_id=machine.container_id,
        cpu_cores=machine.cores,
        total_memory=machine.memory_bytes,
        disk_type=machine.storage,
        kernel_version=machine.kernel,
    )


def iso_time(unix_ms: float) -> str:
    """Return a moment as ISO 8601 in UTC with milliseconds.

    Examples
    --------
    >>> iso_time(0)
    '1970-01-01T00:00:00.000Z'
    """
    moment = datetime.fromtimestamp(unix_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _execution(measured: Measured) -> ExecutionResult:
    out, err = measured.stdout, measured.stderr
    return ExecutionResult(
        exit_code=exit_code_of(measured),
        signal_code=measured.steps[-1].signal if measured.steps else None,
        stdout=out.kept_text if out else None,
        stderr=err.kept_text if err else None,
        start_time=measured.started_ms,
        end_time=measured.ended_ms,
        duration_ms=_scaled(measured.wall_ns, NS_PER_MS),
        stdout_bytes=out.total_bytes if out else None,
        stdout_sha256=out.sha256 if out else None,
        stderr_bytes=err.total_bytes if err else None,
        stderr_sha256=err.sha256 if err else None,
    )


def _cpu(measured: Measured) -> CPUMetrics:
    total = _sum(measured.user_us, measured.system_us)
    wall_ms = _scaled(measured.wall_ns, NS_PER_MS)
    total_ms = _scaled(total, 1e3)
    return CPUMetrics(
        user_time=_scaled(measured.user_us, 1e3),
        system_time=_scaled(measured.system_us, 1e3),
        total_time=total_ms,
        percentage=100 * total_ms / wall_ms if wall_ms and total_ms is not None else None,
        context_switches=_sum(measured.voluntary_switches, measured.involuntary_switches),
        run_queue_delay=_scaled(measured.run_queue_delay_ns, NS_PER_MS),
        time_series=measured.series.cpu_percent if measured.series else None,
    )


def _memory(measured: Measured) -> MemoryMetrics:
    series = measured.series
    return MemoryMetrics(
        rss=series.rss if series else None,
        vms=series.vms if series else None,
        heap=series.anonymous if series else None,
        external=series.file_backed if series else None,
        peak=measured.max_rss_bytes,
        tree_peak=measured.peak_tree_bytes,
        tree_peak_source=measured.peak_tree_source,
        minor_faults=measured.minor_faults,
        major_faults=measured.major_faults,
        time_series=series.memory if series else None,
    )


def _io(measured: Measured) -> IOMetrics:
    return IOMetrics(
        read_ops=measured.read_ops,
        write_ops=measured.write_ops,
        read_bytes=measured.read_bytes,
        write_bytes=measured.write_bytes,
        device_read_bytes=measured.device_read_bytes,
        device_write_bytes=measured.device_write_bytes,
        time_series=measured.series.io if measured.series else None,
    )


def _disk(before: DiskUsage | None, after: DiskUsage | None) -> DiskMetrics:
    return DiskMetrics(
        initial_size=before.allocated_bytes if before else None,
        final_size=after.allocated_bytes if after else None,
        delta=after.allocated_bytes - before.allocated_bytes if before and after else None,
        inodes=after.entries if after else None,
    )


def _network(measured: Measured) -> NetworkMetrics | None:
    if measured.rx_bytes is None and measured.tx_bytes is None:
        return None
    return NetworkMetrics(rx_bytes=measured.rx_bytes, tx_bytes=measured.tx_bytes)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _scaled(value: int | None, divisor: float) -> float | None:
    return None if value is None else value / divisor
