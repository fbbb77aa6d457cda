"""What the groups of a session share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tracker.measurement.executor import Executor
from tracker.measurement.journal import Journal
from tracker.measurement.progress import ProgressListener, Stop
from tracker.measurement.turn import TurnTaker

Order = Callable[[str, int, int], Sequence[int]]
"""(name, round, how many) → the places of a round, seeded; `tracker.plan.rounds` has one."""


@dataclass
class Counter:
    """Executions done of all that the session will do."""

    total: int
    done: int = 0


@dataclass(frozen=True)
class Surroundings:
    """What a group needs from its session; `timer` gives seconds of a monotonic clock."""

    executor: Executor
    journal: Journal
    taker: TurnTaker
    order: Order
    stop: Stop
    listener: ProgressListener
    counter: Counter
    timer: Callable[[], float]
    confidence: float
