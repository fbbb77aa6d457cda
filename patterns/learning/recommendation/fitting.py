"""The models behind advice: two kinds are fitted, and the one that chose better held out stays."""

from dataclasses import dataclass

import numpy as np

from patterns.learning.recommendation.cases import Floats
from patterns.learning.recommendation.counted import CountedModel, choices, fit_counted, regret
from patterns.learning.recommendation.history import BASELINE, CostHistory
from patterns.learning.recommendation.levels import LevelModel, fit_level
from patterns.learning.recommendation.losses import Objective
from patterns.learning.recommendation.model import Effort
from patterns.learning.recommendation.recommender import Recommender
from patterns.learning.recommendation.workload import WorkloadCosts


@dataclass(frozen=True)
class Fitted:
    """What of an adviser is learned: all of it can be written down and read again."""

    recommender: Recommender
    base: LevelModel | None
    counted: CountedModel | None


def fit_models(history: CostHistory, costs: WorkloadCosts, effort: Effort | None) -> Fitted:
    """Return the models; of forests that will not be asked nothing is kept."""
    recommender = Recommender.fit(
        history.repositories, costs.ratios, objective=Objective.RATIO, effort=effort
    )
    counted = _better(history, costs, recommender)
    base = fit_level(history.repositories.features, costs.base_ms)
    return Fitted(recommender.averages() if counted else recommender, base, counted)


def _better(
    history: CostHistory, costs: WorkloadCosts, recommender: Recommender
) -> CountedModel | None:
    """Return the model of sums where its choices, held out, were at least as good."""
    base = history.variants.index(BASELINE)
    features = history.repositories.features
    counted = fit_counted(features, costs.ratios, costs.base_ms, base)
    if counted is None:
        return None
    rows = np.flatnonzero(costs.ratios.comparable)
    learned = np.full(len(features), np.nan)
    held_out = recommender.ranker.chooser.held_out
    if held_out is None:
        learned[rows] = single_best_of_the_others(np.log(costs.ratios.cost[rows]))
    else:
        learned[rows] = np.array(recommender.ranker.candidates)[held_out]
    theirs, ours = (regret(chosen, costs.ratios) for chosen in (learned, choices(counted.held_out)))
    both = np.isfinite(theirs) & np.isfinite(ours)
    if not both.any() or ours[both].mean() > theirs[both].mean():
        return None
    return counted


def single_best_of_the_others(logs: Floats) -> Floats:
    """Return, for each context, the variant whose mean in all others is least; NaN for one only."""
    known = np.isfinite(logs)
    filled = np.where(known, logs, 0.0)
    counts = known.sum(axis=0) - known
    sums = filled.sum(axis=0) - filled
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    best: Floats = np.where(np.isfinite(means).any(axis=1), means.argmin(axis=1), np.nan)
    return best
