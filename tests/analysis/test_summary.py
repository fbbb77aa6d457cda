import pytest

from tests.analysis.builder import SETTINGS, Measured, group, paired
from tracker.analysis import (
    average_speedup,
    compare_session,
    key_findings,
    overall_winner,
    process,
)

SHAPES = {
    "status": {"git": 4.0, "git-worktrees": 4.0, "jujutsu": 16.0},
    "commit": {"git": 20.0, "git-worktrees": 24.0, "jujutsu": 10.0},
    "log": {"git": 5.0, "git-worktrees": 6.0, "jujutsu": 10.0},
}


def results(shapes=SHAPES, rounds=15, **more):
    groups = [
        group(
            Measured(paired(medians, rounds, seed=place, own=0.003), memory={"git": 4_000_000}),
            test_id=f"{operation}-test",
            operation=operation,
            **more,
        )
        for place, (operation, medians) in enumerate(shapes.items())
    ]
    return process(groups, SETTINGS, seed=1)


@pytest.fixture(scope="module")
def judged():
    return results()


def test_average_speedup_is_the_geometric_mean_of_git_over_jujutsu(judged):
    value, n = average_speedup(judged)
    assert n == 3
    assert value == pytest.approx((0.25 * 2 * 0.5) ** (1 / 3), rel=0.01)


def test_average_speedup_without_jujutsu_is_unknown():
    assert average_speedup(results({"log": {"git": 5.0, "git-worktrees": 6.0}})) == (None, 0)


def test_win_rate_gives_ties_to_nobody(judged):
    rate = compare_session(judged).overall.win_rate
    assert (rate.jujutsu, rate.git, rate.git_worktrees) == (
        pytest.approx(1 / 3),
        pytest.approx(1 / 3),
        0.0,
    )


def test_win_rate_of_a_system_that_was_not_run_is_unknown():
    rate = compare_session(results({"log": {"git": 5.0, "git-worktrees": 6.0}})).overall.win_rate
    assert (rate.git, rate.jujutsu) == (1.0, None)


def test_operation_holds_medians_and_runner_up_over_winner(judged):
    commit = compare_session(judged).by_operation[1]
    assert (commit.operation, commit.winner) == ("commit", "jujutsu")
    assert commit.speedup == pytest.approx(2.0, rel=0.02)
    assert commit.git == judged[1].git.median
    tied = compare_session(judged).by_operation[0]
    assert (tied.winner, tied.speedup) == (None, None)


def test_means_cover_only_what_every_system_ran(judged):
    more = (*judged, *results({"merge": {"git": 1000.0, "git-worktrees": 1000.0}}))
    with_more, without = (compare_session(it).overall.avg_execution_time for it in (more, judged))
    assert with_more == without
    assert without.git == pytest.approx(sum(one.git.median for one in judged) / 3)


def test_memory_is_a_mean_in_bytes_and_unknown_stays_unknown(judged):
    memory = compare_session(judged).overall.avg_memory_usage
    assert (memory.git, memory.jujutsu) == (4_000_000, None)


def test_sizes_are_compared_apart():
    small, large = results(), results({"log": SHAPES["log"]}, size="large")
    sizes = compare_session((*small, *large)).by_repo_size
    assert [(one.size.value, one.n, len(one.results)) for one in sizes] == [
        ("small", 3, 3),
        ("large", 1, 1),
    ]
    assert sizes[1].average_speedup == pytest.approx(0.5, rel=0.02)


def test_overall_winner_needs_enough_tests_and_a_lead_over_all(judged):
    assert overall_winner(judged, SETTINGS) is None
    many = {
        f"op{number}": {"git": 5.0 + number, "git-worktrees": 6.0 + number, "jujutsu": 20.0}
        for number in range(9)
    }
    assert overall_winner(results(many), SETTINGS) == "git"


def test_findings_name_leaders_ratio_interval_and_n(judged):
    status, commit, _ = key_findings(judged)
    assert status.startswith(
        "status (small): git, git-worktrees (equivalent within ±2 %) ahead of jujutsu 4.0"
    )
    assert "×" in commit
    assert commit.endswith("n = 15")
    assert commit.startswith("commit (small): jujutsu ahead of git ")


def test_two_tests_of_one_operation_keep_names_of_their_own():
    groups = [
        group(
            Measured(paired({"git": 5.0, "jujutsu": 9.0}, 15, seed=1)),
            test_id=name,
            operation="status",
        )
        for name in ("status-clean", "status-dirty")
    ]
    findings = key_findings(process(groups, SETTINGS, seed=1))
    assert [one.partition(" (")[0] for one in findings] == ["status-clean", "status-dirty"]


def test_two_repositories_of_one_size_are_told_apart():
    groups = [
        group(
            Measured(paired({"git": 5.0, "jujutsu": 9.0}, 15, seed=1)), size="custom", repo_id=name
        )
        for name in ("repo-a", "repo-b")
    ]
    findings = key_findings(process(groups, SETTINGS, seed=1))
    assert [one.partition(":")[0] for one in findings] == ["commit (repo-a)", "commit (repo-b)"]


def test_an_empty_session_has_no_winner():
    assert overall_winner((), SETTINGS) is None
    assert key_findings(()) == ()
