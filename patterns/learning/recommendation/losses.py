"""From costs to what the models predict: by how much a variant is worse than the others here."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from patterns.learning.recommendation.cases import Costs, Flags, Floats

NOTHING = 3e-5
"""Share of the largest cost that is as good as nothing in logarithms: one second of a ten-fold
penalty for an hour, or 1 ms of half a minute."""

SWEEPS = 20
"""Rounds of filling in costs that were not measured; they change by less than 1e-3 then."""


class Objective(StrEnum):
    """What a good choice makes small, on average over contexts."""

    COST = "cost"
    """The cost itself, so that expensive contexts count most."""
    RATIO = "ratio"
    """The logarithm of the cost, so that all contexts count alike: for time / baseline."""


@dataclass(frozen=True)
class Losses:
    """Losses of n contexts × k variants, each context's mean taken out, in units of their spread.

    Attributes
    ----------
    target : ndarray, shape (n, k)
        What is minimised. Not measured cells hold what the variant's average suggests.
    log : ndarray, shape (n, k)
        The same for logarithms, from which forests learn the order of small costs.
    raw : ndarray, shape (n, k)
        What is minimised in its own unit, NaN where not measured.
    unit : float
        What 1 in `target` is in the unit of `raw`.
    """

    target: Floats
    log: Floats
    raw: Floats
    unit: float


def losses_of(costs: Costs, objective: Objective) -> Losses:
    """Return the losses of costs; contexts that compare nothing must have been left out."""
    raw = minimised(costs.cost, objective)
    target, unit = _standardised(raw)
    return Losses(target=target, log=_standardised(logarithms(costs.cost))[0], raw=raw, unit=unit)


def minimised(cost: Floats, objective: Objective) -> Floats:
    """Return what the objective makes small."""
    return cost if objective is Objective.COST else logarithms(cost)


def logarithms(cost: Floats) -> Floats:
    """Return ln(cost), with a floor so that 0 has one; a factor on all costs only shifts it."""
    largest = np.nanmax(cost, initial=0.0)
    floor = NOTHING * largest if largest > 0 else 1.0
    logs: Floats = np.log(cost + floor)
    return logs


def _standardised(raw: Floats) -> tuple[Floats, float]:
    known = ~np.isnan(raw)
    centred = _centred(raw, known)
    spread = float(centred[known].std())
    unit = spread if spread > 0 else 1.0
    return centred / unit, unit


def _centred(raw: Floats, known: Flags) -> Floats:
    """Return raw − mean of its context, where cells that are not known are row + column effects."""
    filled = np.where(known, raw, 0.0)
    rows = filled.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    columns = np.zeros(raw.shape[1])
    for _ in range(0 if known.all() else SWEEPS):
        rest = np.where(known, raw - rows[:, None], 0.0)
        columns = rest.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        rest = np.where(known, raw - columns, 0.0)
        rows = rest.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    whole = np.where(known, raw, rows[:, None] + columns)
    centred: Floats = whole - whole.mean(axis=1, keepdims=True)
    return centred
