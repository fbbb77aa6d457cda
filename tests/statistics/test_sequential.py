"""Evidence that may be looked at after every round."""

import numpy as np
import pytest

from patterns.statistics.sequential import median_sequence, sign_evidence

RUNS, ROUNDS = 1_000, 150


def _ever(alpha: float, shift: float, seed: int) -> float:
    """Return the share of simulated comparisons that ever refute a median of 0."""
    random = np.random.default_rng(seed)
    looks = (7, 8, 9, 10, 12, 15, 20, 30, 50, 80, 120, ROUNDS)
    found = 0
    for _ in range(RUNS):
        differences = shift + random.standard_t(2, ROUNDS)  # heavy tails
        found += any(sign_evidence(differences[:look]) >= 1 / alpha for look in looks)
    return found / RUNS


@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_looking_often_keeps_the_error_rate(alpha: float) -> None:
    error = np.sqrt(alpha * (1 - alpha) / RUNS)
    assert _ever(alpha, 0.0, seed=1) <= alpha + 2 * error


def test_a_difference_is_found() -> None:
    assert _ever(0.05, 1.0, seed=2) > 0.99


def test_seven_rounds_on_one_side_are_the_fewest_that_decide_at_five_percent() -> None:
    assert sign_evidence([1.0] * 6) < 20 <= sign_evidence([1.0] * 7)


def test_interval_is_what_the_evidence_does_not_refute() -> None:
    values = np.random.default_rng(3).normal(size=40)
    found = median_sequence(values, 0.05)
    assert found is not None
    assert sign_evidence(values, found.low - 1e-9) >= 20 > sign_evidence(values, found.low + 1e-9)
    assert sign_evidence(values, found.high + 1e-9) >= 20 > sign_evidence(values, found.high - 1e-9)


def test_too_few_rounds_bound_nothing() -> None:
    found = median_sequence([1.0, 2.0], 0.05)
    assert found is not None
    assert (found.low, found.high, found.estimate) == (-np.inf, np.inf, 1.5)
    assert median_sequence([], 0.05) is None


def test_equal_values_say_nothing() -> None:
    assert sign_evidence([0.0] * 50) == 1.0


def test_alpha_must_be_a_share() -> None:
    with pytest.raises(ValueError, match="alpha"):
        median_sequence([1.0], 0.0)
