"""From the probe's answer to what the engine judges."""

from collections.abc import Sequence

from tracker.measurement.executor import DiskUsage, Measured, MeasuredStep, Output, Series
from tracker.measurement.probe.protocol import ProcessSample, RunAnswer, Stream
from tracker.models import ErrorType, IOSample, TimeSeries, Value


class DiskScans(Value):
    """What the work copy allocated before and after the clock; None where nobody asked."""

    before: DiskUsage | None = None
    after: DiskUsage | None = None


def measured_of(answer: RunAnswer, scans: DiskScans, *, sample_ms: int = 0) -> Measured:
    """Return a probe's answer as a measurement."""
    io = answer.io
    return Measured(
        started_ms=answer.start_ms,
        ended_ms=answer.end_ms,
        wall_ns=answer.wall_ns,
        steps=tuple(
            MeasuredStep(exit_code=step.exit_code, signal=step.signal, wall_ns=step.wall_ns)
            for step in answer.steps
        ),
        timed_out=answer.timed_out,
        output_limited=answer.output_limited,
        oom_killed=answer.oom_killed,
        user_us=answer.user_us,
        system_us=answer.system_us,
        max_rss_bytes=answer.max_rss_bytes,
        minor_faults=answer.minor_faults,
        major_faults=answer.major_faults,
        voluntary_switches=answer.voluntary_switches,
        involuntary_switches=answer.involuntary_switches,
        run_queue_delay_ns=answer.run_queue_delay_ns,
        read_ops=io.read_ops if io else None,
        write_ops=io.write_ops if io else None,
        read_bytes=io.read_bytes if io else None,
        write_bytes=io.write_bytes if io else None,
        device_read_bytes=io.device_read_bytes if io else None,
        device_write_bytes=io.device_write_bytes if io else None,
        others_cpu_us=answer.load.others_cpu_us,
        steal_us=answer.load.steal_us,
        cpu_pressure_us=answer.load.cpu_pressure_us,
        peak_tree_bytes=answer.peak_tree_bytes,
        peak_tree_source=answer.peak_tree_source,
        stdout=output_of(answer.stdout),
        stderr=output_of(answer.stderr),
        disk_before=scans.before,
        disk_after=scans.after,
        series=series_of(answer.samples, sample_ms) if answer.samples else None,
        failure=ErrorType.INTERRUPTED if answer.interrupted else None,
        failure_reason="the command was cancelled" if answer.interrupted else None,
        warnings=_warnings(answer, sampled=sample_ms > 0),
    )


def output_of(stream: Stream) -> Output:
    """Return an output stream as the engine knows it."""
    return Output(
        total_bytes=stream.total_bytes, sha256=stream.sha256, head=stream.head, tail=stream.tail
    )


def series_of(samples: Sequence[ProcessSample], sample_ms: int) -> Series:
    """Return samples as time series; memory is that of the sample with the largest tree.

    CPU is the share of one processor between two samples in percent, memory the
    sum of RssAnon and RssShmem of the tree, IO the system calls since the start.
    """
    peak = max(samples, key=_private_bytes)
    times = [0.0, *(sample.t_ms for sample in samples)]
    spent = [0.0, *(sample.cpu_ms for sample in samples)]
    interval = (times[-1] - times[1]) / (len(samples) - 1) if len(samples) > 1 else float(sample_ms)
    shares = tuple(
        100 * (spent[place + 1] - spent[place]) / max(times[place + 1] - times[place], 1e-3)
        for place in range(len(samples))
    )
    return Series(
        rss=peak.rss_bytes,
        vms=peak.vms_bytes,
        anonymous=peak.rss_anon_bytes,
        file_backed=peak.rss_file_bytes + peak.rss_shmem_bytes,
        cpu_percent=TimeSeries[float](interval=interval, samples=shares),
        memory=TimeSeries[int](interval=interval, samples=tuple(map(_private_bytes, samples))),
        io=TimeSeries[IOSample](interval=interval, samples=tuple(map(_io_sample, samples))),
    )


def _private_bytes(sample: ProcessSample) -> int:
    return sample.rss_anon_bytes + sample.rss_shmem_bytes


def _io_sample(sample: ProcessSample) -> IOSample:
    return IOSample(timestamp=sample.t_ms, read_ops=sample.read_ops, write_ops=sample.write_ops)


def _warnings(answer: RunAnswer, *, sampled: bool) -> tuple[str, ...]:
    left = answer.leftover_processes
    said = [f"left {left} processes running, which were ended"] if left else []
    if sampled and not answer.samples:
        said.append("ended before its memory could be sampled")
    return tuple(said)
