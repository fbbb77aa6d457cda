"""Outliers with what was seen beside them."""

import numpy as np

from patterns.statistics.outliers import find_outliers
from tracker.analysis.samples import FloatArray, GroupSamples
from tracker.models.results import MarkedOutlier

MOST_OF_IT = 0.5
"""A cause explains so much of the excess over the median, or it is not named."""


def marked_outliers(samples: GroupSamples, variant: str) -> tuple[MarkedOutlier, ...]:
    """Return the outliers of a variant's wall time, each with its cause where one was seen.

    A cause is measured in the same iteration: waiting for a CPU, more CPU time, pages read
    back from disk, disk traffic, all variants of the round being slow, or the first round.
    """
    times = samples.column("time_ms", variant)
    return tuple(
        MarkedOutlier(
            round=samples.rounds[one.index],
            value=one.value,
            cause=_cause(samples, variant, one.index) if one.value > np.nanmedian(times) else None,
        )
        for one in find_outliers(times)
    )


def _cause(samples: GroupSamples, variant: str, row: int) -> str | None:
    excess = _excess(samples.column("time_ms", variant), row)
    queued = _excess(samples.column("queue_ms", variant), row)
    worked = _excess(samples.column("cpu_ms", variant), row)
    if queued >= MOST_OF_IT * excess:
        return f"waited {queued:.3g} ms longer for a CPU"
    if worked >= MOST_OF_IT * excess:
        return f"used {worked:.3g} ms more CPU time"
    if _excess(samples.column("major_faults", variant), row) > 0:
        return "pages were read back from disk"
    if _whole_round(samples, variant, row):
        return "the whole round was slow"
    if _excess(samples.column("device_bytes", variant), row) > 0:
        return "more bytes to or from disk"
    return "first round" if row == 0 else None


def _excess(values: FloatArray, row: int) -> float:
    """Return by how much one value lies above the median; 0 where it is not known."""
    if not np.isfinite(values[row]):
        return 0.0
    return float(values[row] - np.nanmedian(values))


def _whole_round(samples: GroupSamples, variant: str, row: int) -> bool:
    others = [samples.column("time_ms", name) for name in samples.variants if name != variant]
    return bool(others) and all(
        row in {one.index for one in find_outliers(values)} for values in others
    )
