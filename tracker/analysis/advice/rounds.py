"""Advice on how many rounds would tell apart what these could not."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from patterns.models import ExpectedImpact, Implementation, Recommendation
from tracker.analysis.advice.evidence import Evidence, advice_id
from tracker.analysis.findings import factor
from tracker.models import ComparisonMetrics, ProcessedResult

MOST_ROUNDS = 1000
"""What a configuration may ask for."""


@dataclass(frozen=True)
class _OpenPair:
    """A pair that was not told apart, and the rounds that would do."""

    result: ProcessedResult
    names: tuple[str, str]
    metrics: ComparisonMetrics
    needed: int


def more_rounds(evidence: Evidence) -> Iterable[Recommendation]:
    """Say how many rounds would tell apart what these could not."""
    waiting = [
        _OpenPair(result, names, pair, needed)
        for result in evidence.results
        for names, pair in result.pairs().items()
        if pair.verdict == "unresolved"
        and (needed := _needed(pair)) is not None
        and needed <= MOST_ROUNDS
    ]
    if not waiting:
        return
    now = waiting[0].metrics.n
    enough = max(one.needed for one in waiting)
    coarsest = max(one.metrics.smallest_detectable or 0.0 for one in waiting)
    threshold = waiting[0].metrics.practical.threshold
    runs = (run for one in waiting for run in evidence.run_ids([one.result], one.names))
    yield Recommendation(
        id=advice_id("rounds"),
        priority="low",
        category="quality",
        title=f"Measure {enough} rounds to tell apart what {now} could not",
        description=f"{len(waiting)} unresolved pairs could be decided; differences below "
        f"{coarsest:.1f} % could be missed in the coarsest of them.",
        rationale=f"The error of a ratio falls with the root of the rounds; {enough} rounds find "
        f"±{threshold:g} % four times in five in every one of these pairs.",
        expected_impact=ExpectedImpact(
            metric="smallest_detectable",
            improvement=100.0 * (1.0 - math.sqrt(now / enough)),
            confidence=None,
            n=len(waiting),
        ),
        implementation=Implementation(
            effort="low",
            steps=(f"tracker run config.json --iterations {enough}",),
            risks=(f"It takes {factor(enough / now)} times as long.",),
        ),
        evidence=tuple(dict.fromkeys(runs)),
    )


def _needed(pair: ComparisonMetrics) -> int | None:
    """Return the rounds with which the practical threshold would be detectable."""
    found, threshold = pair.smallest_detectable, pair.practical.threshold
    if found is None or found <= threshold or not threshold:
        return None
    return math.ceil(pair.n * (math.log1p(found / 100) / math.log1p(threshold / 100)) ** 2)
