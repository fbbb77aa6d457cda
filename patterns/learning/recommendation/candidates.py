"""Which variants are worth choosing among, and which is best everywhere."""

import numpy as np

from patterns.learning.recommendation.cases import Floats

MOST = 12
"""Variants models choose among. Every further one of a portfolio adds less and costs a model
for each pair."""

ENOUGH = 1e-9
"""Share of the mean cost below which a further variant adds nothing."""


def mean_cost(cost: Floats) -> Floats:
    """Return each variant's mean over the contexts it was measured in; infinity for none.

    Notes
    -----
    Where not everything was measured, variants are compared after the mean of each context
    is taken out, since an average over easy contexts is no merit.
    """
    known = ~np.isnan(cost)
    count = known.sum(axis=0)
    if known.all():
        means: Floats = cost.mean(axis=0)
        return means
    level = np.nansum(cost, axis=1) / np.maximum(known.sum(axis=1), 1)
    relative = np.where(known, cost - level[:, None], 0.0).sum(axis=0)
    averages: Floats = np.where(count > 0, level.mean() + relative / np.maximum(count, 1), np.inf)
    return averages


def single_best(cost: Floats) -> int:
    """Return the variant of the least mean cost; of exactly equal ones the first."""
    return int(np.argmin(mean_cost(cost)))


def portfolio(cost: Floats, most: int = MOST) -> tuple[int, ...]:
    """Return the variants that together serve all contexts best, added greedily [1]_.

    The single best comes first, then the variant that lowers the mean of the least cost
    most, until nothing is lowered. What was not measured counts as the worst of its context.

    References
    ----------
    .. [1] L. Xu, H. Hoos, K. Leyton-Brown, "Hydra: automatically configuring algorithms for
       portfolio-based selection", AAAI, 2010.
    """
    worst = np.nanmax(cost, axis=1, keepdims=True)
    filled = np.where(np.isnan(cost), worst, cost)
    regret = filled - filled.min(axis=1, keepdims=True)
    chosen = [single_best(cost)]
    least = regret[:, chosen[0]]
    enough = ENOUGH * least.sum()
    while len(chosen) < min(most, cost.shape[1]):
        sums = np.minimum(least[:, None], regret).sum(axis=0)
        best = int(np.argmin(sums))
        if least.sum() - sums[best] <= enough:
            break
        chosen.append(best)
        least = np.minimum(least, regret[:, best])
    return tuple(chosen)
