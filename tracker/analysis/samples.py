"""The iterations of a group as samples: one series per variant, aligned by round."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.models import GroupResult, IterationRecord, RawMetric

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class GroupSamples:
    """What can be compared in a group.

    Attributes
    ----------
    variants : tuple of str
        Variants whose outcome is right; a void or failed one has no times to compare.
    rounds : tuple of int
        Rounds in which at least one of them succeeded.
    metrics : mapping from metric to array, shape (rounds, variants)
        NaN where the iteration failed, is a fragment, or the metric is unknown.
    failed : mapping from variant to int
        Iterations that failed.
    """

    variants: tuple[str, ...]
    rounds: tuple[int, ...]
    metrics: Mapping[str, FloatArray]
    failed: Mapping[str, int]

    def column(self, metric: str, variant: str) -> FloatArray:
        """Return one variant's values, one for each round."""
        return self.metrics[metric][:, self.variants.index(variant)]


def _io_density(raw: RawMetric) -> float | None:
    io = raw.performance.io
    if io.read_ops is None or io.write_ops is None or io.read_bytes is None:
        return None
    moved = io.read_bytes + (io.write_bytes or 0)
    return (io.read_ops + io.write_ops) / moved if moved > 0 else None


def _io_ops(raw: RawMetric) -> float | None:
    io = raw.performance.io
    return None if io.read_ops is None or io.write_ops is None else io.read_ops + io.write_ops


def _device_bytes(raw: RawMetric) -> float | None:
    known = [
        value
        for value in (raw.performance.io.device_read_bytes, raw.performance.io.device_write_bytes)
        if value is not None
    ]
    return sum(known) if known else None


METRICS: Mapping[str, Callable[[RawMetric], float | None]] = {
    "time_ms": lambda raw: raw.execution.duration_ms,
    "cpu_ms": lambda raw: raw.performance.cpu.total_time,
    "memory_bytes": lambda raw: raw.performance.memory.peak,
    "io_density": _io_density,
    "io_ops": _io_ops,
    "disk_bytes": lambda raw: raw.performance.disk.delta,
    "queue_ms": lambda raw: raw.performance.cpu.run_queue_delay,
    "switches": lambda raw: raw.performance.cpu.context_switches,
    "minor_faults": lambda raw: raw.performance.memory.minor_faults,
    "major_faults": lambda raw: raw.performance.memory.major_faults,
    "device_bytes": _device_bytes,
}
"""Everything that is compared or explains; io_density is system calls per byte moved."""


def collect(result: GroupResult) -> GroupSamples:
    """Return the measured, complete, successful iterations of the variants that count."""
    sound = {
        trial.variant for trial in result.trials if trial.status in ("finished", "interrupted")
    }
    variants = tuple(variant.name for variant in result.group.variants if variant.name in sound)
    measured = [
        record
        for record in result.records
        if record.phase == "measured" and not record.fragment and record.variant in variants
    ]
    good = [record for record in measured if record.raw.quality.success]
    rounds = tuple(sorted({record.round for record in good}))
    return GroupSamples(
        variants=variants,
        rounds=rounds,
        metrics={name: _table(good, rounds, variants, read) for name, read in METRICS.items()},
        failed={
            variant: sum(r.variant == variant and not r.raw.quality.success for r in measured)
            for variant in variants
        },
    )


def _table(
    records: Sequence[IterationRecord],
    rounds: Sequence[int],
    variants: Sequence[str],
    read: Callable[[RawMetric], float | None],
) -> FloatArray:
    row = {number: index for index, number in enumerate(rounds)}
    table = np.full((len(rounds), len(variants)), np.nan)
    for record in records:
        value = read(record.raw)
        if value is not None:
            table[row[record.round], variants.index(record.variant)] = value
    return table
