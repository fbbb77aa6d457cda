"""How long something takes, by sizes."""

import numpy as np

from patterns.learning.recommendation.levels import fit_level


def _sizes(count: int, seed: int = 0) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).uniform(3, 10, (count, 5)))


def test_a_cost_per_file_is_found_and_holds_beyond_what_was_seen() -> None:
    sizes = _sizes(30)
    model = fit_level(sizes, 3 + 0.004 * sizes[:, 0])
    assert model is not None
    assert model.name == "additive"
    asked = np.array([200_000.0, 10, 10, 10, 10])
    assert abs(model.at(asked, 0.8).value / 803 - 1) < 0.02


def test_interval_covers_as_it_says() -> None:
    random = np.random.default_rng(1)
    covered = 0
    for seed in range(150):
        sizes = _sizes(21, seed)
        amounts = (3 + 0.004 * sizes[:, 0]) * np.exp(random.normal(0, 0.1, 21))
        model = fit_level(sizes[:20], amounts[:20])
        assert model is not None
        level = model.at(sizes[20], 0.8)
        assert level.low is not None
        assert level.high is not None
        covered += level.low <= amounts[20] <= level.high
    assert 0.72 <= covered / 150 <= 0.92


def test_too_few_repositories_have_no_interval_and_none_no_model() -> None:
    model = fit_level(_sizes(2), np.array([1.0, 2.0]))
    assert model is not None
    assert model.at(_sizes(1)[0], 0.8).low is None
    assert fit_level(_sizes(2), np.array([np.nan, np.nan])) is None
