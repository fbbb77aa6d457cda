import random

import pytest

from tests.analysis.builder import SETTINGS, SYSTEMS, Measured, group, paired
from tracker.analysis import process
from tracker.models.config import Analysis

MEDIANS = {"git": 20.0, "git-worktrees": 20.4, "jujutsu": 26.0}


def session(tests=4, rounds=15):
    return [
        group(Measured(paired(MEDIANS, rounds, seed=number)), test_id=f"test-{number}")
        for number in range(tests)
    ]


def test_holm_covers_every_pair_of_the_whole_session():
    alone = process(session(1), SETTINGS, seed=1)[0].comparison.jj_vs_git
    among = process(session(4), SETTINGS, seed=1)[0].comparison.jj_vs_git
    assert alone.statistical.p_value == among.statistical.p_value
    assert alone.p_adjusted == pytest.approx(3 * alone.statistical.p_value)
    assert among.p_adjusted > alone.p_adjusted


def test_a_pair_that_could_not_be_computed_still_counts_in_the_family():
    sound = Measured(paired({"git": 10.0, "jujutsu": 30.0}, 15, seed=1))
    empty = Measured({"git": [5.0] * 15, "jujutsu": [5.0] * 15}, failed={"jujutsu": set(range(15))})
    (first, second) = process(
        [group(sound, test_id="sound"), group(empty, test_id="empty")], SETTINGS, seed=1
    )
    pair = first.comparison.jj_vs_git
    assert pair.p_adjusted == pytest.approx(2 * pair.statistical.p_value)
    assert second.comparison.jj_vs_git.reason == "no data"
    assert second.insights.winner is None


def test_significance_level_decides():
    groups = [group(Measured(paired({"git": 20.0, "jujutsu": 22.0}, 12, seed=3, own=0.1)))]
    verdicts = [
        process(groups, Analysis(statistical_significance=alpha), seed=1)[
            0
        ].comparison.jj_vs_git.verdict
        for alpha in (0.2, 0.002)
    ]
    assert verdicts == ["different", "unresolved"]


def test_order_of_records_and_groups_changes_nothing():
    groups = session()
    expected = process(groups, SETTINGS, seed=1)
    shuffled = []
    for one in groups:
        records = list(one.records)
        random.Random(3).shuffle(records)
        shuffled.append(one.model_copy(update={"records": tuple(records)}))
    backwards = process(shuffled[::-1], SETTINGS, seed=1)
    assert backwards[::-1] == expected


def test_order_of_rounds_changes_no_verdict():
    one = session(1)[0]
    numbers = list(range(15))
    random.Random(5).shuffle(numbers)
    moved = one.model_copy(
        update={
            "records": tuple(
                record.model_copy(update={"round": numbers[record.round]}) for record in one.records
            )
        }
    )
    before, after = (process([it], SETTINGS, seed=1)[0] for it in (one, moved))
    for names, pair in before.pairs().items():
        other = after.pairs()[names]
        assert (other.verdict, other.n) == (pair.verdict, pair.n)
        assert other.p_adjusted == pytest.approx(pair.p_adjusted)
        assert other.speedup_factor == pytest.approx(pair.speedup_factor)
    assert (after.leaders, after.finding) == (before.leaders, before.finding)


def test_a_seed_gives_the_same_confidence():
    groups = [group(Measured(paired(dict.fromkeys(SYSTEMS, 20.0), 15, seed=2)))]
    first, again, other = (
        process(groups, SETTINGS, seed=seed)[0].insights.confidence for seed in (1, 1, 2)
    )
    assert first == again != other
    assert 0 < first < 1


def test_confidence_is_the_share_of_resamples_in_which_the_leader_is_best():
    sure = process(
        [group(Measured(paired({"git": 10.0, "jujutsu": 30.0}, 15, seed=2)))], SETTINGS, seed=1
    )
    assert sure[0].insights.confidence == 1.0


def test_a_variant_without_a_value_leaves_the_confidence_of_the_others():
    times = paired(MEDIANS, 15, seed=2)
    measured = Measured(times, failed={"jujutsu": set(range(15))})
    result = process([group(measured)], SETTINGS, seed=1)[0]
    assert result.insights.confidence is not None
    assert "jujutsu" not in result.leaders
    assert "jujutsu" not in result.finding


def cpu_of(wall, ratio):
    return {name: [value * ratio[name] for value in times] for name, times in wall.items()}


def test_wall_and_cpu_that_disagree_are_noted():
    wall = paired({"git": 30.0, "jujutsu": 20.0}, 15, seed=6)
    measured = Measured(wall, cpu=cpu_of(wall, {"git": 0.9, "jujutsu": 2.7}))
    result = process([group(measured)], SETTINGS, seed=1)[0]
    assert result.insights.winner == "jujutsu"
    assert result.comparison.jj_vs_git.cpu.ratio < 1
    assert [note.split(", git uses")[0] for note in result.notes] == [
        "wall and CPU time disagree: jujutsu ends sooner"
    ]


def test_equal_wall_with_more_cpu_is_noted():
    wall = paired({"git": 30.0, "jujutsu": 30.0}, 15, seed=6)
    measured = Measured(wall, cpu=cpu_of(wall, {"git": 0.9, "jujutsu": 1.8}))
    (note,) = process([group(measured)], SETTINGS, seed=1)[0].notes
    assert note.startswith("no measurable difference in wall time, but git uses 2.0")


def test_wall_and_cpu_that_agree_are_not_noted():
    assert process(session(1), SETTINGS, seed=1)[0].notes == ()
