"""A recommendation for one context: ranking, expected costs, evidence, and how far it carries."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from sklearn.neighbors import NearestNeighbors

from patterns.learning.recommendation.cases import Contexts, Costs, Floats, Rows
from patterns.learning.recommendation.errors import RecommendationError
from patterns.learning.recommendation.losses import Objective
from patterns.learning.recommendation.model import Effort
from patterns.learning.recommendation.neighbours import index_of, nearby
from patterns.learning.recommendation.ranking import Ranker, fit_ranker
from patterns.learning.recommendation.selection import FEWEST_CONTEXTS, Family
from patterns.learning.recommendation.uncertainty import CostForecast, Expectation, fit_forecast

SHOWN = 5
"""Nearest contexts given as evidence."""

FAR = 0.95
"""Quantile of distances between known contexts beyond which a context is unlike all of them."""


class Evidence(StrEnum):
    """What a recommendation rests on."""

    COMPARABLE = "comparable contexts"
    """Contexts like this one were measured."""
    TOO_FEW = "cold start: too few contexts were measured"
    """The best average variant is named, with no evidence for this context."""
    FAR = "cold start: no measured context is like this one"
    """The best average variant is named, with no evidence for this context."""


@dataclass(frozen=True)
class Neighbour:
    """A context that was measured, and how far it is, in standard deviations of features."""

    context_id: str
    distance: float


@dataclass(frozen=True)
class RankedVariant:
    """One variant's place, and what is expected of it."""

    variant: str
    expected: Expectation | None
    contexts: int
    """In how many contexts it was measured."""


@dataclass(frozen=True)
class Prediction:
    """A recommendation for one context; every figure is predicted, none measured.

    Attributes
    ----------
    ranking : tuple of RankedVariant
        The best first. Variants that were never measured are not in it.
    evidence : Evidence
        Whether there is any for this context.
    model : Family
        Who chose: for a cold start the single best.
    neighbours : tuple of Neighbour
        The nearest contexts that compared variants, nearest first.
    contexts : int
        Comparable contexts that the models were fitted to.
    """

    ranking: tuple[RankedVariant, ...]
    evidence: Evidence
    model: Family
    neighbours: tuple[Neighbour, ...]
    contexts: int

    @property
    def best(self) -> RankedVariant:
        """Return the recommended variant."""
        return self.ranking[0]


@dataclass(frozen=True)
class Recommender:
    """Recommends variants for contexts, from contexts in which variants were measured.

    Examples
    --------
    >>> sizes = np.arange(40.0)
    >>> contexts = Contexts(tuple(f"repo{n:.0f}" for n in sizes), sizes[:, None], ("files",))
    >>> cost = np.stack([np.where(sizes < 20, 1.0, 4.0), np.full(40, 2.0)], axis=1)
    >>> costs = Costs(("default", "fsmonitor"), cost, np.zeros((40, 2), dtype=bool))
    >>> recommender = Recommender.fit(contexts, costs, objective=Objective.RATIO)
    >>> recommender.predict(np.array([3.0])).best.variant
    'default'
    >>> recommender.predict(np.array([35.0])).best.variant
    'fsmonitor'
    """

    variants: tuple[str, ...]
    known: Contexts
    measured: Rows
    ranker: Ranker
    forecast: CostForecast | None
    index: NearestNeighbors | None
    reach: float | None

    @classmethod
    def fit(
        cls,
        contexts: Contexts,
        costs: Costs,
        *,
        objective: Objective = Objective.RATIO,
        effort: Effort | None = None,
    ) -> "Recommender":
        """Return a recommender fitted to a history.

        Parameters
        ----------
        contexts, costs : Contexts and Costs of the same n contexts
            Costs of one machine class. As time / baseline of the same test they are
            comparable between contexts.
        objective : Objective
            Ratio for time / baseline: all contexts count alike. Cost where the dear ones
            should count most.
        effort : Effort or None
            Trees, seed and processors.

        Raises
        ------
        RecommendationError
            Where nothing was measured.
        """
        work = effort or Effort()
        ranker = fit_ranker(contexts, costs, objective=objective, effort=work)
        rows = np.flatnonzero(costs.comparable)
        known = contexts.take(rows)
        features = ranker.preparation(known.features)
        enough = len(rows) > 1 and features.shape[1] > 0
        index = index_of(features) if enough else None
        return cls(
            variants=costs.variants,
            known=known,
            measured=costs.measured.sum(axis=0),
            ranker=ranker,
            forecast=fit_forecast(features, costs.take(rows), work) if enough else None,
            index=index,
            reach=_reach(index) if index is not None else None,
        )

    def predict(self, features: Floats, *, confidence: float = 0.8) -> Prediction:
        """Return the recommendation for one context.

        Parameters
        ----------
        features : ndarray, shape (p,)
            Its features in the order of the fitted contexts; NaN where unknown.
        confidence : float
            Coverage of the intervals, between 0 and 1.
        """
        if features.shape != (len(self.known.names),):
            raise RecommendationError(
                f"the context has {features.size} features, the history {len(self.known.names)}"
            )
        if not 0 < confidence < 1:
            raise RecommendationError(f"confidence must be between 0 and 1, got {confidence}")
        prepared = self.ranker.preparation(features[None, :])
        neighbours = self._neighbours(prepared)
        evidence = self._evidence(neighbours)
        trusted = evidence is Evidence.COMPARABLE
        order = self.ranker.rank(features[None, :])[0] if trusted else self.ranker.average_order()
        expected = self.forecast.expect(prepared, confidence) if self.forecast else None
        return Prediction(
            ranking=tuple(
                RankedVariant(
                    variant=self.variants[column],
                    expected=expected[column] if expected else None,
                    contexts=int(self.measured[column]),
                )
                for column in order
            ),
            evidence=evidence,
            model=self.ranker.family if trusted else Family.SINGLE_BEST,
            neighbours=neighbours[:SHOWN],
            contexts=self.ranker.contexts,
        )

    def averages(self) -> "Recommender":
        """Return the same evidence without models: variants in the order of their averages."""
        chooser = replace(self.ranker.chooser, family=Family.SINGLE_BEST, models={})
        return replace(self, ranker=replace(self.ranker, chooser=chooser), forecast=None)

    def beyond(self, prediction: Prediction) -> bool:
        """Return whether the nearest measured context is farther than they are from each other."""
        near = prediction.neighbours
        return self.reach is None or not near or near[0].distance > self.reach

    def _neighbours(self, prepared: Floats) -> tuple[Neighbour, ...]:
        if self.index is None:
            return ()
        near = nearby(self.index, prepared, SHOWN)
        return tuple(
            Neighbour(self.known.ids[row], float(distance))
            for row, distance in zip(near.rows[0], near.distance[0], strict=True)
        )

    def _evidence(self, neighbours: tuple[Neighbour, ...]) -> Evidence:
        if self.ranker.contexts < FEWEST_CONTEXTS:
            return Evidence.TOO_FEW
        if self.reach is not None and neighbours and neighbours[0].distance > self.reach:
            return Evidence.FAR
        return Evidence.COMPARABLE


def _reach(index: NearestNeighbors) -> float:
    """Return how far the nearest context may be: as it is for 95 % of the known ones."""
    return float(np.quantile(nearby(index, None, 1).distance[:, 0], FAR))
