"""Change points of a whole history: levels proposed by partition, kept by evidence."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from patterns.learning.change_points.evidence import (
    abruptness,
    moves,
    rank_evidence,
    smooth_is_closer,
)
from patterns.learning.change_points.newest import NewestStep, newest_step
from patterns.learning.change_points.noise import clip_to_level, draw_in, working_scale
from patterns.learning.change_points.partition import partition
from patterns.learning.change_points.position import sharpen
from patterns.learning.change_points.sensitivity import DEFAULT, Sensitivity
from patterns.statistics.arrays import FloatArray, Samples, as_floats

DRIFT, SWING = 1, 3
"""Degree of the smooth course a step is compared with: a line, or a slow swing."""


class AlarmLevel(StrEnum):
    """How far an alarm can be trusted."""

    CONFIRMED = "confirmed"
    SUSPECT = "suspect"


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The first point of a new level, and what speaks for it."""

    index: int
    level: AlarmLevel
    before: float
    """Median of the old level, in the series' unit."""
    after: float
    ratio: float | None
    """After / before; None where the series has values of 0 or less."""
    n_before: int
    n_after: int
    evidence: float
    """-log10 of a p-value: of the rank-sum test; of the newest points: that the old level brings
    them forth."""

    @property
    def rises(self) -> bool:
        """Whether the new level is the higher one."""
        return self.after > self.before


@dataclass(frozen=True, slots=True)
class Course:
    """What a series does: its alarms, and the changes of level that are a drift."""

    change_points: tuple[ChangePoint, ...]
    drifts: tuple[int, ...]
    """Positions where levels differ but a smooth course explains it as well."""


def detect(values: Samples, sensitivity: Sensitivity = DEFAULT) -> tuple[ChangePoint, ...]:
    """Return the change points of a series in time order; every one is an alarm.

    Examples
    --------
    >>> quiet = [10.0, 10.1, 9.9, 10.2, 9.8] * 4
    >>> [point.index for point in detect(quiet + [2 * value for value in quiet])]
    [20]
    """
    return inspect(values, sensitivity).change_points


def inspect(values: Samples, sensitivity: Sensitivity = DEFAULT) -> Course:
    """Return the change points of a series, and what was taken for a drift instead.

    Parameters
    ----------
    values : sequence of float, shape (n,)
        Finite, oldest first.
    sensitivity : Sensitivity
        What counts as a step; the default is meant for benchmark histories.

    Notes
    -----
    Levels are proposed by optimal partitioning of values whose outliers are drawn in; a
    boundary stays if the rank-sum test of the neighbouring levels is convinced, and if a step
    explains the change better than a smooth course with correlated noise does. The weakest
    boundary goes first, and its neighbours are judged anew.
    """
    raw = as_floats(values)
    if not np.all(np.isfinite(raw)):
        raise ValueError("every value must be a finite number")
    if raw.size < 2 * sensitivity.shortest or np.ptp(raw) == 0:
        return Course((), ())
    scaled = working_scale(raw)
    levels, bounds = _bounds(scaled, sensitivity)
    newest = newest_step(scaled, bounds, sensitivity)
    if newest is not None and _drifts(scaled, newest.index, bounds, sensitivity):
        newest = None
    found = [_confirmed(raw, scaled, *around, sensitivity) for around in _around(bounds, raw.size)]
    if newest is not None:
        found.append(_newest(raw, newest, bounds, sensitivity))
    return Course(change_points=tuple(found), drifts=tuple(at for at in levels if at not in bounds))


def _newest(
    raw: FloatArray, newest: NewestStep, bounds: tuple[int, ...], sensitivity: Sensitivity
) -> ChangePoint:
    start = max(bounds[-1] if bounds else 0, newest.index - sensitivity.window)
    few = raw.size - newest.index <= sensitivity.newest
    level = AlarmLevel.SUSPECT if few else AlarmLevel.CONFIRMED
    return _point(raw, (start, newest.index, raw.size), level, newest.evidence)


