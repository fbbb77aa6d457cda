"""Samples described as the specification's PerformanceStats."""

import numpy as np

from patterns.statistics.description import describe
from tracker.analysis.causes import marked_outliers
from tracker.analysis.samples import FloatArray, GroupSamples
from tracker.models import PerformanceStats
from tracker.models.results import Distribution, Percentiles, VariantStats

NOTHING = PerformanceStats(
    mean=None,
    median=None,
    mode=None,
    std_dev=None,
    variance=None,
    range=None,
    percentiles=Percentiles(p25=None, p50=None, p75=None, p90=None, p95=None, p99=None),
    sample_size=0,
    valid_samples=0,
    distribution=Distribution(skewness=None, kurtosis=None, normality=None),
)
"""A sample without a single valid value."""


def performance_stats(
    values: FloatArray, failed: int = 0, *, mark_outliers: bool = True
) -> PerformanceStats:
    """Describe a sample; NaN is a value that is not there.

    Parameters
    ----------
    values : array, shape (n,)
        Any unit.
    failed : int
        Failed iterations, which count in `sample_size` alone.
    mark_outliers : bool
        The configuration's `outlierDetection`.
    """
    there = values[np.isfinite(values)]
    described = describe(there, failed) if there.size else None
    if described is None:
        return NOTHING.model_copy(update={"sample_size": failed})
    return PerformanceStats(
        mean=described.mean,
        median=described.median,
        mode=described.mode,
        std_dev=described.std_dev,
        variance=described.variance,
        range=(described.minimum, described.maximum),
        percentiles=Percentiles(
            p25=described.p25,
            p50=described.p50,
            p75=described.p75,
            p90=described.p90,
            p95=described.p95,
            p99=described.p99,
        ),
        sample_size=described.sample_size,
        valid_samples=described.valid_samples,
        outliers=tuple(one.value for one in described.outliers) if mark_outliers else (),
        distribution=Distribution(
            skewness=described.skewness,
            kurtosis=described.kurtosis,
            normality=described.normality,
        ),
        bimodal=described.bimodal,
    )


def variant_stats(samples: GroupSamples, variant: str, *, mark_outliers: bool) -> VariantStats:
    """Describe wall time, CPU time and peak memory of one variant."""

    def stats(metric: str) -> PerformanceStats:
        return performance_stats(
            samples.column(metric, variant),
            samples.failed[variant],
            mark_outliers=mark_outliers,
        )

    cpu, memory = stats("cpu_ms"), stats("memory_bytes")
    return VariantStats(
        time_ms=stats("time_ms"),
        cpu_ms=cpu if cpu.valid_samples else None,
        memory_bytes=memory if memory.valid_samples else None,
        marked=marked_outliers(samples, variant) if mark_outliers else (),
    )
