"""Histories with a known structure, small enough to fit in a moment."""

import numpy as np
import pytest

from patterns.learning.recommendation import Contexts, Costs, Effort, no_failures

QUICK = Effort(trees=40)


def contexts_of(features, prefix="c"):
    ids = tuple(f"{prefix}{row}" for row in range(len(features)))
    return Contexts(ids, features, tuple(f"f{column}" for column in range(features.shape[1])))


def costs_of(cost, failed=None):
    names = tuple("abcdefghijklmnop"[: cost.shape[1]])
    return Costs(names, cost, no_failures(cost) if failed is None else failed)


@pytest.fixture
def quick():
    return QUICK


@pytest.fixture
def threshold():
    """Return 120 contexts where `a` is best below 0 in the first feature and `b` above."""
    random = np.random.default_rng(7)
    features = random.normal(size=(120, 4))
    small = features[:, 0] < 0
    cost = np.stack([np.where(small, 1.0, 9.0), np.where(small, 9.0, 2.0), np.full(120, 8.0)], 1)
    return contexts_of(features), costs_of(cost * random.uniform(0.9, 1.1, cost.shape))


@pytest.fixture
def noise():
    """Return 150 contexts whose features say nothing about the costs."""
    random = np.random.default_rng(11)
    cost = np.exp(random.normal(size=(150, 3)) + np.array([0.0, 0.6, 0.8]))
    return contexts_of(random.normal(size=(150, 5))), costs_of(cost)
