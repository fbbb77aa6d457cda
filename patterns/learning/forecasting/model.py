"""One quantile model over all series: gradient-boosted trees on relative features."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from patterns.learning.forecasting.weighting import spread
from patterns.statistics.arrays import FloatArray

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor

MEDIAN = 0.5
LEVELS = (0.8, 0.95)
"""Nominal levels of the intervals."""

ITERATIONS = 150
LEARNING_RATE = 0.05
LEAVES = 8
SMALLEST_LEAF = 20


@dataclass(frozen=True, slots=True)
class Examples:
    """What a model is fitted to."""

    columns: FloatArray
    """shape (n, p)"""
    targets: FloatArray
    """shape (n,): (value - centre) / scale on the working scale."""
    weights: FloatArray
    """shape (n,)"""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Predicted quantiles in units of the scale, from the centre; one row per example."""

    median: FloatArray
    lower: FloatArray
    """shape (n, k): one column per level."""
    upper: FloatArray


class QuantileModel:
    """Five quantiles of the next value, each by its own boosted trees [1]_ on pinball loss [2]_.

    References
    ----------
    .. [1] G. Ke et al., "LightGBM: a highly efficient gradient boosting decision tree", 2017.
    .. [2] R. Koenker, G. Bassett, "Regression quantiles", Econometrica 46, 1978.
       doi:10.2307/1913643
    """

    def __init__(self, models: "Sequence[HistGradientBoostingRegressor]") -> None:
        self._models = tuple(models)

    @classmethod
    def fit(cls, examples: Examples, *, seed: int) -> "QuantileModel":
        """Fit to examples; the same examples and seed give the same model."""
        return cls([_fit_one(examples, quantile, seed) for quantile in _quantiles()])

    def predict(self, columns: FloatArray) -> Quantiles:
        """Return ordered quantiles: the median within every interval, 80 % within 95 %."""
        raw = np.column_stack([model.predict(columns) for model in self._models])
        median, lower, upper = raw[:, 0], raw[:, 1::2], raw[:, 2::2]
        return Quantiles(
            median=median,
            lower=np.minimum.accumulate(np.minimum(lower, median[:, None]), axis=1),
            upper=np.maximum.accumulate(np.maximum(upper, median[:, None]), axis=1),
        )


def _quantiles() -> list[float]:
    tails = [tail for level in LEVELS for tail in ((1 - level) / 2, (1 + level) / 2)]
    return [MEDIAN, *tails]


def _fit_one(examples: Examples, quantile: float, seed: int) -> "HistGradientBoostingRegressor":
    from sklearn.ensemble import (  # noqa: PLC0415  a second, where something is fitted
        HistGradientBoostingRegressor,
    )

    model = HistGradientBoostingRegressor(
        loss="quantile",
        quantile=quantile,
        max_iter=ITERATIONS,
        learning_rate=LEARNING_RATE,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=SMALLEST_LEAF,
        early_stopping=False,
        random_state=seed,
    )
    rows = spread(examples.weights)
    return model.fit(examples.columns[rows], examples.targets[rows])