def _bounds(
    scaled: FloatArray, sensitivity: Sensitivity
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return where levels differ, and those of them that are steps."""
    drawn_in, sd = draw_in(scaled, width=sensitivity.running, reach=sensitivity.reach)
    proposed = partition(
        drawn_in / sd,
        penalty=sensitivity.penalty * float(np.log(scaled.size)),
        shortest=sensitivity.shortest,
    )

    def level_margin(low: int, at: int, high: int) -> float:
        before, after = scaled[low:at], scaled[at:high]
        if abs(float(np.median(after) - np.median(before))) < sensitivity.smallest_step * sd:
            return -np.inf
        return rank_evidence(before, after) - sensitivity.evidence

    levels = sharpen(
        scaled,
        _prune(proposed, scaled.size, sensitivity.window, level_margin),
        window=sensitivity.window,
        shortest=sensitivity.shortest,
        floor=sd * sensitivity.rounding,
    )
    if not levels:
        return (), ()
    degree = SWING if smooth_is_closer(drawn_in, levels, closer=sensitivity.smooth) else DRIFT
    width = sensitivity.shortest
    outstanding = np.abs(moves(drawn_in, width))

    def step_margin(low: int, at: int, high: int) -> float:
        if outstanding[at - width] >= sensitivity.outstanding:
            return np.inf
        return _step_margin(scaled[low:at], scaled[at:high], sd, sensitivity, degree)

    return levels, _prune(levels, scaled.size, sensitivity.near, step_margin)


def _drifts(scaled: FloatArray, at: int, bounds: tuple[int, ...], sensitivity: Sensitivity) -> bool:
    start = max(bounds[-1] if bounds else 0, at - sensitivity.near)
    _, sd = draw_in(scaled, width=sensitivity.running, reach=sensitivity.reach)
    return _step_margin(scaled[start:at], scaled[at:], sd, sensitivity) < 0


def _step_margin(
    before: FloatArray,
    after: FloatArray,
    sd: float,
    sensitivity: Sensitivity,
    degree: int = DRIFT,
) -> float:
    floor = sd * sensitivity.rounding
    found = abruptness(
        clip_to_level(before, reach=sensitivity.reach, floor=floor),
        clip_to_level(after, reach=sensitivity.reach, floor=floor),
        floor=floor,
        degree=degree,
    )
    needed = sensitivity.abrupt + sensitivity.abrupt_correlated * found.correlation
    return min(
        found.likelihood_ratio - needed,
        found.line_over_step - sensitivity.closer_than_line,
    )


def _prune(
    bounds: tuple[int, ...],
    n: int,
    window: int,
    margin: Callable[[int, int, int], float],
) -> tuple[int, ...]:
    """Take out the weakest bound until every margin is positive; neighbours grow meanwhile."""
    kept = list(bounds)
    known: dict[tuple[int, int, int], float] = {}
    while kept:
        margins = []
        for low, at, high in _around(tuple(kept), n):
            around = (max(low, at - window), at, min(high, at + window))
            if around not in known:
                known[around] = margin(*around)
            margins.append(known[around])
        weakest = int(np.argmin(margins))
        if margins[weakest] >= 0:
            break
        del kept[weakest]
    return tuple(kept)


def _around(bounds: tuple[int, ...], n: int) -> list[tuple[int, int, int]]:
    edges = (0, *bounds, n)
    return list(zip(edges[:-2], edges[1:-1], edges[2:], strict=True))


def _confirmed(
    raw: FloatArray, scaled: FloatArray, low: int, at: int, high: int, sensitivity: Sensitivity
) -> ChangePoint:
    first, last = max(low, at - sensitivity.window), min(high, at + sensitivity.window)
    evidence = rank_evidence(scaled[first:at], scaled[at:last])
    return _point(raw, (first, at, last), AlarmLevel.CONFIRMED, evidence)


def _point(
    raw: FloatArray, around: tuple[int, int, int], level: AlarmLevel, evidence: float
) -> ChangePoint:
    first, at, last = around
    before, after = float(np.median(raw[first:at])), float(np.median(raw[at:last]))
    return ChangePoint(
        index=at,
        level=level,
        before=before,
        after=after,
        ratio=after / before if bool(np.all(raw > 0)) else None,
        n_before=at - first,
        n_after=last - at,
        evidence=evidence,
    )
