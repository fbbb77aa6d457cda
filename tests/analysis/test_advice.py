import pytest

from tests.analysis.builder import SETTINGS, Measured, group, paired
from tracker.analysis import overall_ranking, process, recommendations
from tracker.models import Regression, Variant
from tracker.models.report import Historical

UNTRACKED = Variant(
    name="git+untracked-cache",
    vcs_type="git",
    description="Git that remembers folders.",
    settings={"core.untrackedCache": "true", "user.name": "two words"},
    prepare=("git update-index --untracked-cache",),
)


def measured(times, **more):
    found = group(Measured(times, **more))
    variants = tuple(
        UNTRACKED if one.name == UNTRACKED.name else one for one in found.group.variants
    )
    return found.model_copy(update={"group": found.group.model_copy(update={"variants": variants})})


def advice(groups, historical=None):
    results = process(groups, SETTINGS, seed=1)
    ranking = overall_ranking(results, SETTINGS)
    return recommendations(groups, results, ranking, historical or Historical(), SETTINGS)


def of_kind(found, kind):
    return [one for one in found if one.id.startswith(kind)]


def test_a_faster_configuration_is_recommended_with_the_lines_to_paste():
    (found,) = of_kind(
        advice([measured(paired({"git": 10.0, UNTRACKED.name: 6.0}, 15, 1))]), "configuration"
    )
    assert found.implementation.steps == (
        "git config core.untrackedCache true",
        "git config user.name 'two words'",
        "git update-index --untracked-cache",
    )
    low, high = found.expected_impact.interval
    assert low < 40 < high
    assert found.expected_impact.improvement == pytest.approx(40, abs=1)
    assert found.expected_impact.n == 1
    assert found.priority == "high"
    assert len(found.evidence) == 2
    assert UNTRACKED.description in found.implementation.risks


@pytest.mark.parametrize("time", [10.0, 9.95, 14.0])
def test_what_is_not_shown_to_be_faster_is_not_recommended(time):
    found = advice([measured(paired({"git": 10.0, UNTRACKED.name: time}, 15, 1))])
    assert of_kind(found, "configuration") == []


def test_a_void_variant_is_critical_and_never_recommended():
    groups = [
        measured(
            paired({"git": 10.0, UNTRACKED.name: 1.0}, 15, 1),
            status={UNTRACKED.name: "void"},
            reasons={UNTRACKED.name: "another tree"},
        )
    ]
    found = advice(groups)
    (warned,) = of_kind(found, "unsound")
    assert warned.priority == "critical"
    assert "another tree" in warned.description
    assert of_kind(found, "configuration") == []


def test_a_system_is_recommended_over_those_it_is_shown_to_beat_and_its_equals_are_named():
    groups = [
        group(
            Measured(paired({"git": 5.0, "git-worktrees": 5.0, "jujutsu": 20.0}, 15, seed)),
            test_id=f"test-{seed}",
        )
        for seed in range(8)
    ]
    (found,) = of_kind(advice(groups), "system")
    assert "to jujutsu" in found.title
    assert "not shown to be slower" in found.description
    assert found.expected_impact.improvement == pytest.approx(75, abs=1)
    assert found.implementation.steps


def test_what_a_system_saves_is_inside_its_interval_and_not_moved_by_one_extreme_test():
    times = [*(6.0 + place / 10 for place in range(11)), 60.0]
    groups = [
        group(
            Measured(paired({"git": 5.0, "git-worktrees": 5.0, "jujutsu": time}, 15, seed)),
            test_id=f"test-{seed}",
        )
        for seed, time in enumerate(times)
    ]
    (found,) = of_kind(advice(groups), "system")
    low, high = found.expected_impact.interval
    assert low < found.expected_impact.improvement < high
    assert found.expected_impact.improvement < 30


def test_too_few_tests_recommend_no_system():
    found = advice([group(Measured(paired({"git": 5.0, "jujutsu": 20.0}, 15, 1)))])
    assert of_kind(found, "system") == []


def test_unresolved_pairs_are_told_how_many_rounds_would_do():
    (found,) = of_kind(
        advice([group(Measured(paired({"git": 5.0, "jujutsu": 5.05}, 12, 3, own=0.05)))]), "rounds"
    )
    rounds = int(found.implementation.steps[0].rsplit(" ", 1)[1])
    assert 12 < rounds <= 1000


def test_a_regression_becomes_advice_with_its_runs():
    regression = Regression(
        test="status · small", variant="git", metric="time_ms", previous_value=10.0,
        current_value=14.0, degradation=40.0, severity="severe", n=3, noise_floor=4.0,
        runs=("run-1", "run-2"),
    )  # fmt: skip
    found = advice(
        [group(Measured(paired({"git": 5.0}, 8, 1)))], Historical(regressions=(regression,))
    )
    (told,) = of_kind(found, "regression")
    assert told.priority == "high"
    assert told.evidence == ("run-1", "run-2")
    assert told.expected_impact.improvement == pytest.approx(100 * (1 - 10 / 14))


def test_nothing_measured_advises_nothing():
    assert advice([]) == ()
