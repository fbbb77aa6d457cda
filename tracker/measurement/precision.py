"""Adaptive rounds: whether every wanted ratio is known well enough, or the budget has ended.

The rule looks at the length of intervals alone, never at a p-value or an estimate: whoever stops
when p is small enough finds a difference sooner or later where there is none.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from patterns.statistics.paired import signed_rank
from tracker.models import IterationRecord
from tracker.models.session import Precision, PrecisionEnd

LEAST_ROUNDS = 15
"""Fewer rounds say little about their own scatter, on which the decision to stop rests."""

MOST_ROUNDS = 200
"""The budget where none is given: an interval shrinks with the square root of the rounds, so
the next halving would take 800."""

MOST_MS = 600_000
"""The budget of one test where none is given: ten minutes."""

UNSEEN = 0.25
"""Share of further rounds that are measured without looking once the intervals are short enough.
A rule that stops at the first short interval prefers samples that look calmer than they are:
its 95 % intervals covered in 93.5 % of the worst simulation, with rounds unseen in 94.1 %
(docs/noise.md)."""


@dataclass(frozen=True)
class Budget:
    """When to stop without the wanted precision; never before the least number of rounds."""

    most_rounds: int = MOST_ROUNDS
    most_ms: float = MOST_MS


class PrecisionRule:
    """Decides after each round whether another one is measured.

    What it knows it knows from the rounds themselves, so that a resumed session decides as an
    uninterrupted one would have done: `see` every whole round, in order.

    Parameters
    ----------
    wanted_percent : float
        Half-width that the interval of every ratio of wall times is to reach.
    confidence : float
        Level of the intervals, that of the report.
    budget : Budget
        Rounds and time; time includes everything outside the clock.
    """

    def __init__(self, wanted_percent: float, confidence: float, budget: Budget) -> None:
        self.wanted_percent = wanted_percent
        self.confidence = confidence
        self.budget = budget
        self._times: dict[str, dict[int, float | None]] = {}
        self._rounds = 0
        self._unseen_until: int | None = None

    def see(self, records: Sequence[IterationRecord]) -> None:
        """Take in one whole round."""
        self._rounds += 1
        for record in records:
            good = record.raw.quality.success
            wall_ms = record.raw.execution.duration_ms if good else None
            self._times.setdefault(record.variant, {})[self._rounds] = wall_ms

    def decide(self, variants: Sequence[str], spent_ms: float) -> Precision | None:
        """Return why no further round is measured, or None to go on.

        Parameters
        ----------
        variants : sequence of str
            Those that are still measured; one alone has no ratio and is measured as often
            as is the least.
        spent_ms : float
            What the rounds took so far.
        """
        if self._rounds < LEAST_ROUNDS:
            return None
        if self._is_reached(variants):
            return self._ended(variants, "precision")
        if self._rounds >= self.budget.most_rounds:
            return self._ended(variants, "rounds")
        return self._ended(variants, "time") if spent_ms >= self.budget.most_ms else None

    def _is_reached(self, variants: Sequence[str]) -> bool:
        if self._rounds < (self._unseen_until or 0):
            return False
        widest = self._widest(variants)
        short = len(variants) < 2 or (widest is not None and widest <= self.wanted_percent)  # noqa: PLR2004  a pair
        if short and self._unseen_until is None and len(variants) > 1:
            self._unseen_until = self._rounds + math.ceil(UNSEEN * self._rounds)
            return False
        if not short:
            self._unseen_until = None
        return short

    def _widest(self, variants: Sequence[str]) -> float | None:
        """Return the half-width of the ratio that is known worst; None where one is not known."""
        widths = [
            half_width_percent(
                _log_ratios(self._times.get(one, {}), self._times.get(other, {})), self.confidence
            )
            for one, other in combinations(variants, 2)
        ]
        known = [width for width in widths if width is not None]
        return max(known) if known and len(known) == len(widths) else None

    def _ended(self, variants: Sequence[str], by: PrecisionEnd) -> Precision:
        return Precision(
            wanted=self.wanted_percent,
            reached=by == "precision",
            half_width=self._widest(variants),
            rounds=self._rounds,
            ended_by=by,
        )


def half_width_percent(log_ratios: Sequence[float], confidence: float) -> float | None:
    """Return half the length of the interval of a ratio, in percent of the ratio.

    Parameters
    ----------
    log_ratios : sequence of float, shape (n,)
        ``log(baseline / candidate)`` of each round.
    confidence : float
        Level of the interval, which inverts Wilcoxon's signed-rank test.

    Returns
    -------
    width : float or None
        None with too few rounds for an interval.

    Examples
    --------
    >>> round(half_width_percent([0.10, 0.12, 0.08, 0.11, 0.09, 0.13], 0.95), 2)
    2.53
    """
    test = signed_rank(log_ratios)
    interval = test.interval(confidence) if test else None
    return 100 * math.expm1((interval.high - interval.low) / 2) if interval else None


def _log_ratios(one: Mapping[int, float | None], other: Mapping[int, float | None]) -> list[float]:
    pairs = ((one.get(number), other.get(number)) for number in one)
    return [math.log(first / second) for first, second in pairs if first and second]
