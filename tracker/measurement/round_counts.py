"""How many rounds and turns a group has."""

from tracker.measurement.progress import Step
from tracker.models import TrialGroup
from tracker.models.config import Execution


def turn_count(group: TrialGroup, execution: Execution) -> int:
    """Return how many executions a group takes: warm-ups, rounds and a profile per variant."""
    return len(group.variants) * (execution.warmup_runs + most_rounds(execution) + 1)


def most_rounds(execution: Execution) -> int:
    """Return how many rounds are measured, with a wanted precision at most."""
    adaptive = execution.precision is not None
    return execution.max_iterations if adaptive else execution.iterations


def rounds_of(step: Step, execution: Execution) -> int | None:
    """Return how many rounds a step has at most, None where it has none."""
    known = {"warm-up": execution.warmup_runs, "measured": most_rounds(execution), "profile": 1}
    return known.get(step)
