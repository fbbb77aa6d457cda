"""How long something takes in a repository of which only sizes are known."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from patterns.learning.recommendation.cases import Floats
from patterns.learning.recommendation.preparation import signed_log
from patterns.learning.recommendation.uncertainty import conformal_width

NEAREST = 3
"""Repositories averaged: levels change steeply with size, so few."""

SAME = 1e-3
"""Distance below which repositories are equally near."""

FEWEST = 5
"""Repositories below which the straight line is not fitted: it has six coefficients, which
cannot be negative and so are mostly 0."""

MOST_LEFT_OUT = 25
"""Groups that are left out in turn to learn the error."""

Predict = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Level:
    """A predicted amount; `low` and `high` are None with too few repositories for the level."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class LevelModel:
    """The better of two models of positive amounts, with its errors on repositories left out.

    `additive`: a constant plus multiples of what is counted, none of them negative, fitted to
    relative errors, since a command looks at each file or commit once and so the model also
    holds beyond the sizes seen. `nearest`: geometric mean of the nearest repositories.
    """

    name: str
    predict: Predict
    residuals: Floats
    contexts: int

    def at(self, features: Floats, confidence: float) -> Level:
        """Return the level of one repository with features of shape (p,)."""
        log = float(self.predict(features[None, :])[0])
        width = conformal_width(self.residuals, confidence)
        if width is None:
            return Level(float(np.exp(log)), None, None)
        return Level(float(np.exp(log)), float(np.exp(log - width)), float(np.exp(log + width)))


def fit_level(features: Floats, amounts: Floats) -> LevelModel | None:
    """Return the model of positive amounts, shape (n,), NaN where unknown; None without any."""
    known = np.isfinite(amounts) & (amounts > 0)
    x, logs = np.nan_to_num(features[known]), np.log(amounts[known])
    if not len(logs):
        return None
    makers = {"nearest": nearest}
    if len(logs) >= FEWEST:
        makers["additive"] = additive
    residuals = {name: _held_out(make, x, logs) for name, make in makers.items()}
    best = min(residuals, key=lambda name: float(np.mean(residuals[name])) if len(logs) > 1 else 0)
    return LevelModel(best, makers[best](x, logs), residuals[best], len(logs))


def fit_law(features: Floats, amounts: Floats) -> Predict | None:
    """Return a model of amounts without its errors: the line, or with few the nearest."""
    known = np.isfinite(amounts) & (amounts > 0)
    if not known.any():
        return None
    make = additive if known.sum() >= FEWEST else nearest
    return make(np.nan_to_num(features[known]), np.log(amounts[known]))


def left_out_logs(make: Callable[[Floats, Floats], Predict], x: Floats, logs: Floats) -> Floats:
    """Return ln(amount) of each row, predicted by a model of the other groups of rows."""
    groups = np.arange(len(logs)) % min(len(logs), MOST_LEFT_OUT)
    found = np.empty(len(logs))
    for group in range(groups.max() + 1):
        asked = groups == group
        found[asked] = make(x[~asked], logs[~asked])(x[asked])
    return found


def _held_out(make: Callable[[Floats, Floats], Predict], x: Floats, logs: Floats) -> Floats:
    """Return absolute errors of ln(amount), each from the other groups."""
    if len(logs) < 2:  # noqa: PLR2004  one to learn from, one to predict
        return np.empty(0)
    errors: Floats = np.abs(left_out_logs(make, x, logs) - logs)
    return errors


@dataclass(frozen=True)
class Line:
    """A constant plus multiples of what is counted; called, it gives ln(amount)."""

    coefficients: Floats
    scale: Floats
    least: float

    def __call__(self, new: Floats) -> Floats:
        """Return ln(amount) of rows, shape (m,)."""
        filled = np.nan_to_num(new)
        amounts = np.hstack([np.ones((len(new), 1)), filled / self.scale]) @ self.coefficients
        logs: Floats = np.log(np.maximum(amounts, self.least))
        return logs


@dataclass(frozen=True)
class Nearest:
    """The weighted geometric mean of the nearest repositories; called, it gives ln(amount)."""

    scaled: Floats
    spread: Floats
    logs: Floats

    def __call__(self, new: Floats) -> Floats:
        """Return ln(amount) of rows, shape (m,)."""
        filled = signed_log(np.nan_to_num(new))
        gaps = (filled[:, None, :] - self.scaled[None, :, :]) / self.spread
        distance = np.sqrt((gaps**2).sum(axis=2))
        rows = np.argsort(distance, axis=1, kind="stable")[:, :NEAREST]
        weights = 1 / (np.take_along_axis(distance, rows, axis=1) + SAME)
        found: Floats = (weights * self.logs[rows]).sum(axis=1) / weights.sum(axis=1)
        return found


def additive(x: Floats, logs: Floats) -> Predict:
    """Return the constant plus multiples of what is counted, fitted to ln(amount)."""
    scale = np.maximum(np.abs(x).max(axis=0), 1e-12)
    design = np.hstack([np.ones((len(x), 1)), x / scale])
    coefficients, _ = nnls(design * np.exp(-logs)[:, None], np.ones(len(x)))
    # A line may pass through 0 between repositories; no command takes a tenth of the least.
    return Line(coefficients, scale, float(np.exp(logs.min())) / 10)


def nearest(x: Floats, logs: Floats) -> Predict:
    """Return the mean of the nearest repositories, on standardised logarithms."""
    scaled = signed_log(x)
    spread = scaled.std(axis=0)
    spread[spread == 0] = 1.0
    return Nearest(scaled, spread, logs)
