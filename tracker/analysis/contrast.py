"""Two sides compared test by test: sessions, variants or single runs."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from patterns.models import Value
from patterns.statistics.arrays import FloatArray
from patterns.statistics.comparison import compare
from patterns.statistics.session_change import SessionNoise, session_noise
from patterns.statistics.verdict import Comparison, judge
from tracker.analysis.pairs import PRACTICAL_THRESHOLD_PERCENT
from tracker.models.config import Analysis

Outcome = Literal["improved", "regressed", "unchanged", "inconclusive", "missing"]

SUPPOSED_NOISE_PERCENT = 10.0
"""Noise between two sessions where too few series tell it. A supposition, said as such beside the
result: it is not measured, and machines have drifted by more within a minute."""


@dataclass(frozen=True, eq=False)
class Side:
    """One side's values of one test."""

    values: FloatArray
    """shape (rounds,); NaN where the iteration failed. Paired sides have the same rounds."""
    run_id: str
    version: str | None = None


@dataclass(frozen=True, eq=False)
class Match:
    """A test on a repository, with both sides; None where one was not measured."""

    test: str
    repository: str
    variant: str
    baseline: Side | None
    candidate: Side | None


class Contrast(Value):
    """One line of a comparison; above 0 % the candidate needs more."""

    test: str
    repository: str
    variant: str
    outcome: Outcome
    baseline: float | None
    candidate: float | None
    change_percent: float | None
    interval: tuple[float, float] | None
    p_adjusted: float | None
    n: int
    smallest_detectable: float | None
    reason: str | None = None
    runs: tuple[str, ...] = ()
    versions: tuple[str | None, str | None] = (None, None)


class ContrastTable(Value):
    """Everything that was compared."""

    metric: str
    paired: bool
    noise_between_sessions: float | None
    noise_supposed: bool = False
    contrasts: tuple[Contrast, ...]

    def count(self, outcome: Outcome) -> int:
        """Return how many lines have an outcome."""
        return sum(one.outcome == outcome for one in self.contrasts)


def contrast(
    matches: Sequence[Match],
    metric: str,
    settings: Analysis,
    *,
    paired: bool,
    earlier_noise: Callable[[], float | None] | None = None,
) -> ContrastTable:
    """Compare a candidate with its baseline in every test; less is better.

    Parameters
    ----------
    matches : sequence of Match
        All tests of either side; they are one family for Holm's correction.
    metric : str
        What the values are.
    paired : bool
        Whether both sides were measured in the same rounds. If not, they are of different
        sessions, and a difference counts only beyond the noise between sessions.
    earlier_noise : callable, optional
        Gives the noise floor in percent that earlier sessions on this class of machine had, or
        None. Asked where these two sessions have too few series to tell.
    """
    both = [(one, one.baseline, one.candidate) for one in matches]
    known = [(one, a, b) for one, a, b in both if a is not None and b is not None]
    judged = judge(
        [
            compare(
                b.values,
                a.values,
                paired=paired,
                alpha=settings.statistical_significance,
                confidence=settings.confidence_level,
                threshold_percent=PRACTICAL_THRESHOLD_PERCENT,
            )
            for _, a, b in known
        ],
        settings.statistical_significance,
        PRACTICAL_THRESHOLD_PERCENT,
    )
    noise = None if paired else _noise(judged)
    known_percent = earlier_noise() if earlier_noise and not paired and noise is None else None
    floor = None if paired else _floor(noise, known_percent)
    results = {id(one): found for (one, _, _), found in zip(known, judged, strict=True)}
    return ContrastTable(
        metric=metric,
        paired=paired,
        noise_between_sessions=None if floor is None else 100.0 * math.expm1(floor),
        noise_supposed=not paired and noise is None and known_percent is None,
        contrasts=tuple(_contrast(one, results.get(id(one)), floor) for one in matches),
    )


def _noise(judged: Sequence[Comparison]) -> SessionNoise | None:
    """Return the noise between two sessions by how far all their series lie apart."""
    ratios = [math.log(one.ratio) for one in judged if one.ratio]
    return session_noise([ratios])


def _floor(noise: SessionNoise | None, earlier_percent: float | None) -> float:
    """Return the log ratio that noise rarely exceeds: measured here, before, or supposed."""
    if noise is not None:
        return noise.floor
    percent = SUPPOSED_NOISE_PERCENT if earlier_percent is None else earlier_percent
    return math.log1p(percent / 100)


def _contrast(match: Match, found: Comparison | None, floor: float | None) -> Contrast:
    sides = match.baseline, match.candidate
    medians = [_median(side.values) if side else None for side in sides]
    outcome, reason = _outcome(match, found, floor)
    ratio = found.ratio if found else None
    interval = found.interval if found else None
    return Contrast(
        test=match.test,
        repository=match.repository,
        variant=match.variant,
        outcome=outcome,
        baseline=medians[0],
        candidate=medians[1],
        change_percent=_percent(ratio) if ratio else None,
        interval=(_percent(interval.high), _percent(interval.low)) if interval else None,
        p_adjusted=found.p_adjusted if found else None,
        n=found.n if found else 0,
        smallest_detectable=found.smallest_detectable_percent if found else None,
        reason=reason,
        runs=tuple(side.run_id for side in sides if side),
        versions=(
            sides[0].version if sides[0] else None,
            sides[1].version if sides[1] else None,
        ),
    )


def _percent(ratio: float) -> float:
    """Return baseline / candidate as the candidate's excess in percent."""
    return 100.0 * (1.0 / ratio - 1.0)


def _median(values: FloatArray) -> float | None:
    there = values[np.isfinite(values)]
    return float(np.median(there)) if there.size else None


def _outcome(
    match: Match, found: Comparison | None, floor: float | None
) -> tuple[Outcome, str | None]:
    if found is None:
        lacking = "baseline" if match.baseline is None else "candidate"
        return "missing", f"the {lacking} has no such trial"
    if found.ratio is None or found.verdict is None:
        return "inconclusive", found.reason
    if found.verdict.value == "equivalent":
        return "unchanged", None
    if found.verdict.value == "unresolved":
        return "inconclusive", found.reason or "these rounds cannot tell"
    if floor is not None and abs(math.log(found.ratio)) <= floor:
        return "inconclusive", "within the noise between sessions"
    return ("improved" if found.ratio > 1 else "regressed"), None


def counts(table: ContrastTable) -> Mapping[Outcome, int]:
    """Return how often each outcome came, the serious ones first."""
    order: tuple[Outcome, ...] = ("regressed", "improved", "unchanged", "inconclusive", "missing")
    return {outcome: table.count(outcome) for outcome in order}
