"""Expected logarithm of a cost with an interval, and the chance of success, by variant."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from patterns.learning.recommendation.cases import Costs, Flags, Floats
from patterns.learning.recommendation.forests import ForestModel, fit_forest
from patterns.learning.recommendation.losses import logarithms
from patterns.learning.recommendation.model import Effort, Training

OWN_RESIDUALS = 20
"""Held-out residuals from which on a variant's interval is its own; below, all variants' count."""


@dataclass(frozen=True)
class Expectation:
    """What is expected of one variant in one context; None is unknown.

    Attributes
    ----------
    log_cost : float or None
        Expected ln(cost), given success.
    low, high : float or None
        Interval of ln(cost) at the confidence asked for; None with too few residuals for it.
    success : float or None
        Chance of success; None where the history knows no failure.
    """

    log_cost: float | None
    low: float | None
    high: float | None
    success: float | None


@dataclass(frozen=True)
class CostForecast:
    """Forests of ln(cost) and of success, with the residuals they had on held-out contexts."""

    costs: ForestModel
    successes: ForestModel | None
    residuals: tuple[Floats, ...]

    def expect(self, features: Floats, confidence: float) -> tuple[Expectation, ...]:
        """Return the expectation of each variant for one context of prepared features (1, p)."""
        logs = self.costs.predict(features)[0]
        chances = self.successes.predict(features)[0] if self.successes else None
        return tuple(
            self._expectation(
                variant,
                float(log),
                confidence,
                None if chances is None else float(chances[variant]),
            )
            for variant, log in enumerate(logs)
        )

    def _expectation(
        self, variant: int, log: float, confidence: float, success: float | None
    ) -> Expectation:
        own = self.residuals[variant]
        if not len(own):
            return Expectation(None, None, None, success)
        used = own if len(own) >= OWN_RESIDUALS else np.concatenate(self.residuals)
        width = conformal_width(used, confidence)
        if width is None:
            return Expectation(log, None, None, success)
        return Expectation(log, log - width, log + width, success)


def fit_forecast(features: Floats, costs: Costs, effort: Effort) -> CostForecast:
    """Return the forecast of costs fitted to prepared features.

    Notes
    -----
    A failed run's time says only that it was longer; it is left to the success model, and
    the cost model gets what the averages of its context and variant suggest.
    """
    known = costs.measured & ~costs.failed
    logs = _completed(logarithms(np.where(known, costs.cost, np.nan)), known)
    training = Training(features, logs, logs, known)
    model = fit_forest(training, logs, effort)
    residuals = tuple(
        np.abs(logs[rows, variant] - model.held_out[rows, variant])
        for variant, rows in enumerate(known.T)
    )
    return CostForecast(model, _success_model(training, costs, effort), residuals)


def conformal_width(residuals: Sequence[float] | Floats, confidence: float) -> float | None:
    """Return the half width of an interval that covers a new value with at least `confidence`.

    Parameters
    ----------
    residuals : sequence of float
        Absolute errors on held-out contexts, exchangeable with the new one.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    width : float or None
        The ⌈(n + 1) confidence⌉-th smallest residual [1]_; None where n is smaller than that.

    References
    ----------
    .. [1] J. Lei et al., "Distribution-free predictive inference for regression", JASA 2018.

    Examples
    --------
    >>> conformal_width([3.0, 1.0, 2.0, 4.0], 0.8)
    4.0
    >>> conformal_width([1.0, 2.0], 0.8) is None
    True
    """
    ordered = np.sort(np.asarray(residuals, dtype=np.float64))
    # Without the rounding, (4 + 1) × .8 would be a little above 4.
    place = int(np.ceil(np.round((len(ordered) + 1) * confidence, 9)))
    return float(ordered[place - 1]) if 0 < place <= len(ordered) else None


def _success_model(training: Training, costs: Costs, effort: Effort) -> ForestModel | None:
    if not (costs.failed & costs.measured).any():
        return None
    success = np.where(costs.measured, ~costs.failed, np.nan).astype(np.float64)
    counts = costs.measured.sum(axis=0)
    rates = np.nansum(success, axis=0) / np.maximum(counts, 1)
    return fit_forest(training, np.where(costs.measured, success, rates), effort)


def _completed(logs: Floats, known: Flags) -> Floats:
    """Return logarithms where unknown cells hold row mean + column effect."""
    overall = float(logs[known].mean()) if known.any() else 0.0
    rows = np.where(known, logs, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    rows = np.where(known.any(axis=1), rows, overall)
    rest = np.where(known, logs - rows[:, None], 0.0)
    columns = rest.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(known, logs, rows[:, None] + columns)
