"""A series made ready: its working scale, features, targets, and the weight of each point."""

from dataclasses import dataclass

import numpy as np

from patterns.learning.forecasting.features import FeatureTable, feature_table
from patterns.statistics.arrays import FloatArray

FEWEST_BEFORE = 4
"""Points before one that a model may learn from or be judged by."""

HEAVIEST, LIGHTEST = 5.0, 0.05
"""Bounds of an example's weight: no series speaks for all, none is silent."""

SMALLEST_VALUE = 1e-6
"""Share of the least known value that a later value of nil or less counts as."""


@dataclass(frozen=True, slots=True)
class History:
    """A series to be forecast: the first `known` points are history, each later one a test."""

    name: str
    timestamps: FloatArray
    """shape (n,), strictly rising."""
    values: FloatArray
    """shape (n,)"""
    known: int
    """At least two."""
    group: str = ""
    """Series of one project or machine; the intervals of each group hold what they promise."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A series on its working scale, with what each point is forecast from."""

    history: History
    logarithmic: bool
    scaled: FloatArray
    table: FeatureTable
    weights: FloatArray
    """shape (n,): what an error there costs, in mean changes of the history."""

    @property
    def targets(self) -> FloatArray:
        """Return the values in units of the local scale, from the centre."""
        return np.asarray((self.scaled - self.table.centre) / self.table.scale)

    @property
    def learnable(self) -> slice:
        """Return the known points that have enough before them."""
        return slice(min(FEWEST_BEFORE, self.history.known - 1), self.history.known)

    def value(self, at: int, target: float) -> float:
        """Return a target at a position in the series' own unit."""
        scaled = float(self.table.centre[at] + self.table.scale[at] * target)
        return float(np.exp(scaled)) if self.logarithmic else scaled


def prepare(history: History) -> Prepared:
    """Return a series ready for the model; positive histories go by ratios."""
    known = history.values[: history.known]
    logarithmic = bool(np.all(known > 0))
    scaled = history.values.astype(np.float64)
    if logarithmic:
        scaled = np.log(np.maximum(scaled, float(known.min()) * SMALLEST_VALUE))
    table = feature_table(scaled, history.timestamps)
    return Prepared(
        history=history,
        logarithmic=logarithmic,
        scaled=scaled,
        table=table,
        weights=_weights(table, known, logarithmic=logarithmic),
    )


def _weights(table: FeatureTable, known: FloatArray, *, logarithmic: bool) -> FloatArray:
    change = float(np.abs(np.diff(known)).mean())
    if change == 0:
        return np.ones_like(table.scale)
    unit = table.scale * np.exp(table.centre) if logarithmic else table.scale
    # The root lies between every point alike and the cost of an error.
    return np.asarray(np.sqrt(np.clip(unit / change, LIGHTEST, HEAVIEST)))
