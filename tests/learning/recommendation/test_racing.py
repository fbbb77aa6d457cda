"""Races that end as soon as the evidence is there."""

import numpy as np
import pytest

from patterns.learning.recommendation.racing import Race


def _run(means: dict[str, float], noise: float, seed: int, most: int = 60) -> Race:
    random = np.random.default_rng(seed)
    race = Race(tuple(means))
    while not race.decided and race.rounds < most:
        drift = random.normal(0, 0.3)  # what a round has in common falls out of the ratios
        race.add(
            {name: means[name] * np.exp(drift + random.normal(0, noise)) for name in race.alive}
        )
    return race


def test_clear_difference_needs_few_rounds() -> None:
    race = _run({"git": 10.0, "git+x": 7.0}, 0.05, seed=0)
    assert (race.best, race.decided, race.rounds) == ("git+x", True, 7)


def test_of_equals_the_one_in_use_stays() -> None:
    race = _run({"git": 10.0, "git+x": 10.05}, 0.01, seed=1)
    assert (race.best, race.decided) == ("git", True)


def test_best_is_rarely_sent_home() -> None:
    races = [_run({"a": 10.0, "b": 9.2, "c": 10.5}, 0.1, seed) for seed in range(60)]
    wrong = sum("b" not in race.alive for race in races)
    assert wrong / len(races) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / len(races))
    assert sum(race.decided for race in races) > 0.4 * len(races)


def test_budget_ends_without_a_decision() -> None:
    race = _run({"git": 10.0, "git+x": 9.9}, 0.5, seed=3, most=10)
    assert not race.decided
    assert race.relation("git", "git+x") == "undecided"


def test_round_without_a_cost_is_refused() -> None:
    with pytest.raises(ValueError, match=r"git\+x"):
        Race(("git", "git+x")).add({"git": 1.0})


def test_one_variant_is_no_race() -> None:
    with pytest.raises(ValueError, match="two"):
        Race(("git", "git"))
