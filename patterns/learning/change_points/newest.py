"""A step within the newest points: too few for a confirmed level, enough to measure again."""

from dataclasses import dataclass
from math import comb

import numpy as np
from scipy import stats

from patterns.learning.change_points.noise import resolution, robust_sd
from patterns.learning.change_points.position import sharpen
from patterns.learning.change_points.sensitivity import Sensitivity
from patterns.statistics.arrays import FloatArray

FORGIVING_FROM = 4
"""One in so many newest points may lie elsewhere."""

STATE_WIDTH = 3.0
"""Noise standard deviations round the newest points that belong to their state."""

LOOK_BACK = 10
"""Points that the moves of a wandering series are counted from."""


WANDERING = 2
"""Earlier moves as great that make a series a wandering one; once is an accident."""


@dataclass(frozen=True, slots=True)
class NewestStep:
    """Where the newest points leave the old level, and how surprising that is."""

    index: int
    evidence: float
    """-log10 of the probability that the old level brings forth such points."""


def newest_step(
    scaled: FloatArray, bounds: tuple[int, ...], sensitivity: Sensitivity
) -> NewestStep | None:
    """Return the most surprising step within the newest points, or None.

    The newest points (but a forgiven fourth) must all lie out on one side, so far that neither
    normal noise of the old level's robust scale nor the states the old points were seen in (a
    machine with two modes, outliers) make it likely; and the move must be greater than any
    that the history made without changing its level, or a wandering series would cry wolf.
    """
    start = bounds[-1] if bounds else 0
    floor = resolution(scaled)
    found: NewestStep | None = None
    for count in range(sensitivity.fewest_newest, sensitivity.recent + 1):
        at = scaled.size - count
        if at - start < sensitivity.baseline:
            break
        old = scaled[max(start, at - sensitivity.window) : at]
        evidence = _evidence(old, scaled[at:], floor=floor)
        if evidence < sensitivity.surprise or (found is not None and evidence <= found.evidence):
            continue
        if _moves_beyond_history(scaled, bounds, at):
            found = NewestStep(index=at, evidence=evidence)
    if found is None:
        return None
    (at,) = sharpen(
        scaled[start:],
        (found.index - start,),
        window=sensitivity.window,
        shortest=sensitivity.fewest_newest,
        floor=floor,
    )
    return NewestStep(index=start + at, evidence=found.evidence)


def _evidence(old: FloatArray, new: FloatArray, *, floor: float) -> float:
    """Return the lesser of the evidence under normal noise and under the states seen before."""
    centre = float(np.median(old))
    sd = robust_sd(old - centre, floor=floor)
    sign = float(np.sign(np.median(new) - centre))
    forgiven = new.size // FORGIVING_FROM
    out = np.sort(sign * (new - centre))[forgiven:]
    if out[0] <= 0 or sign * (new[0] - centre) < out[0]:
        return 0.0
    # Old outliers further out than the new level are another state than the new one.
    side = sign * (old - centre)
    seen = int(np.sum((side >= out[0]) & (side <= out[-1] + STATE_WIDTH * sd)))
    by_state = float(np.log((seen + 1.0) / (old.size + 1.0)))
    by_scale = float(stats.norm.logsf(out[0] / sd))
    ways = 2.0 * comb(new.size, forgiven)
    return -(out.size * max(by_state, by_scale) + float(np.log(ways))) / float(np.log(10.0))


def _moves_beyond_history(scaled: FloatArray, bounds: tuple[int, ...], at: int) -> bool:
    """Whether the history made such a move, within a level, at most once before."""
    count = scaled.size - at
    newest = abs(_move(scaled, at, count))
    episodes, last = 0, -LOOK_BACK
    for position in range(LOOK_BACK, at - count + 1):
        near_bound = any(abs(position - bound) <= LOOK_BACK for bound in bounds)
        if near_bound or abs(_move(scaled, position, count)) < newest:
            continue
        episodes += position - last > LOOK_BACK
        last = position
    return episodes < WANDERING


def _move(scaled: FloatArray, at: int, count: int) -> float:
    before = np.median(scaled[max(at - LOOK_BACK, 0) : at])
    return float(np.median(scaled[at : at + count]) - before)
