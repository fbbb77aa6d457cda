"""Values of the history: patterns, queries, trends and recommendations."""

from patterns.models.base import Value
from patterns.models.learning import (
    ExpectedImpact,
    Forecast,
    Implementation,
    Pattern,
    Recommendation,
    TrendAnalysis,
)
from patterns.models.memory import (
    BenchmarkPattern,
    PatternContext,
    PatternQuery,
    PatternRecord,
    PatternSearchResult,
    SearchInsights,
    SearchStatistics,
    TrialRow,
)
from patterns.models.outcome import AskedContext, ExpectedOutcome, FailedRun, Neighbour, Outcome

__all__ = [
    "AskedContext",
    "BenchmarkPattern",
    "ExpectedImpact",
    "ExpectedOutcome",
    "FailedRun",
    "Forecast",
    "Implementation",
    "Neighbour",
    "Outcome",
    "Pattern",
    "PatternContext",
    "PatternQuery",
    "PatternRecord",
    "PatternSearchResult",
    "Recommendation",
    "SearchInsights",
    "SearchStatistics",
    "TrendAnalysis",
    "TrialRow",
    "Value",
]
