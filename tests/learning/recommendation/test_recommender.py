"""A prediction names its evidence, how sure it is, and when it knows nothing."""

import numpy as np
import pytest

from patterns.learning.recommendation import (
    Costs,
    Evidence,
    Family,
    Objective,
    RecommendationError,
    Recommender,
    conformal_width,
)
from tests.learning.recommendation.conftest import QUICK, contexts_of, costs_of


def test_evidence_is_the_nearest_contexts_nearest_first(threshold, quick):
    contexts, costs = threshold
    recommender = Recommender.fit(contexts, costs, effort=quick)
    prediction = recommender.predict(contexts.features[17])
    distances = [neighbour.distance for neighbour in prediction.neighbours]
    assert prediction.neighbours[0].context_id == "c17"
    assert distances[0] == pytest.approx(0, abs=1e-6)
    assert distances == sorted(distances)
    assert prediction.evidence is Evidence.COMPARABLE
    assert prediction.contexts == 120


def test_the_best_variant_is_predicted_with_its_cost(threshold, quick):
    contexts, costs = threshold
    recommender = Recommender.fit(contexts, costs, objective=Objective.RATIO, effort=quick)
    best = recommender.predict(np.array([-1.0, 0, 0, 0])).best
    assert best.variant == "a"
    assert best.expected.low <= best.expected.log_cost <= best.expected.high
    assert best.expected.log_cost == pytest.approx(0.0, abs=0.4)
    assert best.contexts == 120


def test_fewer_than_ten_contexts_are_a_cold_start(quick):
    random = np.random.default_rng(0)
    cost = random.uniform(1, 2, size=(9, 2)) + np.array([1.0, 0.0])
    recommender = Recommender.fit(
        contexts_of(random.normal(size=(9, 2))), costs_of(cost), effort=quick
    )
    prediction = recommender.predict(np.zeros(2))
    assert prediction.evidence is Evidence.TOO_FEW
    assert prediction.model is Family.SINGLE_BEST
    assert prediction.best.variant == "b"


def test_one_context_gives_the_best_there_and_says_cold_start(quick):
    recommender = Recommender.fit(contexts_of(np.ones((1, 2))), costs_of(np.array([[3.0, 2.0]])))
    prediction = recommender.predict(np.zeros(2))
    assert prediction.evidence is Evidence.TOO_FEW
    assert prediction.best.variant == "b"
    assert prediction.best.expected is None
    assert prediction.neighbours == ()


def test_a_context_unlike_all_others_is_a_cold_start(threshold, quick):
    contexts, costs = threshold
    recommender = Recommender.fit(contexts, costs, objective=Objective.COST, effort=quick)
    prediction = recommender.predict(np.array([1e6, 1e6, -1e6, 1e6]))
    assert prediction.evidence is Evidence.FAR
    assert prediction.model is Family.SINGLE_BEST
    assert prediction.best.variant == costs.variants[costs.cost.mean(axis=0).argmin()]


def test_intervals_cover_as_often_as_they_say():
    random = np.random.default_rng(21)
    features = random.normal(size=(500, 3))
    logs = features[:, [0, 1]] + random.normal(scale=0.5, size=(500, 2))
    recommender = Recommender.fit(
        contexts_of(features[:200]), costs_of(np.exp(logs[:200])), effort=QUICK
    )
    hits = []
    for row in range(200, 500):
        prediction = recommender.predict(features[row], confidence=0.8)
        for ranked in prediction.ranking:
            value = logs[row, "ab".index(ranked.variant)]
            hits.append(ranked.expected.low <= value <= ranked.expected.high)
    assert np.mean(hits) == pytest.approx(0.8, abs=0.06)


def test_higher_confidence_is_a_wider_interval(threshold, quick):
    contexts, costs = threshold
    recommender = Recommender.fit(contexts, costs, effort=quick)
    wide = recommender.predict(contexts.features[0], confidence=0.95).best.expected
    narrow = recommender.predict(contexts.features[0], confidence=0.5).best.expected
    assert wide.high - wide.low > narrow.high - narrow.low


def test_too_few_residuals_have_no_interval():
    assert conformal_width([1.0, 2.0, 3.0], 0.95) is None


def test_a_failing_variant_has_a_chance_and_no_cost(threshold, quick):
    contexts, costs = threshold
    cost, failed = costs.cost.copy(), np.zeros(costs.cost.shape, dtype=bool)
    cost[:, 2], failed[:, 2] = 100.0, True
    recommender = Recommender.fit(contexts, Costs(costs.variants, cost, failed), effort=quick)
    prediction = recommender.predict(contexts.features[0])
    failing = next(ranked for ranked in prediction.ranking if ranked.variant == "c")
    assert failing.expected.success == pytest.approx(0.0)
    assert failing.expected.log_cost is None
    assert prediction.best.expected.success == pytest.approx(1.0)


def test_without_failures_the_chance_of_success_is_unknown(threshold, quick):
    contexts, costs = threshold
    recommender = Recommender.fit(contexts, costs, effort=quick)
    assert recommender.predict(contexts.features[0]).best.expected.success is None


def test_wrong_number_of_features_is_refused(threshold, quick):
    recommender = Recommender.fit(*threshold, effort=quick)
    with pytest.raises(RecommendationError, match="has 2 features, the history 4"):
        recommender.predict(np.zeros(2))


@pytest.mark.parametrize("confidence", [0.0, 1.0, float("nan")])
def test_impossible_confidence_is_refused(threshold, quick, confidence):
    recommender = Recommender.fit(*threshold, effort=quick)
    with pytest.raises(RecommendationError, match="between 0 and 1"):
        recommender.predict(np.zeros(4), confidence=confidence)


def test_the_same_history_gives_the_same_prediction(threshold, quick):
    asked = np.array([0.1, 0.2, np.nan, 0.4])
    first = Recommender.fit(*threshold, effort=quick).predict(asked)
    assert Recommender.fit(*threshold, effort=quick).predict(asked) == first
