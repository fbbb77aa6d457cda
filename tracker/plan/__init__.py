"""Which trials a session runs, and in which order."""

from tracker.plan.duration import DurationEstimate, estimate, remaining_ms
from tracker.plan.errors import EmptySelectionError
from tracker.plan.planning import make_plan
from tracker.plan.rounds import round_order
from tracker.plan.sizes import MINIMUM_FILES, planned_files

__all__ = [
    "MINIMUM_FILES",
    "DurationEstimate",
    "EmptySelectionError",
    "estimate",
    "make_plan",
    "planned_files",
    "remaining_ms",
    "round_order",
]
