"""What cannot be a history is refused with the reason."""

import numpy as np
import pytest

from patterns.learning.recommendation import Contexts, Costs, RecommendationError, no_failures
from patterns.learning.recommendation.candidates import mean_cost, portfolio, single_best
from patterns.learning.recommendation.preparation import prepare


@pytest.mark.parametrize(
    ("ids", "features", "reason"),
    [
        (("a", "a"), np.zeros((2, 1)), "listed twice"),
        (("a",), np.zeros((2, 1)), "shape"),
        (("a", "b"), np.array([[1.0], [np.inf]]), "infinite"),
    ],
)
def test_impossible_contexts_are_refused(ids, features, reason):
    with pytest.raises(RecommendationError, match=reason):
        Contexts(ids, features, ("f",))


@pytest.mark.parametrize(
    ("names", "cost", "reason"),
    [
        (("a", "a"), np.ones((1, 2)), "listed twice"),
        (("a",), np.ones((1, 2)), "shape"),
        (("a", "b"), np.array([[1.0, -1.0]]), "negative"),
        (("a", "b"), np.array([[1.0, np.inf]]), "infinite"),
    ],
)
def test_impossible_costs_are_refused(names, cost, reason):
    with pytest.raises(RecommendationError, match=reason):
        Costs(names, cost, no_failures(cost))


def test_easy_contexts_are_no_merit_of_who_was_measured_there():
    # b was measured only in the two easy contexts, where a was better.
    cost = np.array([[1.0, 2.0], [1.0, 2.0], [50.0, np.nan], [50.0, np.nan]])
    assert single_best(cost) == 0


def test_a_variant_measured_nowhere_costs_infinitely_much():
    assert mean_cost(np.array([[1.0, np.nan]])).tolist() == [1.0, np.inf]


def test_a_portfolio_leaves_out_what_is_never_needed():
    cost = np.array([[1.0, 9.0, 8.0], [9.0, 1.0, 8.0], [1.0, 9.0, 8.0]])
    assert portfolio(cost) == (0, 1)


def test_a_portfolio_is_bounded():
    cost = 1 - np.eye(30)
    assert len(portfolio(cost, most=12)) == 12


def test_unknown_features_are_told_apart_from_their_filling():
    features = np.array([[1.0], [2.0], [np.nan], [3.0]])
    prepared = prepare(features)(np.array([[2.0], [np.nan]]))
    assert prepared.shape == (2, 2)
    assert prepared[0, 0] == prepared[1, 0]
    assert prepared[:, 1].tolist() == [0.0, 1.0]
