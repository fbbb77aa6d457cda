"""Raw metrics judged: statistics, comparisons, verdicts, and what follows from them."""

from tracker.analysis.advice import recommendations
from tracker.analysis.bottlenecks import with_bottlenecks
from tracker.analysis.growth import session_growth
from tracker.analysis.results import process
from tracker.analysis.summary import (
    average_speedup,
    compare_session,
    key_findings,
    overall_ranking,
    overall_winner,
)

__all__ = [
    "average_speedup",
    "compare_session",
    "key_findings",
    "overall_ranking",
    "overall_winner",
    "process",
    "recommendations",
    "session_growth",
    "with_bottlenecks",
]
