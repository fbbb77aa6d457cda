"""Ratios of costs, each a sum over what is counted in a repository: it holds beyond sizes seen."""

from dataclasses import dataclass

import numpy as np

from patterns.learning.recommendation.cases import Costs, Floats
from patterns.learning.recommendation.levels import FEWEST, LevelModel, additive, left_out_logs
from patterns.learning.recommendation.uncertainty import Expectation, conformal_width

NAME = "sums of what is counted"


@dataclass(frozen=True)
class CountedModel:
    """Each variant's cost as a constant and multiples of files, commits, branches and so on.

    Attributes
    ----------
    models : tuple of LevelModel or None, length v
        None where a variant was measured in too few repositories.
    base : int
        Column that ratios are against.
    held_out : ndarray, shape (r, v)
        ln(cost / baseline's), each row predicted without it; NaN where it cannot be.
    residuals : tuple of ndarray, length v
        Absolute errors of `held_out` where it was measured.
    """

    models: tuple[LevelModel | None, ...]
    base: int
    held_out: Floats
    residuals: tuple[Floats, ...]

    def logs(self, features: Floats) -> Floats:
        """Return ln(cost / baseline's) of one repository, shape (v,), NaN where unknown."""
        found = np.array(
            [np.nan if one is None else one.predict(features[None, :])[0] for one in self.models]
        )
        relative: Floats = found - found[self.base]
        return relative

    def expect(self, features: Floats, confidence: float) -> tuple[Expectation | None, ...]:
        """Return the expectation of each ratio; None where nothing is known."""
        found: list[Expectation | None] = []
        for log, errors in zip(self.logs(features), self.residuals, strict=True):
            if np.isnan(log):
                found.append(None)
                continue
            width = conformal_width(errors, confidence)
            low = None if width is None else float(log - width)
            high = None if width is None else float(log + width)
            found.append(Expectation(log_cost=float(log), low=low, high=high, success=None))
        return tuple(found)


def fit_counted(features: Floats, ratios: Costs, base_ms: Floats, base: int) -> CountedModel | None:
    """Return the model of costs, or None where the baseline was measured too seldom."""
    amounts = ratios.cost * base_ms[:, None]
    held_out = np.full(amounts.shape, np.nan)
    models: list[LevelModel | None] = []
    for column in range(amounts.shape[1]):
        known = np.isfinite(amounts[:, column]) & (amounts[:, column] > 0)
        if known.sum() < FEWEST:
            models.append(None)
            continue
        x, logs = np.nan_to_num(features[known]), np.log(amounts[known, column])
        held_out[known, column] = left_out_logs(additive, x, logs)
        models.append(LevelModel(NAME, additive(x, logs), np.empty(0), int(known.sum())))
    if models[base] is None:
        return None
    held_out -= held_out[:, [base]]
    true = np.log(ratios.cost)
    errors = np.abs(held_out - true)
    residuals = tuple(column[np.isfinite(column)] for column in errors.T)
    return CountedModel(tuple(models), base, held_out, residuals)


def regret(chosen: Floats, ratios: Costs) -> Floats:
    """Return ln(cost of the chosen / of the best) by context, NaN where it was not measured.

    Parameters
    ----------
    chosen : ndarray of float, shape (r,)
        Columns, NaN where there was no choice.
    """
    rows = np.flatnonzero(np.isfinite(chosen))
    found = np.full(len(chosen), np.nan)
    logs = np.log(ratios.cost[rows])
    found[rows] = logs[np.arange(len(rows)), chosen[rows].astype(int)] - np.nanmin(logs, axis=1)
    return found


def choices(held_out: Floats) -> Floats:
    """Return the column of the least predicted ratio in each row, NaN where there is none."""
    known = np.isfinite(held_out).any(axis=1)
    filled = np.where(np.isfinite(held_out), held_out, np.inf)
    return np.where(known, filled.argmin(axis=1), np.nan)
