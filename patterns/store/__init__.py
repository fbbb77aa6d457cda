"""The pattern store: SQL behind a small interface."""

from patterns.store.errors import StoreError
from patterns.store.outcomes import FoundPattern, OutcomeReader
from patterns.store.schema import Upgrade
from patterns.store.store import PatternStore
from patterns.store.values import (
    DailyTrend,
    Merged,
    PrunedTask,
    RunRow,
    SessionRow,
    StoredPatterns,
    StoredRecommendation,
    StoredTrial,
    TaskStatistics,
)

__all__ = [
    "DailyTrend",
    "FoundPattern",
    "Merged",
    "OutcomeReader",
    "PatternStore",
    "PrunedTask",
    "RunRow",
    "SessionRow",
    "StoreError",
    "StoredPatterns",
    "StoredRecommendation",
    "StoredTrial",
    "TaskStatistics",
    "Upgrade",
]
