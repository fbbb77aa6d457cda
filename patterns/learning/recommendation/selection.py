"""Which model chooses: decided by predictions for contexts that the model had not seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from patterns.learning.recommendation.candidates import mean_cost
from patterns.learning.recommendation.cases import Floats, Rows
from patterns.learning.recommendation.forests import fit_forest, fit_pairwise
from patterns.learning.recommendation.losses import Losses
from patterns.learning.recommendation.model import Effort, LossModel, Training
from patterns.learning.recommendation.neighbours import fit_neighbours
from patterns.learning.recommendation.shrinkage import shrunk, trust

FEWEST_CONTEXTS = 10
"""Comparable contexts below which nothing but the best average is chosen: a cold start."""

MARGIN = 0.2
"""Standard errors of the mean difference to the single best by which another variant has to
be predicted better. The error falls as 1 / √n, so it is the rule of small histories."""

MANY_CONTEXTS = 100
"""Contexts from which on the sign of a held-out gain is believed and families are told apart.
With fewer, held-out choices are too rough a measure, and asking them forgoes up to .08 of the
gap: what protects small histories is the shrinkage of predictions and the margin."""

LEAD = 2.0
"""Standard errors by which one family has to beat the blend of all to replace it [1]_.

.. [1] L. Breiman et al., "Classification and Regression Trees", 1984, section 3.4.3.
"""


class Family(StrEnum):
    """Ways to choose a variant."""

    SINGLE_BEST = "single best"
    NEIGHBOURS = "nearest neighbours"
    FOREST = "forest"
    LOG_FOREST = "forest of logarithms"
    PAIRWISE = "pairwise forests"
    BLEND = "blend"


FITS: Mapping[Family, Callable[[Training, Effort], LossModel]] = {
    Family.NEIGHBOURS: lambda training, effort: fit_neighbours(training, effort.jobs),
    Family.FOREST: lambda training, effort: fit_forest(training, training.target, effort),
    Family.LOG_FOREST: lambda training, effort: fit_forest(training, training.log, effort),
    Family.PAIRWISE: fit_pairwise,
}
"""How each family is fitted; the blend is their weighted mean, as all predict in one unit."""

SHARES: Mapping[Family, float] = dict.fromkeys(FITS, 1.0)
"""What each family weighs in the blend of many contexts."""

SHARES_OF_FEW: Mapping[Family, float] = {Family.FOREST: 1.0, Family.LOG_FOREST: 2.0}
"""The same below `MANY_CONTEXTS`. A few contexts that cost a thousand times the others decide what
is learnt from costs; their logarithms do not follow them."""


@dataclass(frozen=True)
class Gain:
    """What a family gained over the single best on held-out contexts, in units of the losses.

    Attributes
    ----------
    mean : float
        Mean over contexts, where both the model and the single best were found without them.
    error : float
        Standard error of the mean.
    over_blend, over_blend_error : float
        The same against the blend of all families.
    """

    mean: float
    error: float
    over_blend: float
    over_blend_error: float


@dataclass(frozen=True)
class Chooser:
    """The family that was chosen, fitted, with the rule that keeps to the single best.

    Attributes
    ----------
    family : Family
        Who chooses.
    gains : mapping of Family to Gain
        What each family gained when held out; empty for a cold start.
    models : mapping of Family to LossModel
        The fitted models that the family needs.
    shares : mapping of Family to float
        What each of them weighs where they are blended.
    means : ndarray, shape (k,)
        Mean loss of each variant, in its own unit.
    average : ndarray, shape (k,)
        The same in units of the models.
    trust : float
        Share of predicted deviations from the average that is believed.
    margins : ndarray, shape (k,)
        By how much a variant has to be predicted better than the single best, whose own is 0.
    held_out : ndarray, shape (n,), or None
        The choice for each training context by models that had not seen it; None for a cold start.
    """

    family: Family
    gains: Mapping[Family, Gain]
    models: Mapping[Family, LossModel]
    shares: Mapping[Family, float]
    means: Floats
    margins: Floats
    average: Floats
    trust: float
    held_out: Rows | None = None

    def rank(self, features: Floats) -> Rows:
        """Return columns of variants, best first, shape (m, k)."""
        if self.family is Family.SINGLE_BEST:
            order = np.argsort(self.means, kind="stable")
            return np.tile(order, (len(features), 1))
        found = {family: model.predict(features) for family, model in self.models.items()}
        predicted = _blended(found, self.shares)
        believed = shrunk(predicted, self.average, self.trust)
        return _order(believed, self.means, self.margins)


def fit_chooser(features: Floats, losses: Losses, effort: Effort) -> Chooser:
    """Return the family that generalises best, fitted to prepared features and losses.

    Notes
    -----
    This is the inner part of a nested cross-validation: forests are judged by the trees
    that had not seen a context, neighbours by leaving it out. A fold of
    contexts that is predicted from others (the outer part) has no say.
    """
    means = mean_cost(losses.raw)
    average = losses.target.mean(axis=0)
    margins = _margins(losses, int(np.argmin(means)))
    nothing_to_go_by = len(features) < FEWEST_CONTEXTS or features.shape[1] == 0
    if nothing_to_go_by or losses.target.shape[1] < 2:  # noqa: PLR2004  a choice needs two
        return Chooser(Family.SINGLE_BEST, {}, {}, {}, means, margins, average, 0.0)
    training = Training(features, losses.target, losses.log, ~np.isnan(losses.raw))
    shares = SHARES_OF_FEW if len(features) < MANY_CONTEXTS else SHARES
    models = {family: FITS[family](training, effort) for family in shares}
    held_out = {family: model.held_out for family, model in models.items()}
    held_out[Family.BLEND] = _blended(held_out, shares)
    believed = {family: trust(held_out[family], losses.target) for family in held_out}
    chosen = {
        family: _order(shrunk(held_out[family], average, believed[family]), means, margins)[:, 0]
        for family in held_out
    }
    gains = _gains(chosen, losses)
    family = _choice(gains, len(features))
    used = _used(models, family)
    alone = _single_best_without_each(losses.target)
    return Chooser(
        family=family,
        gains=gains,
        models=used,
        shares=dict(shares),
        means=means,
        margins=margins,
        average=average,
        trust=believed.get(family, 0.0),
        held_out=chosen.get(family, alone),
    )


def _used(models: Mapping[Family, LossModel], family: Family) -> Mapping[Family, LossModel]:
    """Return the models that a family asks: the blend all, another its own, or none."""
    if family is Family.BLEND:
        return models
    return {family: models[family]} if family in models else {}


def _blended(predicted: Mapping[Family, Floats], shares: Mapping[Family, float]) -> Floats:
    weights = [shares[family] for family in predicted]
    blended: Floats = np.average(list(predicted.values()), axis=0, weights=weights)
    return blended


def _margins(losses: Losses, best: int) -> Floats:
    """Return the margins: a share of the standard error of each mean difference to the best."""
    difference = losses.target - losses.target[:, [best]]
    if len(difference) < 2:  # noqa: PLR2004  a deviation needs two
        return np.zeros(difference.shape[1])
    spread = np.where(np.isnan(losses.raw), np.nan, difference)
    known = np.maximum((~np.isnan(spread)).sum(axis=0), 1)
    centred = np.nan_to_num(spread - np.nansum(spread, axis=0) / known)
    deviation = np.sqrt((centred**2).sum(axis=0) / np.maximum(known - 1, 1))
    margins: Floats = MARGIN * deviation / np.sqrt(known)
    margins[best] = 0.0
    return margins


def _order(predicted: Floats, means: Floats, margins: Floats) -> Rows:
    """Return columns by predicted loss plus margin; of equal ones, the better average first."""
    ties = np.broadcast_to(np.argsort(np.argsort(means, kind="stable")), predicted.shape)
    return np.lexsort((ties, predicted + margins), axis=1)


def _gains(chosen: Mapping[Family, Rows], losses: Losses) -> dict[Family, Gain]:
    """Return what each family gained over the single best, and over the blend."""
    rows = np.arange(len(losses.target))
    standard = losses.target[rows, _single_best_without_each(losses.target)]
    blend = losses.target[rows, chosen[Family.BLEND]]
    gains = {}
    for family, columns in chosen.items():
        loss = losses.target[rows, columns]
        gains[family] = Gain(*_mean_and_error(standard - loss), *_mean_and_error(blend - loss))
    return gains


def _single_best_without_each(target: Floats) -> Rows:
    """Return, for each context, the single best of all others."""
    best: Rows = np.argmin(target.sum(axis=0) - target, axis=1)
    return best


def _mean_and_error(values: Floats) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def _choice(gains: Mapping[Family, Gain], contexts: int) -> Family:
    """Return who chooses: the blend, a family clearly better, or nobody."""
    if contexts < MANY_CONTEXTS:
        return Family.BLEND
    leads = {
        family: gain.over_blend - LEAD * gain.over_blend_error for family, gain in gains.items()
    }
    best = max(leads, key=leads.__getitem__)
    family = best if leads[best] > 0 else Family.BLEND
    return family if gains[family].mean > 0 else Family.SINGLE_BEST
