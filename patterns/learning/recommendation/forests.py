"""Losses from forests: of all variants at once, and of each pair weighted by what is at stake."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor

from patterns.learning.recommendation.cases import Floats
from patterns.learning.recommendation.model import Effort, Training

LEAF = 2
"""Contexts a leaf has at least: with 1, a tree repeats the noise of single contexts."""

SHARE_OF_FEATURES = 0.5
"""Features looked at for a split: fewer make trees differ more, more make each better."""

LARGEST_SAMPLE = 4_000
"""Contexts a tree sees at most; with a hundred thousand, a forest still takes seconds."""

FEWEST_TREES_OF_A_PAIR = 40
"""So few still give every context about fifteen trees that have not seen it."""


@dataclass(frozen=True)
class ForestModel:
    """Extremely randomised trees [1]_ that predict the losses of all variants together.

    Splits serve every variant, so a tree is a partition of the contexts, and a context's
    losses are those of its own part.

    References
    ----------
    .. [1] P. Geurts, D. Ernst, L. Wehenkel, "Extremely randomized trees", Machine Learning
       63(1), 2006.
    """

    forest: ExtraTreesRegressor
    held_out: Floats

    def predict(self, features: Floats) -> Floats:
        """Return predicted losses."""
        return _columns(self.forest.predict(features))


@dataclass(frozen=True)
class PairwiseModel:
    """One forest per pair of variants that votes for the better, weighted by cost [1]_.

    The mean vote of a pair is P(better), weighted by what is at stake; times the mean
    stake it is the expected difference, so that votes and losses have one unit.

    References
    ----------
    .. [1] L. Xu, F. Hutter, H. Hoos, K. Leyton-Brown, "Hydra-MIP: automated algorithm
       configuration and selection for mixed integer programming", RCRA, 2011.
    """

    pairs: tuple["_Pair", ...]
    variants: int
    held_out: Floats

    def predict(self, features: Floats) -> Floats:
        """Return predicted losses."""
        votes = {(one.first, one.second): one.predict(features) for one in self.pairs}
        return _losses_of_votes(votes, len(features), self.variants)


@dataclass(frozen=True)
class _Pair:
    first: int
    second: int
    forest: ExtraTreesRegressor
    stake: float

    def predict(self, features: Floats) -> Floats:
        return _columns(self.forest.predict(features))[:, 0] * self.stake


def fit_forest(training: Training, losses: Floats, effort: Effort) -> ForestModel:
    """Return the forest of all variants for the given losses."""
    forest = _grow(training.features, losses, effort, effort.trees, None)
    return ForestModel(forest, _out_of_bag(forest, training.features, losses.mean(axis=0)))


def fit_pairwise(training: Training, effort: Effort) -> PairwiseModel:
    """Return the pairwise forests; a pair that never differed needs none."""
    count = training.target.shape[1]
    number = max(count * (count - 1) // 2, 1)
    trees = min(effort.trees, max(FEWEST_TREES_OF_A_PAIR, 4 * effort.trees // number))
    pairs: list[_Pair] = []
    votes: dict[tuple[int, int], Floats] = {}
    for first, second in combinations(range(count), 2):
        difference = training.target[:, second] - training.target[:, first]
        known = training.measured[:, first] & training.measured[:, second]
        stakes = np.where(known, np.abs(difference), 0.0)
        stake = float(stakes[known].mean()) if known.any() else 0.0
        if stake <= 0:
            continue
        forest = _grow(
            training.features, np.sign(difference)[:, None], effort, trees, stakes / stake
        )
        fallback = np.array([(difference * known).sum() / stakes.sum()])
        pairs.append(_Pair(first, second, forest, stake))
        votes[first, second] = _out_of_bag(forest, training.features, fallback)[:, 0] * stake
    held_out = _losses_of_votes(votes, len(training.target), count)
    return PairwiseModel(tuple(pairs), count, held_out)


def _losses_of_votes(
    votes: Mapping[tuple[int, int], Floats], contexts: int, variants: int
) -> Floats:
    losses = np.zeros((contexts, variants))
    for (first, second), advantage in votes.items():
        losses[:, first] -= advantage / variants
        losses[:, second] += advantage / variants
    return losses


def _grow(
    features: Floats, losses: Floats, effort: Effort, trees: int, weights: Floats | None
) -> ExtraTreesRegressor:
    sample = min(len(features), LARGEST_SAMPLE)
    forest = ExtraTreesRegressor(
        n_estimators=trees,
        min_samples_leaf=LEAF,
        max_features=SHARE_OF_FEATURES,
        bootstrap=True,
        max_samples=sample,
        random_state=effort.seed,
        n_jobs=effort.jobs,
    )
    return forest.fit(features, losses if losses.shape[1] > 1 else losses[:, 0], weights)


def _out_of_bag(forest: ExtraTreesRegressor, features: Floats, fallback: Floats) -> Floats:
    """Return the mean prediction of the trees that had not seen a context [1]_.

    scikit-learn's own estimate warns where every tree has seen a context and says 0 then.

    References
    ----------
    .. [1] L. Breiman, "Out-of-bag estimation", 1996.
    """
    total = np.zeros((len(features), len(fallback)))
    trees = np.zeros(len(features))
    for tree, seen in zip(forest.estimators_, forest.estimators_samples_, strict=True):
        rest = np.ones(len(features), dtype=np.bool_)
        rest[seen] = False
        if rest.any():
            total[rest] += _columns(tree.predict(features[rest]))
            trees += rest
    mean: Floats = total / np.maximum(trees, 1)[:, None]
    return np.where((trees > 0)[:, None], mean, fallback)


def _columns(predicted: Any) -> Floats:  # noqa: ANN401  what scikit-learn returns is untyped
    values = np.asarray(predicted, dtype=np.float64)
    return values[:, None] if values.ndim == 1 else values
