"""One-step forecasts of many series, each row from earlier rows only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from patterns.learning.forecasting.calibration import (
    SMALLEST_HALF_WIDTH,
    AdaptiveStretch,
    conformal_stretch,
    stretch_needed,
)
from patterns.learning.forecasting.gate import settle
from patterns.learning.forecasting.model import LEVELS, Examples, QuantileModel, Quantiles
from patterns.learning.forecasting.preparation import History, Prepared, prepare

CALIBRATION_SHARE = 0.3
"""Newest part of each history that first judges the model, then is learnt from too."""

UNCALIBRATED = 1.5
"""Factor on the widths where the histories are too short to judge them."""

TRUSTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of the model's correction of the level that are tried on the newest history."""

SHARED_RATE, OWN_RATE = 0.1, 0.03
"""Steps of the adaptive correction, of all series of a group together and of each. The first
bounds how far the coverage of a group can be off: by .01 after some hundred points."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a value is expected with the stated confidence."""

    confidence: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What was expected of one point before it was seen."""

    series: str
    position: int
    predicted: float
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class _Rolling:
    """A series with the predicted quantiles of its points from `start` on."""

    prepared: Prepared
    start: int
    quantiles: Quantiles

    def needed(self, at: int, column: int) -> float:
        row, found = at - self.start, self.quantiles
        return float(
            stretch_needed(
                self.prepared.targets[at],
                found.median[row],
                found.lower[row, column],
                found.upper[row, column],
            )
        )


def forecast(histories: Sequence[History], *, seed: int = 0) -> tuple[Forecast, ...]:
    """Return a forecast of every test point, in the order of the series and of time.

    Parameters
    ----------
    histories : sequence of History
        Each with two known points at least.
    seed : int
        Of the trees; nothing else is random.

    Notes
    -----
    The model is fitted to the histories of all series, never to a test point. Features of a
    test point come from its own series' earlier points; the widths follow the outcomes of test
    points with an earlier timestamp.
    """
    if not histories:
        return ()
    prepared = settle([prepare(history) for history in histories], seed=seed)
    trust, stretches = _rehearse(prepared, seed)
    ends = [one.history.known for one in prepared]
    model = QuantileModel.fit(_examples(prepared, ends), seed=seed)
    rolling = [
        _quantiles(one, model, one.history.known, one.scaled.size, trust) for one in prepared
    ]
    return _roll(rolling, stretches)


def _rehearse(prepared: Sequence[Prepared], seed: int) -> tuple[float, tuple[AdaptiveStretch, ...]]:
    """Forecast the newest part of the histories from the older: what to trust, how wide."""
    cuts = [one.history.known - int(CALIBRATION_SHARE * one.history.known) for one in prepared]
    model = QuantileModel.fit(_examples(prepared, cuts), seed=seed)
    full = [
        _quantiles(one, model, cut, one.history.known, 1.0)
        for one, cut in zip(prepared, cuts, strict=True)
    ]
    trust = min(TRUSTS, key=lambda share: (_cost(full, share), share))
    trusted = [replace(each, quantiles=_trusting(each.quantiles, trust)) for each in full]
    return trust, tuple(_stretch(trusted, column) for column in range(len(LEVELS)))


def _cost(rehearsed: Sequence[_Rolling], trust: float) -> float:
    total = 0.0
    for each in rehearsed:
        span = slice(each.start, each.prepared.history.known)
        errors = np.abs(each.prepared.targets[span] - trust * each.quantiles.median)
        # Bounded: one jump nobody could foresee must not choose.
        total += float(np.sum(np.minimum(errors, 10.0) * each.prepared.weights[span]))
    return total


def _stretch(rehearsed: Sequence[_Rolling], column: int) -> AdaptiveStretch:
    needed = [
        each.needed(at, column)
        for each in rehearsed
        for at in range(each.start, each.prepared.history.known)
    ]
    start = conformal_stretch(np.array(needed), LEVELS[column])
    return AdaptiveStretch(
        LEVELS[column],
        # A rehearsal on a calm stretch must not narrow what was learnt from all of them.
        UNCALIBRATED if start is None else max(start, 1.0),
        shared=SHARED_RATE,
        own=OWN_RATE,
    )


def _examples(prepared: Sequence[Prepared], ends: Sequence[int]) -> Examples:
    spans = [
        slice(min(one.learnable.start, end - 1), end)
        for one, end in zip(prepared, ends, strict=True)
    ]
    pairs = list(zip(prepared, spans, strict=True))
    return Examples(
        columns=np.vstack([one.table.columns[span] for one, span in pairs]),
        targets=np.concatenate([one.targets[span] for one, span in pairs]),
        weights=np.concatenate([one.weights[span] for one, span in pairs]),
    )


def _quantiles(one: Prepared, model: QuantileModel, start: int, end: int, trust: float) -> _Rolling:
    columns = one.table.columns[start:end]
    found = model.predict(columns) if start < end else _none()
    return _Rolling(one, start, _trusting(found, trust))


def _none() -> Quantiles:
    return Quantiles(np.zeros(0), np.zeros((0, len(LEVELS))), np.zeros((0, len(LEVELS))))


def _trusting(found: Quantiles, trust: float) -> Quantiles:
    median = trust * found.median
    return Quantiles(
        median=median,
        lower=np.minimum(found.lower, median[:, None]),
        upper=np.maximum(found.upper, median[:, None]),
    )


def _roll(
    rolling: Sequence[_Rolling], stretches: Sequence[AdaptiveStretch]
) -> tuple[Forecast, ...]:
    """Forecast in the order of time; points of one instant do not know of one another."""
    order = sorted(
        (float(each.prepared.history.timestamps[at]), which, at)
        for which, each in enumerate(rolling)
        for at in range(each.start, each.prepared.scaled.size)
    )
    forecasts: dict[tuple[int, int], Forecast] = {}
    for _, instant in groupby(order, key=lambda entry: entry[0]):
        points = [(which, at) for _, which, at in instant]
        for which, at in points:
            forecasts[which, at] = _forecast(rolling[which], at, stretches)
        for which, at in points:
            history = rolling[which].prepared.history
            for column, stretch in enumerate(stretches):
                needed = rolling[which].needed(at, column)
                stretch.learn(history.group, history.name, needed=needed)
    return tuple(forecasts[key] for key in sorted(forecasts))


def _forecast(each: _Rolling, at: int, stretches: Sequence[AdaptiveStretch]) -> Forecast:
    one, row, found = each.prepared, at - each.start, each.quantiles
    median = low = high = float(found.median[row])
    intervals = []
    for column, stretch in enumerate(stretches):
        factor = stretch.factor(one.history.group, one.history.name)
        below = factor * max(median - float(found.lower[row, column]), SMALLEST_HALF_WIDTH)
        above = factor * max(float(found.upper[row, column]) - median, SMALLEST_HALF_WIDTH)
        # The wider level holds the narrower one, whatever their corrections.
        low, high = min(low, median - below), max(high, median + above)
        intervals.append(Interval(LEVELS[column], one.value(at, low), one.value(at, high)))
    return Forecast(one.history.name, at, one.value(at, median), tuple(intervals))


__all__ = ["Forecast", "History", "Interval", "forecast"]
