"""Rankings follow the features where they tell something, and the single best elsewhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patterns.learning.recommendation import (
    Costs,
    Effort,
    Family,
    Objective,
    RecommendationError,
    cross_rank,
    fit_ranker,
    no_failures,
    selection,
)
from tests.learning.recommendation.conftest import QUICK, contexts_of, costs_of


def regret(costs, columns):
    rows = np.arange(len(costs))
    return float((costs.cost[rows, columns] - costs.cost.min(axis=1)).mean())


def test_features_that_decide_are_followed(threshold, quick):
    contexts, costs = threshold
    ranker = fit_ranker(contexts, costs, effort=quick)
    chosen = ranker.rank(np.array([[-2.0, 0, 0, 0], [2.0, 0, 0, 0]]))[:, 0]
    assert [costs.variants[column] for column in chosen] == ["a", "b"]


def test_single_best_when_features_are_noise(noise, quick):
    contexts, costs = noise
    ranker = fit_ranker(contexts, costs, effort=quick)
    chosen = ranker.rank(contexts_of(np.random.default_rng(3).normal(size=(300, 5))).features)[:, 0]
    best = costs.cost.mean(axis=0).argmin()
    assert (chosen == best).mean() > 0.9


def lost_to_noise():
    """Return the mean share of the room that 25 contexts with meaningless features cost."""
    lost = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        cost = np.exp(random.normal(size=(400, 3)) + np.array([0.0, 0.8, 1.0]))
        features = random.normal(size=(400, 4))
        ranker = fit_ranker(contexts_of(features[:25]), costs_of(cost[:25]), effort=QUICK)
        rest = cost[25:]
        single = rest[:, cost[:25].mean(axis=0).argmin()].mean()
        ours = rest[np.arange(len(rest)), ranker.rank(features[25:])[:, 0]].mean()
        lost.append((ours - single) / (single - rest.min(axis=1).mean()))
    return np.mean(lost)


def test_shrinkage_and_margin_save_most_of_what_noise_costs(monkeypatch):
    guarded = lost_to_noise()
    monkeypatch.setattr(selection, "trust", lambda *_: 1.0)
    monkeypatch.setattr(selection, "MARGIN", 0.0)
    assert 0 <= guarded < 0.5 * lost_to_noise()


@pytest.mark.parametrize("objective", list(Objective))
def test_the_unit_of_costs_changes_nothing(threshold, quick, objective):
    contexts, costs = threshold
    # A power of two changes no digit, so that not even a tie can fall otherwise.
    scaled = Costs(costs.variants, costs.cost * 1024, costs.failed)
    asked = np.random.default_rng(5).normal(size=(50, 4))
    first = fit_ranker(contexts, costs, objective=objective, effort=quick).rank(asked)
    second = fit_ranker(contexts, scaled, objective=objective, effort=quick).rank(asked)
    assert (first == second).all()


def test_ratios_do_not_change_with_the_size_of_a_context(threshold, quick):
    contexts, costs = threshold
    random = np.random.default_rng(2)
    factor = np.exp(random.normal(size=(len(costs), 1)))
    scaled = Costs(costs.variants, costs.cost * factor, costs.failed)
    ranker = fit_ranker(contexts, scaled, objective=Objective.RATIO, effort=quick)
    chosen = ranker.rank(np.array([[-1.0, 0, 0, 0], [1.0, 0, 0, 0]]))[:, 0]
    assert chosen.tolist() == [0, 1]


def test_the_order_of_contexts_hardly_matters(threshold, quick):
    contexts, costs = threshold
    asked = np.random.default_rng(5).normal(size=(200, 4))
    order = np.random.default_rng(1).permutation(len(contexts))
    first = fit_ranker(contexts, costs, effort=quick).rank(asked)[:, 0]
    second = fit_ranker(contexts.take(order), costs.take(order), effort=quick).rank(asked)[:, 0]
    # Trees draw rows by place, so contexts next to the threshold may fall otherwise.
    assert (first == second).mean() > 0.95


def test_names_of_contexts_and_features_say_nothing(threshold, quick):
    contexts, costs = threshold
    renamed = type(contexts)(
        tuple(f"best-is-a-{row}" for row in range(len(contexts))),
        contexts.features,
        ("w", "x", "y", "z"),
    )
    asked = np.random.default_rng(5).normal(size=(50, 4))
    first = fit_ranker(contexts, costs, effort=quick).rank(asked)
    assert (fit_ranker(renamed, costs, effort=quick).rank(asked) == first).all()


def test_exact_ties_fall_to_the_first_variant(quick):
    features = np.random.default_rng(0).normal(size=(30, 3))
    ranker = fit_ranker(contexts_of(features), costs_of(np.full((30, 3), 4.0)), effort=quick)
    assert ranker.family is Family.SINGLE_BEST
    assert ranker.rank(features)[:, 0].tolist() == [0] * 30


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_missing_features_and_costs_are_survived(threshold, quick, share):
    contexts, costs = threshold
    random = np.random.default_rng(9)
    features = np.where(random.random(contexts.features.shape) < share, np.nan, contexts.features)
    features[:, 0] = contexts.features[:, 0]
    cost = np.where(random.random(costs.cost.shape) < share, np.nan, costs.cost)
    ranker = fit_ranker(contexts_of(features), costs_of(cost), effort=quick)
    chosen = ranker.rank(np.array([[-2.0, np.nan, 0, 0], [2.0, 0, np.nan, 0]]))[:, 0]
    assert chosen.tolist() == [0, 1]


def test_a_feature_known_nowhere_is_left_out(threshold, quick):
    contexts, costs = threshold
    features = np.hstack([contexts.features, np.full((len(contexts), 1), np.nan)])
    ranker = fit_ranker(contexts_of(features), costs, effort=quick)
    assert ranker.rank(np.array([[2.0, 0, 0, 0, 5.0]]))[0, 0] == 1


def test_constant_features_leave_the_single_best(quick):
    random = np.random.default_rng(0)
    cost = random.uniform(1, 2, size=(40, 2)) + np.array([1.0, 0.0])
    ranker = fit_ranker(contexts_of(np.ones((40, 3))), costs_of(cost), effort=quick)
    assert ranker.family is Family.SINGLE_BEST
    assert ranker.rank(np.ones((1, 3)))[0].tolist() == [1, 0]


def test_a_variant_that_always_fails_is_never_first(threshold, quick):
    contexts, costs = threshold
    cost, failed = costs.cost.copy(), np.zeros(costs.cost.shape, dtype=bool)
    cost[:, 2], failed[:, 2] = 100.0, True
    ranker = fit_ranker(contexts, Costs(costs.variants, cost, failed), effort=quick)
    asked = np.random.default_rng(5).normal(size=(100, 4)) * 3
    assert 2 not in ranker.rank(asked)[:, 0]
    assert (ranker.rank(asked)[:, -1] == 2).all()


def test_a_variant_that_was_never_measured_is_not_ranked(threshold, quick):
    contexts, costs = threshold
    cost = np.hstack([costs.cost, np.full((len(costs), 1), np.nan)])
    ranker = fit_ranker(contexts, costs_of(cost), effort=quick)
    assert 3 not in ranker.rank(contexts.features)


def test_contexts_that_no_variant_solves_change_nothing(threshold, quick):
    contexts, costs = threshold
    hopeless = np.random.default_rng(8).normal(size=(30, 4))
    more = contexts_of(np.vstack([contexts.features, hopeless]))
    cost = np.vstack([costs.cost, np.full((30, 3), 100.0)])
    failed = np.vstack([costs.failed, np.ones((30, 3), dtype=bool)])
    asked = np.random.default_rng(5).normal(size=(60, 4))
    first = fit_ranker(contexts, costs, effort=quick).rank(asked)
    second = fit_ranker(more, Costs(costs.variants, cost, failed), effort=quick).rank(asked)
    assert (first == second).all()


def test_one_context_is_a_cold_start(quick):
    ranker = fit_ranker(
        contexts_of(np.ones((1, 2))), costs_of(np.array([[3.0, 2.0]])), effort=quick
    )
    assert ranker.family is Family.SINGLE_BEST
    assert ranker.rank(np.zeros((2, 2)))[:, 0].tolist() == [1, 1]


def test_a_history_without_costs_is_refused():
    with pytest.raises(RecommendationError, match="no variant was measured"):
        fit_ranker(contexts_of(np.ones((3, 2))), costs_of(np.full((3, 2), np.nan)))


def test_the_same_seed_gives_the_same_ranking_on_any_number_of_processors(threshold):
    contexts, costs = threshold
    asked = np.random.default_rng(5).normal(size=(80, 4))
    first = fit_ranker(contexts, costs, effort=Effort(trees=40, jobs=1)).rank(asked)
    second = fit_ranker(contexts, costs, effort=Effort(trees=40, jobs=2)).rank(asked)
    assert (first == second).all()


@settings(max_examples=25, deadline=None)
@given(
    contexts=st.integers(1, 14),
    variants=st.integers(1, 4),
    seed=st.integers(0, 10_000),
    unknown=st.floats(0, 0.6),
)
def test_any_small_history_ranks_each_measured_variant_once(contexts, variants, seed, unknown):
    random = np.random.default_rng(seed)
    cost = np.round(random.exponential(size=(contexts, variants)), 1)
    cost[random.random(cost.shape) < unknown] = np.nan
    cost[0] = 1.0
    features = np.round(random.normal(size=(contexts, 2)))
    features[random.random(features.shape) < unknown] = np.nan
    ranker = fit_ranker(contexts_of(features), costs_of(cost), effort=Effort(trees=15))
    for order in ranker.rank(np.vstack([features, [[np.nan, 1e9]]])):
        assert sorted(order.tolist()) == list(range(variants))


def test_a_fold_is_ranked_without_its_own_costs(threshold, quick):
    contexts, costs = threshold
    folds = np.array(["1", "2"] * 60)
    other = costs.cost.copy()
    other[folds == "1"] = np.random.default_rng(4).uniform(1, 9, size=(60, 3))
    first = cross_rank(contexts, costs, folds, effort=quick)
    changed = Costs(costs.variants, other, no_failures(other))
    second = cross_rank(contexts, changed, folds, effort=quick)
    same = [
        (one == two).all()
        for one, two, fold in zip(first.order, second.order, folds, strict=True)
        if fold == "1"
    ]
    assert all(same)


def test_cross_ranking_closes_most_of_the_gap(threshold, quick):
    contexts, costs = threshold
    ranking = cross_rank(
        contexts, costs, np.array([str(row % 5) for row in range(120)]), effort=quick
    )
    ours = regret(costs, np.array([order[0] for order in ranking.order]))
    single = regret(costs, np.full(120, costs.cost.mean(axis=0).argmin()))
    assert ours < 0.2 * single


def test_one_fold_is_refused(threshold):
    contexts, costs = threshold
    with pytest.raises(RecommendationError, match="one fold"):
        cross_rank(contexts, costs, np.array(["1"] * 120))


def test_a_fold_without_costs_elsewhere_is_not_ranked(threshold, quick):
    contexts, costs = threshold
    folds = np.array(["1"] * 60 + ["2"] * 60)
    cost = costs.cost.copy()
    cost[:60] = np.nan
    ranking = cross_rank(contexts, costs_of(cost), folds, effort=quick)
    assert all(order is not None for order in ranking.order[:60])
    assert all(order is None for order in ranking.order[60:])
