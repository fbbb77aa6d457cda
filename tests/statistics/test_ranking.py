"""Winner, leaders and means."""

import math
from itertools import combinations

import numpy as np
import pytest

from patterns.statistics.comparison import compare
from patterns.statistics.ranking import (
    Ranking,
    confidence_best,
    geometric_mean,
    leaders,
    overall,
)
from patterns.statistics.verdict import judge

NAMES = ["git", "git-worktrees", "jujutsu"]


def measured(*factors, rounds=20, noise=0.01, seed=1):
    rng = np.random.default_rng(seed)
    drift = rng.lognormal(sigma=0.1, size=(rounds, 1))
    return 50 * np.array(factors) * drift * rng.lognormal(sigma=noise, size=(rounds, len(factors)))


def judged(rounds, names=NAMES):
    pairs = list(combinations(range(len(names)), 2))
    family = judge([compare(rounds[:, a], rounds[:, b], paired=True) for a, b in pairs], 0.05, 2.0)
    return {(names[a], names[b]): one for (a, b), one in zip(pairs, family, strict=True)}


def test_winner_is_faster_than_every_rival():
    ranking = leaders(NAMES, judged(measured(1.0, 1.3, 0.5)))
    assert ranking == Ranking("jujutsu", "jujutsu", ("jujutsu",))


def test_two_that_cannot_be_told_apart_lead_without_a_winner():
    ranking = leaders(NAMES, judged(measured(1.0, 1.0, 3.1)))
    assert ranking.winner is None
    assert ranking.leaders == ("git", "git-worktrees")
    assert ranking.best in ranking.leaders


def test_direction_of_a_pair_does_not_matter():
    rounds = measured(1.0, 1.3, 0.5)
    turned = judged(rounds[:, ::-1], NAMES[::-1])
    assert leaders(NAMES, turned) == leaders(NAMES, judged(rounds))


def test_a_variant_without_data_is_no_rival_and_no_leader():
    rounds = measured(1.0, 1.3, 0.5)
    rounds[:, 2] = math.nan
    assert leaders(NAMES, judged(rounds)) == Ranking("git", "git", ("git",))


def test_too_few_rounds_name_no_winner():
    ranking = leaders(NAMES, judged(measured(1.0, 2.0, 4.0, rounds=5)))
    assert (ranking.winner, ranking.best, ranking.leaders) == (None, "git", tuple(NAMES))


def test_a_missing_pair_keeps_the_winner_unknown():
    pairs = judged(measured(1.0, 1.3, 0.5))
    del pairs["git", "jujutsu"]
    assert leaders(NAMES, pairs).winner is None


def test_nothing_measured_has_no_leaders():
    assert leaders(NAMES, {}) == Ranking(None, None, ())
    assert leaders(["git"], {}) == Ranking(None, None, ())


def test_confidence_is_high_for_a_clear_leader_and_shared_by_equals():
    rng = np.random.default_rng(5)
    assert confidence_best(measured(1.0, 1.3, 0.5), 2, rng) == 1.0
    assert confidence_best(measured(1.0, 1.3, 0.5), 0, rng) == 0.0
    same = np.tile(measured(1.0), (1, 2))
    assert confidence_best(same, 0, rng) == 0.5


def test_confidence_is_of_the_paired_rounds():
    # a drift of 100 % between rounds hides a steady 3 % from unpaired resampling
    rounds = measured(1.0, 1.03, noise=0.005) * np.linspace(1, 2, 20)[:, np.newaxis]
    assert confidence_best(rounds, 0, np.random.default_rng(1)) > 0.99


def test_confidence_is_reproducible_and_shares_sum_to_one():
    rounds = measured(1.0, 1.001, 1.002, noise=0.02)
    shares = [confidence_best(rounds, at, np.random.default_rng(7)) for at in range(3)]
    assert sum(shares) == pytest.approx(1.0)
    assert confidence_best(rounds, 0, np.random.default_rng(7)) == shares[0]


def test_confidence_is_unknown_without_rounds_or_rivals():
    rng = np.random.default_rng(1)
    assert confidence_best(measured(1.0, 2.0, rounds=1), 0, rng) is None
    assert confidence_best(measured(1.0), 0, rng) is None
    assert confidence_best(np.full((5, 2), math.nan), 0, rng) is None
    with pytest.raises(ValueError, match="matrix"):
        confidence_best(np.ones(3), 0, rng)


def test_geometric_mean_counts_what_it_used():
    mean = geometric_mean([2.0, 8.0, math.nan])
    assert (mean.value, mean.n) == (pytest.approx(4.0), 2)
    assert geometric_mean([math.nan, 0.0]) is None


def test_geometric_mean_of_inverted_ratios_is_inverted():
    ratios = np.array([0.3, 2.0, 5.0])
    assert geometric_mean(1 / ratios).value == pytest.approx(1 / geometric_mean(ratios).value)


def test_overall_winner_wins_over_tests_of_any_length():
    lengths = np.array([1, 10, 100, 1000, 5, 50, 500, 2, 20, 200.0])[:, np.newaxis]
    per_test = lengths * np.array([1.0, 1.4, 0.6]) * measured(1, 1, 1, rounds=10, noise=0.1)
    assert overall(NAMES, per_test).winner == "jujutsu"


def test_few_tests_have_no_overall_winner():
    per_test = measured(1.0, 1.4, 0.6, rounds=6)  # three pairs need seven
    assert overall(NAMES, per_test).winner is None
