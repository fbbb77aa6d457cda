"""Which of a few variants is best, by as few interleaved rounds as the evidence needs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import median
from typing import Literal

import numpy as np

from patterns.statistics.sequential import MedianSequence, median_sequence

ALPHA = 0.05
"""Chance, over all looks at all pairs, that a variant is wrongly called slower."""

THRESHOLD = 0.05
"""Relative difference that nobody notices: within it the preferred variant stays."""

Relation = Literal["faster", "slower", "equivalent", "undecided"]


@dataclass
class Race:
    """Variants that take turns in rounds until one is left.

    Parameters
    ----------
    names : sequence of str
        In the order of preference among equals: what is in use first.
    alpha : float
    threshold : float

    Notes
    -----
    After each round every pair still in the race is compared by the always-valid interval of
    its median log ratio, at α divided by the number of rivals a variant has at the start. One
    that is slower than another leaves; of two that are equivalent the less preferred one leaves.
    A variant that is best by more than the threshold can only be sent home by a comparison with
    one of its rivals, so that happens with a chance of at most α, however often one looks.

    Examples
    --------
    >>> race = Race(("git", "git+fast", "git+slow"))
    >>> for _ in range(9):
    ...     race.add({"git": 10.0, "git+fast": 5.0, "git+slow": 12.0})
    >>> race.decided, race.best, race.rounds
    (True, 'git+fast', 9)
    """

    names: Sequence[str]
    alpha: float = ALPHA
    threshold: float = THRESHOLD
    costs: list[Mapping[str, float]] = field(default_factory=list)
    alive: list[str] = field(init=False)

    def __post_init__(self) -> None:
        if len(set(self.names)) < 2:  # noqa: PLR2004  a race needs two
            raise ValueError("a race needs two different variants")
        self.alive = list(dict.fromkeys(self.names))

    @property
    def rounds(self) -> int:
        """Return how many rounds were run."""
        return len(self.costs)

    @property
    def decided(self) -> bool:
        """Return whether one is left."""
        return len(self.alive) == 1

    @property
    def best(self) -> str:
        """Return the one that is left, or leads so far by the median."""
        if self.decided or not self.costs:
            return self.alive[0]
        return min(self.alive, key=lambda name: median(one[name] for one in self.costs))

    def add(self, costs: Mapping[str, float]) -> None:
        """Take in one round: the cost of every variant that is still alive, above 0."""
        if missing := [name for name in self.alive if not costs.get(name, 0) > 0]:
            raise ValueError(f"no cost of {', '.join(missing)} in this round")
        self.costs.append(dict(costs))
        for first, second in combinations(tuple(self.alive), 2):
            if first in self.alive and second in self.alive:
                self._compare(first, second)

    def remove(self, name: str) -> None:
        """Take out a variant that failed."""
        self.alive.remove(name)

    def sequence(self, first: str, second: str) -> MedianSequence | None:
        """Return the interval of ln(first / second) over the rounds that had both."""
        logs = [
            math.log(one[first] / one[second])
            for one in self.costs
            if first in one and second in one
        ]
        rivals = len(set(self.names)) - 1
        return median_sequence(np.array(logs), self.alpha / rivals) if logs else None

    def relation(self, first: str, second: str) -> Relation:
        """Return how `first` stands to `second` by now."""
        found = self.sequence(first, second)
        if found is None:
            return "undecided"
        if within(found, self.threshold):
            return "equivalent"
        if found.high < 0:
            return "faster"
        return "slower" if found.low > 0 else "undecided"

    def _compare(self, first: str, second: str) -> None:
        relation = self.relation(first, second)
        if relation == "undecided":
            return
        # `first` is the preferred one: the names keep their order.
        self.alive.remove(first if relation == "slower" else second)


def within(found: MedianSequence, threshold: float) -> bool:
    """Return whether an interval of a log ratio lies within ± threshold."""
    return -math.log1p(threshold) <= found.low and found.high <= math.log1p(threshold)
