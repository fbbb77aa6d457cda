"""Tables of a session and of a trial as CSV, which MLflow's pages show as tables."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from tracker.models import IterationRecord, ProcessedResult
from tracker.models.results import MetricVerdict, PerformanceStats

RESULTS_FILE = "tables/results.csv"
COMPARISONS_FILE = "tables/comparisons.csv"
ITERATIONS_TABLE = "tables/iterations.csv"

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would run a cell that starts with one of these."""


def results_table(results: Sequence[ProcessedResult]) -> str:
    """Return a row for each test, repository and variant, the fastest of a test first."""
    return _csv(
        [
            _result_row(result, variant, stats.time_ms)
            for result in results
            for variant, stats in sorted(
                result.variants.items(),
                key=lambda item: (item[1].time_ms.median is None, item[1].time_ms.median),
            )
        ]
    )


def _result_row(result: ProcessedResult, variant: str, time: PerformanceStats) -> dict[str, object]:
    cpu = result.variants[variant].cpu_ms
    return {
        "test": result.test_id,
        "size": result.repo_size.value,
        "repository": result.repo_id,
        "variant": variant,
        "ahead": variant in result.leaders,
        "n": time.valid_samples,
        "median_ms": time.median,
        "p25_ms": time.percentiles.p25,
        "p75_ms": time.percentiles.p75,
        "p95_ms": time.percentiles.p95,
        "cpu_median_ms": cpu.median if cpu else None,
        "success_rate": result.success_rates.get(variant),
    }


def comparisons_table(results: Sequence[ProcessedResult]) -> str:
    """Return a row for each pair and test with its verdict and interval."""
    return _csv(
        [
            {
                "test": result.test_id,
                "size": result.repo_size.value,
                "repository": result.repo_id,
                "candidate": candidate,
                "baseline": baseline,
                "verdict": metrics.verdict,
                "speedup": metrics.speedup_factor,
                "low": (metrics.statistical.confidence_interval or (None, None))[0],
                "high": (metrics.statistical.confidence_interval or (None, None))[1],
                "n": metrics.n,
                "p_adjusted": metrics.p_adjusted,
                "cpu_verdict": _verdict(metrics.cpu),
                "reason": metrics.reason,
            }
            for result in results
            for (candidate, baseline), metrics in result.pairs().items()
        ]
    )


def _verdict(cpu: MetricVerdict | None) -> str | None:
    return None if cpu is None else cpu.verdict


def iterations_table(records: Iterable[IterationRecord]) -> str:
    """Return a row for each iteration of a trial."""
    return _csv(
        [
            {
                "iteration": record.raw.iteration,
                "phase": record.phase,
                "round": record.round,
                "order": record.order,
                "fragment": record.fragment,
                "time_ms": record.raw.execution.duration_ms,
                "cpu_ms": record.raw.performance.cpu.total_time,
                "memory_bytes": record.raw.performance.memory.peak,
                "success": record.raw.quality.success,
            }
            for record in records
        ]
    )


def _csv(rows: Sequence[Mapping[str, object]]) -> str:
    if not rows:
        return ""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow([_cell(value) for value in row.values()])
    return buffer.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA_STARTS) else text
