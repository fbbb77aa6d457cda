"""Change points of a history, and of its newest points."""

from patterns.learning.change_points.detection import (
    AlarmLevel,
    ChangePoint,
    Course,
    detect,
    inspect,
)
from patterns.learning.change_points.sensitivity import DEFAULT, Sensitivity

__all__ = [
    "DEFAULT",
    "AlarmLevel",
    "ChangePoint",
    "Course",
    "Sensitivity",
    "detect",
    "inspect",
]
