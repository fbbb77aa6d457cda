"""What a session says in plain sentences: what went wrong, what is ahead, how sure that is."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracker.models import (
    BenchmarkReport,
    ComparisonMetrics,
    ProcessedResult,
    SkippedTrial,
    TrialSummary,
)
from tracker.report.names import UNKNOWN, bounds, count, number, plain, probability, times

MOST_PAIRS = 3
"""A paragraph with more pairs than that is no summary."""

LIMITS = (
    "This holds for these repositories, this machine and these versions, with warm caches; it "
    "says nothing about other repositories, configurations or machines, nor about a network."
)


def warnings(trials: Sequence[TrialSummary], skipped: Sequence[SkippedTrial]) -> tuple[str, ...]:
    """Return what a reader must know before any number, the most serious first."""
    return (*_not_measured(trials, skipped), *_unsound(trials))


def _not_measured(trials: Sequence[TrialSummary], skipped: Sequence[SkippedTrial]) -> Iterable[str]:
    measured = {trial.variant for trial in trials}
    groups: dict[tuple[str, str], list[SkippedTrial]] = {}
    for one in skipped:
        groups.setdefault((one.variant, one.reason), []).append(one)
    for (variant, reason), missing in groups.items():
        if variant not in measured:
            yield plain(f"{variant} was not measured: {reason}")
        else:
            tests = ", ".join(dict.fromkeys(one.test_id for one in missing))
            yield plain(f"{variant} was not measured in {tests}: {reason}")


SAID = {
    "void": "is void (its result was wrong, so its times count for nothing)",
    "failed": "failed",
    "interrupted": "was interrupted (only its complete rounds count)",
}


def _unsound(trials: Sequence[TrialSummary]) -> Iterable[str]:
    groups: dict[tuple[str, str, str], list[TrialSummary]] = {}
    for trial in trials:
        if trial.status in SAID:
            reason = trial.reason or ""
            groups.setdefault((trial.variant, trial.status, reason), []).append(trial)
    for (variant, status, reason), affected in groups.items():
        tests = ", ".join(dict.fromkeys(trial.test_id for trial in affected))
        yield plain(f"{variant} {SAID[status]} in {tests}{': ' if reason else ''}{reason}")


def summary(report: BenchmarkReport) -> str:
    """Return one paragraph: what is ahead, by how much, how sure, and what it does not say."""
    sentences = [
        *_overall(report),
        *(_pair_sentence(pair) for pair in _pairs(report.results)[:MOST_PAIRS]),
        *_certainty(report.results),
    ]
    return " ".join([*sentences, LIMITS] if sentences else ["Nothing could be compared."])


def _overall(report: BenchmarkReport) -> list[str]:
    if not any(result.leaders for result in report.results):
        return []
    tests = count(len(report.results), "test")
    if report.summary.overall_winner:
        return [
            f"Over all {tests}, {report.summary.overall_winner} is ahead of every other system."
        ]
    return [f"Over all {tests}, no system is shown to be ahead of every other."]


@dataclass(frozen=True)
class PairRecord:
    """Two variants over all tests, the one that is faster more often first."""

    faster: str
    slower: str
    metrics: tuple[ComparisonMetrics, ...]
    turned: bool = False
    """Whether `metrics` have the faster one as their baseline."""

    @property
    def factors(self) -> list[float]:
        """Return slower / faster in each test."""
        known = [one.speedup_factor for one in self.metrics if one.speedup_factor]
        return [1 / ratio for ratio in known] if self.turned else known

    @property
    def wins(self) -> int:
        """Return in how many tests the first is shown to be faster."""
        return sum(
            _different(one) and ((one.speedup_factor or 0) > 1) != self.turned
            for one in self.metrics
        )

    @property
    def losses(self) -> int:
        """Return in how many tests the first is shown to be slower."""
        return sum(_different(one) for one in self.metrics) - self.wins


def _different(one: ComparisonMetrics) -> bool:
    return one.verdict == "different" and one.speedup_factor is not None


def _pairs(results: Sequence[ProcessedResult]) -> list[PairRecord]:
    found: dict[tuple[str, str], list[ComparisonMetrics]] = {}
    for result in results:
        for names, metrics in result.pairs().items():
            if metrics.speedup_factor is not None:
                found.setdefault(names, []).append(metrics)
    return [_oriented(*names, metrics) for names, metrics in found.items()]


def _oriented(candidate: str, baseline: str, metrics: Sequence[ComparisonMetrics]) -> PairRecord:
    ahead = PairRecord(candidate, baseline, tuple(metrics))
    leads = ahead.wins > ahead.losses if ahead.wins != ahead.losses else _mean(ahead.factors) >= 1
    return ahead if leads else PairRecord(baseline, candidate, tuple(metrics), turned=True)


def _mean(factors: Sequence[float]) -> float:
    return math.exp(sum(math.log(one) for one in factors) / len(factors)) if factors else 1.0


def _pair_sentence(pair: PairRecord) -> str:
    n = len(pair.metrics)
    same = n - pair.wins - pair.losses
    if not (pair.wins or pair.losses):
        return f"{pair.faster} and {pair.slower} {_all_same(pair.metrics)}."
    factors = pair.factors
    spread = f", from {times(min(factors))} to {times(max(factors))}" if n > 1 else ""
    parts = [
        f"{pair.faster} was faster than {pair.slower} in {pair.wins} of {count(n, 'test')}",
        f"slower in {pair.losses}" if pair.losses else "",
        f"not measurably different in {same}" if same else "",
    ]
    typical = f"geometric mean {times(_mean(factors))}{spread}"
    return f"{', '.join(part for part in parts if part)} ({typical})."


def _all_same(metrics: Sequence[ComparisonMetrics]) -> str:
    n = len(metrics)
    equal = sum(one.verdict == "equivalent" for one in metrics)
    threshold = metrics[0].practical.threshold
    if equal == n:
        tests = f"all {n} tests" if n > 1 else "the one test"
        return f"were equivalent within ±{threshold:g} % in {tests}"
    if all(one.reason for one in metrics) and not equal:
        return f"could not be told apart ({metrics[0].reason})"
    proven = f" (equivalent within ±{threshold:g} % in {equal})" if equal else ""
    return f"were not measurably different in any of {count(n, 'test')}{proven}"


def noise(report: BenchmarkReport) -> str:
    """Return what the machine itself varied by, a dash for what is not known."""
    found = report.appendices.noise
    if found is None:
        return UNKNOWN

    def said(value: float | None) -> str:
        return UNKNOWN if value is None else f"{number(value, 2)} %"

    return (
        f"rounds of one variant {said(found.within_variant)}, shared by the variants of a round "
        f"{said(found.between_rounds)}, smallest detectable difference of a pair "
        f"{said(found.smallest_detectable)}, between sessions {said(found.between_sessions)} "
        f"(medians, n = {found.n} trials)"
    )


def _certainty(results: Sequence[ProcessedResult]) -> list[str]:
    every = [metrics for result in results for metrics in result.pairs().values()]
    claims = [one.p_adjusted for one in every if one.verdict == "different"]
    known = [p for p in claims if p is not None]
    if not known:
        return []
    p = probability(max(known))
    sign = "" if p.startswith("<") else "at most "
    tested = f"Every difference was tested over {rounds(every)}"
    return [f"{tested} and adjusted for {count(len(every), 'comparison')}: p {sign}{p}."]


def rounds(metrics: Sequence[ComparisonMetrics]) -> str:
    """Return over how many rounds the pairs were compared."""
    numbers = [one.n for one in metrics]
    low, high = min(numbers), max(numbers)
    unit = "paired round" if all(one.paired for one in metrics) else "value"
    return count(high, unit) if low == high else f"{low} to {count(high, unit)}"


def verdict(candidate: str, baseline: str, pair: ComparisonMetrics) -> str:
    """Return a comparison in words."""
    ratio = pair.speedup_factor
    if ratio is None:
        return f"cannot be compared: {pair.reason or 'unknown'}"
    seen = f"{times(ratio)} {bounds(pair.statistical.confidence_interval)}".strip()
    if pair.verdict == "equivalent":
        return f"equivalent within ±{pair.practical.threshold:g} %: {seen}"
    if pair.verdict == "unresolved":
        return f"not told apart{f' ({pair.reason})' if pair.reason else ''}: {seen}"
    ahead, turned = (candidate, pair) if ratio > 1 else (baseline, pair.inverted())
    interval = bounds(turned.statistical.confidence_interval)
    small = "" if pair.practical.meaningful else " (perhaps too little to matter)"
    return f"{ahead} is faster {times(turned.speedup_factor)} {interval}".strip() + small
