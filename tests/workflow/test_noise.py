"""Null calibration: what it measures, what it says, and that it stores nothing."""

import math

import numpy as np
import pytest

from tracker.config import InputError
from tracker.measurement.replay import ReplayExecutor, Scripted
from tracker.workflow.noise import as_table, calibrate


def scattered(scale, seed=5):
    rng = np.random.default_rng(seed)
    return ReplayExecutor(
        lambda *_: Scripted(
            wall_ms=10 * math.exp(rng.normal(0, scale)), cpu_ms=8 * math.exp(rng.normal(0, 0.01))
        )
    )


def calibrated(project, scale, rounds=40):
    executor = scattered(scale)
    found = calibrate(
        project, lambda *_: None, rounds=rounds, seed=1, make_executor=lambda *_: executor
    )
    return found, executor


def test_a_command_against_itself_is_no_different(project):
    found, _ = calibrated(project, 0.05)
    assert [(row.command.split()[0], row.metric) for row in found.rows] == [
        ("git", "wall time"),
        ("git", "CPU time"),
        ("jj", "wall time"),
        ("jj", "CPU time"),
    ]
    assert [row.ratio for row in found.rows] == pytest.approx([1] * 4, abs=0.05)
    assert all(row.rounds == 40 for row in found.rows)
    assert found.problems == ()


def test_smallest_difference_is_that_of_the_scatter(project):
    """A t-test of 30 pairs with a standard deviation of √2 σ finds 0.53 standard deviations."""
    found, _ = calibrated(project, 0.05, rounds=200)
    wall = found.rows[0].smallest
    expected = 100 * math.expm1(0.53 * math.sqrt(math.pi / 3) * math.sqrt(2) * 0.05)
    assert wall[30] == pytest.approx(expected, rel=0.2)
    assert wall[15] > wall[30] > wall[100]
    assert found.rows[1].smallest[30] < wall[30] / 3, "CPU time scatters less here"


def test_table_says_percent_and_nothing_is_stored(project):
    found, executor = calibrated(project, 0.05)
    table = as_table(found.rows)
    assert table[0]["30 rounds"].endswith(" %")
    assert not (project / "tracker.db").exists()
    assert not (project / ".tracker").exists()
    assert executor.calls[-1].method == "close"


def test_too_few_rounds_are_refused(project):
    with pytest.raises(InputError, match="--rounds"):
        calibrated(project, 0.05, rounds=5)
