"""Rankings of variants by the features of a context, fitted to contexts that were measured."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patterns.learning.recommendation.candidates import mean_cost, portfolio
from patterns.learning.recommendation.cases import Contexts, Costs, Floats, Rows
from patterns.learning.recommendation.errors import RecommendationError
from patterns.learning.recommendation.losses import Objective, losses_of, minimised
from patterns.learning.recommendation.model import Effort
from patterns.learning.recommendation.preparation import Preparation, prepare
from patterns.learning.recommendation.selection import Chooser, Family, fit_chooser


@dataclass(frozen=True)
class Ranker:
    """Everything that ranks the variants of a context.

    Attributes
    ----------
    chooser : Chooser
        The chosen family, over the candidates.
    candidates : tuple of int
        Columns of the variants that are chosen among.
    others : tuple of int
        Columns of all other measured variants, by mean cost: ranked behind.
    contexts : int
        Comparable contexts it was fitted to.
    """

    preparation: Preparation
    chooser: Chooser
    candidates: tuple[int, ...]
    others: tuple[int, ...]
    contexts: int

    @property
    def family(self) -> Family:
        """Return who chooses."""
        return self.chooser.family

    def rank(self, features: Floats) -> Rows:
        """Return columns of variants, best first, shape (m, measured variants)."""
        first = np.array(self.candidates)[self.chooser.rank(self.preparation(features))]
        rest = np.tile(np.array(self.others, dtype=np.intp), (len(features), 1))
        return np.hstack([first, rest])

    def average_order(self) -> Rows:
        """Return columns of variants by mean cost, whatever the context."""
        by_mean = np.argsort(self.chooser.means, kind="stable")
        return np.array([*(self.candidates[column] for column in by_mean), *self.others])


@dataclass(frozen=True)
class CrossRanking:
    """Rankings where each context's fold had no part in the ranking.

    Attributes
    ----------
    order : list of ndarray or None, length n
        Columns of variants, best first; None where the other folds hold no cost.
    families : dict of fold to Family
        Who chose for the contexts of a fold.
    """

    order: tuple[Rows | None, ...]
    families: dict[str, Family]


def fit_ranker(
    contexts: Contexts,
    costs: Costs,
    *,
    objective: Objective = Objective.COST,
    effort: Effort | None = None,
) -> Ranker:
    """Return a ranker fitted to measured contexts.

    Parameters
    ----------
    contexts, costs : Contexts and Costs of the same n contexts
        Contexts that compare no variants are left out.
    objective : Objective
        Whether expensive contexts count more, or all alike.
    effort : Effort or None
        Trees, seed and processors.

    Raises
    ------
    RecommendationError
        Where nothing was measured.
    """
    if len(contexts) != len(costs):
        raise RecommendationError(f"{len(contexts)} contexts, but costs of {len(costs)}")
    measured = np.flatnonzero(costs.measured.any(axis=0))
    if not len(measured):
        raise RecommendationError(
            "no variant was measured in any of these contexts; measure at least one"
        )
    rows = np.flatnonzero(costs.comparable)
    if not len(rows):
        return _by_average(contexts, costs, measured)
    compared = costs.take(rows)
    raw = minimised(compared.cost[:, measured], objective)
    # In the order of the file, so that exact ties fall to the variant that comes first.
    chosen = sorted(portfolio(raw))
    by_mean = np.argsort(mean_cost(raw), kind="stable")
    preparation = prepare(contexts.features[rows])
    losses = losses_of(compared.of(measured[chosen].tolist()), objective)
    chooser = fit_chooser(preparation(contexts.features[rows]), losses, effort or Effort())
    return Ranker(
        preparation=preparation,
        chooser=chooser,
        candidates=tuple(measured[chosen].tolist()),
        others=tuple(int(measured[place]) for place in by_mean if place not in chosen),
        contexts=len(rows),
    )


def _by_average(contexts: Contexts, costs: Costs, measured: Rows) -> Ranker:
    """Return the order of mean costs, where no context compares variants."""
    means = mean_cost(costs.cost[:, measured])
    zero = np.zeros(len(measured))
    chooser = Chooser(Family.SINGLE_BEST, {}, {}, {}, means, zero, zero, 0.0)
    columns = tuple(measured.tolist())
    return Ranker(prepare(contexts.features), chooser, columns, (), 0)


def cross_rank(
    contexts: Contexts,
    costs: Costs,
    folds: NDArray[np.str_],
    *,
    objective: Objective = Objective.COST,
    effort: Effort | None = None,
) -> CrossRanking:
    """Rank the variants of every context from the contexts of the other folds.

    Parameters
    ----------
    folds : ndarray of str, shape (n,)
        The fold of each context.

    Raises
    ------
    RecommendationError
        Where there is one fold only, or no fold has costs in another one.
    """
    names = np.unique(folds)
    if len(names) < 2:  # noqa: PLR2004  one to learn from, one to predict
        raise RecommendationError(
            "all contexts are in one fold; each fold is predicted from the others, so give two"
        )
    order: list[Rows | None] = [None] * len(contexts)
    families: dict[str, Family] = {}
    for name in names:
        known, asked = np.flatnonzero(folds != name), np.flatnonzero(folds == name)
        if not costs.take(known).measured.any():
            continue
        ranker = fit_ranker(
            contexts.take(known), costs.take(known), objective=objective, effort=effort
        )
        families[str(name)] = ranker.family
        for row, columns in zip(asked, ranker.rank(contexts.features[asked]), strict=True):
            order[row] = columns
    if not families:
        raise RecommendationError(
            "no fold can be predicted: costs are known in at most one fold; measure in two"
        )
    return CrossRanking(tuple(order), families)
