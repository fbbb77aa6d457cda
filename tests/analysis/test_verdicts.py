import numpy as np
import pytest

from tests.analysis.builder import SETTINGS, SYSTEMS, Measured, group, noisy, paired
from tracker.analysis import process
from tracker.models.config import Analysis


def result_of(measured, **more):
    return process([group(measured, **more)], SETTINGS, seed=1)[0]


def planted(percent, rounds=30, own=0.01):
    """Jujutsu slower than git by `percent`, git-worktrees the same as git."""
    medians = {"git": 20.0, "git-worktrees": 20.0, "jujutsu": 20.0 * (1 + percent / 100)}
    return Measured(paired(medians, rounds, seed=5, own=own))


@pytest.mark.parametrize(
    ("percent", "verdict", "winner", "leaders"),
    [
        (0, "equivalent", None, SYSTEMS),
        (5, "different", None, ("git", "git-worktrees")),
        (20, "different", None, ("git", "git-worktrees")),
        (-5, "different", "jujutsu", ("jujutsu",)),
        (-20, "different", "jujutsu", ("jujutsu",)),
    ],
)
def test_a_planted_difference_gets_the_right_verdict(percent, verdict, winner, leaders):
    result = result_of(planted(percent))
    assert result.comparison.jj_vs_git.verdict == verdict
    assert result.comparison.git_vs_git_worktrees.verdict == "equivalent"
    assert result.insights.winner == winner
    assert result.leaders == leaders


def test_noise_leaves_a_small_difference_unresolved():
    result = result_of(planted(3, rounds=12, own=0.2))
    assert result.comparison.jj_vs_git.verdict == "unresolved"
    assert result.insights.winner is None
    assert "(no measurable difference)" in result.finding


def test_machine_drift_shared_by_a_round_is_no_difference():
    times = paired(dict.fromkeys(SYSTEMS, 30.0), 30, seed=2, own=0.005, shared=0.8)
    assert result_of(Measured(times)).leaders == SYSTEMS


def test_no_false_winner_among_equal_systems_beyond_the_stated_rate():
    groups = [
        group(Measured(paired(dict.fromkeys(SYSTEMS, 9.0), 15, seed)), test_id=f"t{seed}")
        for seed in range(40)
    ]
    alone = [process([one], SETTINGS, seed=1)[0] for one in groups]
    assert sum(result.insights.winner is not None for result in alone) <= 4
    together = process(groups, SETTINGS, seed=1)
    assert not any(result.insights.winner for result in together)


def test_exact_ties_are_equivalent():
    same = noisy(5.0, 15, seed=3)
    result = result_of(Measured({"git": same, "jujutsu": same}))
    assert result.comparison.jj_vs_git.verdict == "equivalent"
    assert result.comparison.jj_vs_git.speedup_factor == 1.0
    assert result.leaders == ("git", "jujutsu")


def test_constant_values_are_told_apart_without_an_effect_size():
    result = result_of(Measured({"git": [10.0] * 15, "jujutsu": [20.0] * 15}))
    pair = result.comparison.jj_vs_git
    assert pair.speedup_factor == pytest.approx(0.5)
    assert pair.verdict == "different"
    assert pair.statistical.effect_size is None
    assert pair.reason == "zero variance"
    assert result.insights.winner == "git"


def test_one_iteration_decides_nothing():
    result = result_of(Measured({"git": [10.0], "jujutsu": [100.0]}))
    pair = result.comparison.jj_vs_git
    assert pair.verdict == "unresolved"
    assert pair.reason.startswith("too few rounds: 1 of")
    assert not pair.statistical.significant
    assert result.insights.winner is None
    assert result.insights.confidence is None
    assert result.git.std_dev is None
    assert result.finding == f"git, jujutsu (not decided: {pair.reason})"


def test_too_few_rounds_say_how_many_there_should_be():
    result = result_of(planted(50, rounds=6))
    assert result.comparison.jj_vs_git.reason == "too few rounds: 6 of 7"
    assert result.insights.winner is None


def test_a_failed_iteration_is_counted_and_its_round_not_compared():
    times = paired({"git": 10.0, "jujutsu": 20.0}, 15, seed=4)
    times["jujutsu"][3] = 0.1
    result = result_of(Measured(times, failed={"jujutsu": {3}}))
    assert result.comparison.jj_vs_git.n == 14
    assert (result.jujutsu.sample_size, result.jujutsu.valid_samples) == (15, 14)
    assert result.jujutsu.range[0] > 10
    assert result.success_rates == {"git": 1.0, "jujutsu": pytest.approx(14 / 15)}
    assert result.quality.reliability == pytest.approx(14 / 15)
    assert any("1 iteration of jujutsu failed" in note for note in result.notes)


def test_a_missing_variant_is_null():
    result = result_of(Measured(paired({"git": 10.0, "git-worktrees": 12.0}, 15, seed=4)))
    assert result.jujutsu is None
    assert result.comparison.jj_vs_git is None
    assert result.comparison.jj_vs_git_worktrees is None
    assert result.comparison.git_vs_git_worktrees.verdict == "different"
    assert result.insights.winner == "git"


def test_a_void_variant_is_not_fast():
    times = paired({"git": 10.0, "git-worktrees": 12.0, "jujutsu": 1.0}, 15, seed=4)
    result = result_of(
        Measured(times, status={"jujutsu": "void"}, reasons={"jujutsu": "another tree"})
    )
    assert result.jujutsu is None
    assert "jujutsu" not in result.variants
    assert result.insights.winner == "git"
    assert "jujutsu is not compared: another tree" in result.notes


def test_a_variant_alone_is_no_winner():
    result = result_of(Measured({"git": noisy(4.0, 15, seed=1)}))
    assert (result.insights.winner, result.leaders) == (None, ())
    assert result.finding == "only git was measured"


def test_a_slow_round_is_marked_and_does_not_decide():
    times = paired({"git": 10.0, "jujutsu": 12.0}, 20, seed=8)
    times["git"][7] = 900.0
    result = result_of(Measured(times))
    assert 900.0 in result.git.outliers
    assert result.insights.winner == "git"
    assert result.comparison.jj_vs_git.speedup_factor == pytest.approx(10 / 12, rel=0.02)


def test_outlier_detection_can_be_switched_off():
    times = paired({"git": 10.0, "jujutsu": 12.0}, 20, seed=8)
    times["git"][7] = 900.0
    off = process([group(Measured(times))], Analysis(outlier_detection=False), seed=1)[0]
    assert off.git.outliers == ()
    assert off.quality.outliers == 0


def test_fragments_and_warm_ups_are_not_compared():
    whole = group(planted(20))
    strays = tuple(
        record.model_copy(update=change | {"round": 99})
        for record in whole.records[:2]
        for change in ({"fragment": True}, {"phase": "warm-up"})
    )
    more = whole.model_copy(update={"records": whole.records + strays})
    assert process([more], SETTINGS, seed=1) == process([whole], SETTINGS, seed=1)


def test_bimodal_noise_makes_no_winner_of_equals():
    rng = np.random.default_rng(11)
    times = {
        name: (10 * np.where(rng.random(30) < 0.3, 1.5, 1.0) * rng.normal(1, 0.01, 30)).tolist()
        for name in ("git", "jujutsu")
    }
    assert result_of(Measured(times)).insights.winner is None
