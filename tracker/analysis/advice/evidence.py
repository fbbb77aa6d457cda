"""What advice rests on: the results of a session, and the runs behind them."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from tracker.models import ComparisonMetrics, ProcessedResult, TrialSummary, Variant
from tracker.models.config import Analysis

Priority = Literal["low", "medium", "high", "critical"]

SHOWN = 4
"""Names in a sentence; the rest is counted."""

LIMIT = "Measured on these repositories, this machine and these versions; other work may differ."


@dataclass(frozen=True)
class Evidence:
    """A session, by what advice is made of."""

    results: tuple[ProcessedResult, ...]
    variants: Mapping[str, Variant]
    runs: Mapping[tuple[str, str, str, str], TrialSummary]
    settings: Analysis

    def run_ids(self, results: Iterable[ProcessedResult], names: Iterable[str]) -> tuple[str, ...]:
        """Return the runs of variants in tests."""
        wanted = list(names)
        return tuple(
            trial.run_id
            for result in results
            for name in wanted
            if (trial := self.runs.get((*case_of(result), name)))
        )


def case_of(result: ProcessedResult) -> tuple[str, str, str]:
    """Return what names the test of a result: suite, test, repository."""
    return result.test_suite, result.test_id, result.repo_id


def pairs_against(evidence: Evidence, name: str, baseline: str) -> dict[int, ComparisonMetrics]:
    """Return the comparisons of a variant with a baseline, by the place of the result."""
    return {
        place: pair
        for place, result in enumerate(evidence.results)
        if (pair := result.pair(name, baseline)) and pair.speedup_factor is not None
    }


def direction(pair: ComparisonMetrics) -> int:
    """Return 1 where the candidate is shown to be faster by more than matters, -1 slower."""
    if pair.verdict != "different" or not pair.practical.meaningful or pair.speedup_factor is None:
        return 0
    return 1 if pair.speedup_factor > 1 else -1


def listed(names: Iterable[str]) -> str:
    """Return names in a sentence; of many the first, and how many more."""
    every = list(names)
    more = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return f"{', '.join(every[:SHOWN])}{more}"


def advice_id(kind: str, *parts: str) -> str:
    """Return an id that is the same for the same advice in every session."""
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
    return f"{kind}-{digest}" if parts else kind
