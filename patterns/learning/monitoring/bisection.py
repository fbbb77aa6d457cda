"""The first of several versions that is as slow as the last one."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Nearer(StrEnum):
    """Which end a version in between behaves like."""

    OLD = "old"
    NEW = "new"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was asked of one version, and the answer."""

    version: int
    nearer: Nearer


@dataclass(frozen=True, slots=True)
class Bisection:
    """Where the change came in: between `last_old` and `first_new`, neighbours if decided."""

    last_old: int
    first_new: int
    asked: tuple[Verdict, ...]

    @property
    def decided(self) -> bool:
        """Whether one version is named."""
        return self.first_new - self.last_old == 1


def questions(versions: int) -> int:
    """Return how many versions are asked about at most.

    Examples
    --------
    >>> questions(8), questions(2)
    (3, 0)
    """
    return max(math.ceil(math.log2(versions - 1)), 0) if versions > 1 else 0


def bisect(versions: int, ask: Callable[[int], Nearer]) -> Bisection:
    """Return the first new version, asking as few in between as can be.

    Parameters
    ----------
    versions : int
        How many there are in their order, 2 or more; the first behaves like old, the last
        like new.
    ask : callable
        Version → which end it behaves like.

    Notes
    -----
    An undecided version is walked round: its neighbours are asked instead, and only if none
    decides the answer stays a range.

    Examples
    --------
    >>> found = bisect(8, lambda version: Nearer.NEW if version >= 5 else Nearer.OLD)
    >>> found.last_old, found.first_new, len(found.asked)
    (4, 5, 3)
    """
    if versions < 2:  # noqa: PLR2004  two ends
        raise ValueError("a bisection needs two versions or more")
    old, new = 0, versions - 1
    asked: dict[int, Nearer] = {}
    while new - old > 1:
        middle = (old + new) / 2
        open_ones = [at for at in range(old + 1, new) if at not in asked]
        if not open_ones:
            break
        at = min(open_ones, key=lambda version: (abs(version - middle), version))
        asked[at] = ask(at)
        if asked[at] is Nearer.NEW:
            new = at
        elif asked[at] is Nearer.OLD:
            old = at
    return Bisection(old, new, tuple(Verdict(at, nearer) for at, nearer in asked.items()))
