"""What limits a variant in a test, from what was measured beside its time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from patterns.statistics.paired import signed_rank
from tracker.analysis.findings import factor
from tracker.analysis.growth import SMALLEST_DIFFERENCE, growth_of
from tracker.analysis.samples import FloatArray, GroupSamples, collect
from tracker.models import Bottleneck, GroupResult, ProcessedResult
from tracker.models.config import Analysis
from tracker.models.report import OperationGrowth
from tracker.models.results import BottleneckImpact, Optimization

BUSY_SHARE = 0.75
"""CPU time in so much of the wall time: nothing but less work or more cores makes it faster."""

QUEUE_SHARE = 0.1
"""Waiting for a CPU in so much of the wall time: the machine was too small or too busy."""

WAITING_SHARE = 0.25
"""Neither on a CPU nor queued for one in so much of the wall time."""

Share = FloatArray
Pairs = Mapping[tuple[str, str, str], OperationGrowth]


@dataclass(frozen=True)
class _Measured:
    """A variant's rounds: shares of the wall time, and what was counted."""

    variant: str
    operation: str
    run_id: str
    busy: Share
    queued: Share
    waiting: Share
    counts: Mapping[str, float | None]


def with_bottlenecks(
    groups: Sequence[GroupResult],
    results: Sequence[ProcessedResult],
    growth: Sequence[OperationGrowth],
    settings: Analysis,
) -> tuple[ProcessedResult, ...]:
    """Return the results with what limits each variant; without evidence there is nothing.

    Parameters
    ----------
    groups : sequence of GroupResult
        All groups of the session, skipped ones too.
    results : sequence of ProcessedResult
        One for each measured group, in the same order.
    growth : sequence of OperationGrowth
        Of the whole session.
    """
    measured = [group for group in groups if group.fixture is not None and group.trials]
    known = growth_of(growth)
    largest: dict[tuple[str, str], int] = {}
    for group in measured:
        key, files = (group.group.suite_id, group.group.test.id), _files(group)
        largest[key] = max(files, largest.get(key, 0))
    return tuple(
        result.model_copy(
            update={
                "insights": result.insights.model_copy(
                    update={
                        "bottlenecks": _bottlenecks(
                            group,
                            result,
                            # Growth is told once, where it weighs most.
                            known
                            if _files(group) == largest[result.test_suite, result.test_id]
                            else {},
                            settings,
                        )
                    }
                )
            }
        )
        for group, result in zip(measured, results, strict=True)
    )


def _files(group: GroupResult) -> int:
    return group.fixture.metadata.files if group.fixture else 0


def _bottlenecks(
    group: GroupResult, result: ProcessedResult, growth: Pairs, settings: Analysis
) -> tuple[Bottleneck, ...]:
    samples = collect(group)
    runs = {trial.variant: trial.run_id for trial in group.trials}
    found: list[Bottleneck] = []
    for variant in samples.variants:
        measured = _measured(samples, variant, result.operation, runs[variant])
        remedy = _remedy(variant, result)
        found.extend(_of_rounds(measured, remedy, settings))
        found.extend(_of_growth(measured, growth.get((result.test_suite, result.test_id, variant))))
    return tuple(sorted(found, key=lambda one: -one.severity))


def _measured(samples: GroupSamples, variant: str, operation: str, run_id: str) -> _Measured:
    wall = samples.column("time_ms", variant)
    with np.errstate(divide="ignore", invalid="ignore"):
        busy = samples.column("cpu_ms", variant) / wall
        queued = np.nan_to_num(samples.column("queue_ms", variant)) / wall
    counted = ("switches", "minor_faults", "major_faults", "device_bytes")
    return _Measured(
        variant=variant,
        operation=operation,
        run_id=run_id,
        busy=busy[np.isfinite(busy)],
        queued=queued[np.isfinite(queued)],
        waiting=np.maximum(0.0, 1.0 - busy - queued)[np.isfinite(busy) & np.isfinite(queued)],
        counts={name: _median(samples.column(name, variant)) for name in counted},
    )


def _median(values: FloatArray) -> float | None:
    there = values[np.isfinite(values)]
    return float(np.median(there)) if there.size else None


