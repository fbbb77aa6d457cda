"""Optimal partitioning is exact."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from patterns.learning.change_points.partition import partition

PENALTY = 6.0
SHORTEST = 2


def cost(values, bounds):
    edges = (0, *bounds, len(values))
    squares = sum(
        float(np.sum((values[low:high] - values[low:high].mean()) ** 2))
        for low, high in pairwise(edges)
    )
    return squares + PENALTY * len(bounds)


def allowed(n):
    for count in range(4):
        for bounds in combinations(range(SHORTEST, n - SHORTEST + 1), count):
            edges = (0, *bounds, n)
            if min(np.diff(edges)) >= SHORTEST:
                yield bounds


@pytest.mark.parametrize("seed", range(5))
def test_no_partition_costs_less(seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=12) + 4.0 * (np.arange(12) >= 7)
    best = partition(values, penalty=PENALTY, shortest=SHORTEST)
    assert cost(values, best) <= min(cost(values, bounds) for bounds in allowed(12)) + 1e-9


def test_no_level_is_shorter_than_asked():
    values = np.random.default_rng(0).normal(size=200)
    bounds = partition(values, penalty=0.1, shortest=7)
    assert min(np.diff((0, *bounds, 200))) >= 7
