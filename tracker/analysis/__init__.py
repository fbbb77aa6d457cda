"""Raw metrics judged: statistics, comparisons, verdicts."""

from tracker.analysis.results import process
from tracker.analysis.summary import (
    average_speedup,
    compare_session,
    key_findings,
    overall_winner,
)

__all__ = [
    "average_speedup",
    "compare_session",
    "key_findings",
    "overall_winner",
    "process",
]