def _of_rounds(
    measured: _Measured, remedy: Optimization | None, settings: Analysis
) -> Iterable[Bottleneck]:
    if _typical(measured.busy) >= BUSY_SHARE:
        said = f"{_percent(measured.busy)} of the wall time is CPU time{_faults(measured)}"
        yield _bottleneck(measured, "cpu", "cpu", measured.busy, said, remedy, settings)
    if _typical(measured.queued) >= QUEUE_SHARE:
        said = f"{_percent(measured.queued)} of the wall time is spent waiting for a CPU"
        yield _bottleneck(measured, "cpu", "queue", measured.queued, said, None, settings)
    if _typical(measured.waiting) < WAITING_SHARE:
        return
    share, counts = _percent(measured.waiting), measured.counts
    if counts["major_faults"]:
        said = (
            f"{share} of the wall time is spent off the CPU, with "
            f"{counts['major_faults']:.0f} pages read back from disk"
        )
        yield _bottleneck(measured, "memory", "paging", measured.waiting, said, remedy, settings)
    elif counts["device_bytes"]:
        moved = factor(counts["device_bytes"] / 2**10)
        said = f"{share} of the wall time is spent off the CPU, with {moved} KiB to or from disk"
        yield _bottleneck(measured, "io", "disk", measured.waiting, said, remedy, settings)
    elif counts["switches"]:
        said = (
            f"{share} of the wall time is spent off the CPU without disk traffic, with "
            f"{counts['switches']:.0f} context switches: processes or locks wait for one another"
        )
        yield _bottleneck(measured, "io", "waiting", measured.waiting, said, remedy, settings)


def _of_growth(measured: _Measured, found: OperationGrowth | None) -> Iterable[Bottleneck]:
    if found is None or not found.faster_than or found.exponent < SMALLEST_DIFFERENCE:
        return
    slowest = max(found.faster_than, key=lambda one: one.difference)
    ratio = max(found.files) / min(found.files)
    gain = 1.0 - ratio**-slowest.difference
    rivals = ", ".join(
        f"{one.rival} by {one.difference:.2f} {_bounds(one.interval)}" for one in found.faster_than
    )
    spread = f" {_bounds(found.interval)}" if found.interval else ""
    yield Bottleneck(
        id=f"{measured.run_id}-growth",
        type="algorithm",
        location=f"{measured.operation} with {measured.variant}",
        severity=min(1.0, gain),
        impact=BottleneckImpact(time_percentage=None, occurences=found.n),
        optimization=Optimization(
            technique=f"scale as {slowest.rival} does, from {min(found.files)} to "
            f"{max(found.files)} files",
            expected_gain=100.0 * gain,
            complexity="complex",
        ),
        variant=measured.variant,
        evidence=f"time grows as files^{found.exponent:.2f}{spread}, faster than that of {rivals}",
        interval=found.interval,
        runs=(measured.run_id,),
    )


def _bounds(interval: tuple[float, float]) -> str:
    return f"[{interval[0]:.2f} to {interval[1]:.2f}]"


def _bottleneck(
    measured: _Measured,
    kind: str,
    name: str,
    share: Share,
    said: str,
    remedy: Optimization | None,
    settings: Analysis,
) -> Bottleneck:
    typical = _typical(share)
    return Bottleneck.model_validate(
        {
            "id": f"{measured.run_id}-{name}",
            "type": kind,
            "location": f"{measured.operation} with {measured.variant}",
            "severity": min(1.0, typical),
            "impact": {"timePercentage": 100.0 * typical, "occurences": int(share.size)},
            "optimization": remedy.model_dump(by_alias=True) if remedy else None,
            "variant": measured.variant,
            "evidence": f"{said} (median of {share.size} rounds)",
            "interval": _interval(share, settings),
            "runs": (measured.run_id,),
        }
    )


def _interval(share: Share, settings: Analysis) -> tuple[float, float] | None:
    test = signed_rank(share)
    found = test.interval(settings.confidence_level) if test else None
    return (100.0 * found.low, 100.0 * found.high) if found else None


def _remedy(variant: str, result: ProcessedResult) -> Optimization | None:
    """Return the configuration of the same system that was measured to be fastest here."""
    system = variant.partition("+")[0]
    better = [
        (name, pair.speedup_factor)
        for name in result.variants
        if name != variant
        and name.partition("+")[0] == system
        and (pair := result.pair(name, variant))
        and pair.verdict == "different"
        and pair.speedup_factor is not None
        and pair.speedup_factor > 1
    ]
    if not better:
        return None
    name, ratio = max(better, key=lambda one: one[1])
    return Optimization(
        technique=f"use the configuration {name}, measured here",
        expected_gain=100.0 * (1.0 - 1.0 / ratio),
        complexity="trivial",
    )


def _faults(measured: _Measured) -> str:
    faults = measured.counts["minor_faults"]
    return f", with {faults:.0f} page faults" if faults else ""


def _typical(share: Share) -> float:
    return float(np.median(share)) if share.size else 0.0


def _percent(share: Share) -> str:
    return f"{100.0 * _typical(share):.0f} %"
