import numpy as np
import pytest

from tests.analysis.builder import SETTINGS, Measured, group
from tracker.analysis import process
from tracker.models.config import Analysis

DRIFT = np.exp(np.random.default_rng(9).normal(0, 0.05, 15))
NOISE = np.exp(np.random.default_rng(10).normal(0, 0.002, 15))
NOISE /= np.exp(np.median(np.log(NOISE)))


@pytest.fixture(scope="module")
def result():
    """The specification's example: jujutsu 45 ms, git 95 ms, git-worktrees 87 ms."""
    measured = Measured(
        {
            "git": (95 * DRIFT).tolist(),
            "git-worktrees": (87 * DRIFT * NOISE).tolist(),
            "jujutsu": (45 * DRIFT * NOISE).tolist(),
        },
        memory={"git": 100_000_000, "git-worktrees": 50_000_000, "jujutsu": 130_000_000},
        io={"git": (100, 1000), "git-worktrees": (50, 1000), "jujutsu": (40, 1000)},
    )
    return process([group(measured)], SETTINGS, seed=1)[0]


def test_speedup_factor_is_baseline_over_candidate(result):
    assert result.comparison.jj_vs_git.speedup_factor == pytest.approx(95 / 45, rel=0.01)
    assert result.comparison.git_vs_git_worktrees.speedup_factor == pytest.approx(87 / 95, rel=0.01)


def test_memory_ratio_is_candidate_over_baseline(result):
    assert result.comparison.jj_vs_git.memory_ratio == pytest.approx(1.3)
    assert result.comparison.git_vs_git_worktrees.memory_ratio == pytest.approx(2.0)


def test_io_efficiency_is_operations_per_byte_candidate_over_baseline(result):
    assert result.comparison.jj_vs_git.io_efficiency == pytest.approx(0.4)


def test_difference_is_baseline_minus_candidate_in_ms_and_percent_of_the_baseline(result):
    practical = result.comparison.jj_vs_git.practical
    git, jj = result.git.median, result.jujutsu.median
    assert practical.absolute_difference == pytest.approx(git - jj)
    assert practical.relative_difference == pytest.approx(100 * (git - jj) / git)


def test_interval_is_that_of_the_speedup_factor(result):
    pair = result.comparison.jj_vs_git
    low, high = pair.statistical.confidence_interval
    assert 1 < low <= pair.speedup_factor <= high
    assert pair.practical.meaningful


def test_effect_size_is_positive_when_the_candidate_is_faster(result):
    assert result.comparison.jj_vs_git.statistical.effect_size > 0
    assert result.comparison.git_vs_git_worktrees.statistical.effect_size < 0


def test_significant_means_different(result):
    for pair in result.pairs().values():
        assert pair.statistical.significant == (pair.verdict == "different")


def test_a_pair_seen_from_the_other_side_is_turned_in_everything(result):
    pair, turned = result.pair("jujutsu", "git"), result.pair("git", "jujutsu")
    assert turned.speedup_factor == pytest.approx(1 / pair.speedup_factor)
    assert turned.statistical.effect_size == -pair.statistical.effect_size
    assert turned.practical.relative_difference == pytest.approx(
        100 * (result.jujutsu.median - result.git.median) / result.jujutsu.median, rel=1e-6
    )
    assert turned.cpu.ratio == pytest.approx(1 / pair.cpu.ratio)
    low, high = turned.statistical.confidence_interval
    assert low <= turned.speedup_factor <= high
    assert turned.inverted().speedup_factor == pytest.approx(pair.speedup_factor)


def test_confidence_level_moves_the_interval():
    measured = Measured(
        {"git": (95 * DRIFT).tolist(), "jujutsu": (90 * DRIFT * NOISE).tolist()},
    )
    narrow, wide = (
        process([group(measured)], Analysis(confidence_level=level), seed=1)[
            0
        ].comparison.jj_vs_git.statistical.confidence_interval
        for level in (0.80, 0.99)
    )
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_further_variants_are_compared_beside_the_three_pairs():
    measured = Measured(
        {"git": (95 * DRIFT).tolist(), "git+fsmonitor": (60 * DRIFT * NOISE).tolist()}
    )
    result = process([group(measured)], SETTINGS, seed=1)[0]
    (extra,) = result.comparisons
    assert {extra.candidate, extra.baseline} == {"git", "git+fsmonitor"}
    assert result.insights.winner == "git+fsmonitor"
    assert result.git is not None
