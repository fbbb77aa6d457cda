import threading
from itertools import groupby, pairwise

import pytest

from tests.measurement import plans
from tracker.measurement.progress import Stop
from tracker.measurement.replay import ReplayExecutor, Scripted, replay_fixture
from tracker.models import ErrorType, FixtureRequest, OutcomeCheck, RepoSize, Variant

TIMES = {
    ("commit", "git"): [2.0, 3.0, 4.0],
    ("commit", "git-worktrees"): [2.5],
    ("commit", "jujutsu"): [9.0],
}


def methods(executor, variant=None):
    return [call.method for call in executor.calls if variant in (None, call.variant)]


def scripted(**by_variant):
    return ReplayExecutor(lambda trial, _: by_variant[trial.variant.name.replace("-", "_")])


def trial(result, variant):
    return next(trial for trial in result.trials if trial.variant == variant)


def test_each_turn_prepares_measures_checks_and_restores_before_the_next_variant(measure):
    executor = ReplayExecutor.from_times(TIMES)
    measure(plans.plan(iterations=2), executor)
    turn = ["prepare", "measure", "outcome", "restore"]
    assert methods(executor, "git") == ["begin", *turn * 4, "end"]
    turns = [call for call in executor.calls if call.method in turn]
    assert [len(list(calls)) for _, calls in groupby(turns, key=lambda call: call.variant)] == [
        4
    ] * 12


def test_all_variants_begin_before_the_first_warm_up_and_end_after_the_last_turn(measure):
    executor = ReplayExecutor.from_times(TIMES)
    measure(plans.plan(), executor)
    assert methods(executor)[:5] == ["fixture", "begin", "begin", "begin", "prepare"]
    assert methods(executor)[-3:] == ["end"] * 3
    phases = [call.phase for call in executor.calls if call.method == "measure"]
    assert phases == ["warm-up"] * 3 + ["measured"] * 9 + ["profile"] * 3


def test_each_round_has_every_variant_once_in_the_order_that_was_given(measure):
    executor = ReplayExecutor.from_times(TIMES)
    measure(plans.plan(iterations=4), executor)
    names = ["git", "git-worktrees", "jujutsu"]
    for number in range(1, 5):
        taken = [c.variant for c in executor.calls if c.phase == "measured" and c.round == number]
        expected = plans.rotated("basic/commit/small", number, 3)
        assert taken == [names[place] for place in expected]


def test_times_and_rounds_stand_in_the_records(measure):
    (result,) = measure(plans.plan(), ReplayExecutor.from_times(TIMES))
    git = [record for record in result.measured if record.variant == "git"]
    assert [record.raw.execution.duration_ms for record in git] == [2.0, 3.0, 4.0]
    assert [(record.round, record.raw.iteration) for record in git] == [(1, 1), (2, 2), (3, 3)]
    assert len({record.raw.run_id for record in git}) == 1
    assert trial(result, "git").success_rate == 1
    assert trial(result, "git").status == "finished"


def test_memory_of_the_profile_reaches_the_measured_iterations(measure):
    (result,) = measure(plans.plan(), ReplayExecutor.from_times(TIMES))
    memory = result.measured[0].raw.performance.memory
    assert memory.rss == 5_000_000
    assert memory.heap == 2_500_000
    assert (memory.tree_peak, memory.tree_peak_source) == (5_000_000, "sampled")
    assert memory.time_series is None


def test_read_only_test_is_checked_once_and_restored_only_after_the_check(measure):
    executor = ReplayExecutor.from_times({("log", "git"): [1.0]})
    test = plans.commit_test("log", mutates=False)
    measure(plans.plan(plans.group(test, (plans.GIT,))), executor)
    turns = methods(executor, "git")[1:-1]
    assert turns[:5] == ["prepare", "measure", "undeclared_changes", "outcome", "restore"]
    assert turns[5:] == ["prepare", "measure"] * 4


def test_read_only_test_with_a_preparation_is_restored_after_every_turn(measure):
    executor = ReplayExecutor.from_times({("status", "git"): [1.0]})
    test = plans.commit_test("status", mutates=False, prepare=("touch new",))
    measure(plans.plan(plans.group(test, (plans.GIT,))), executor)
    assert methods(executor).count("restore") == methods(executor).count("measure")


def test_test_that_lies_about_mutates_is_void_and_measured_no_further(measure):
    executor = ReplayExecutor(lambda *_: Scripted(wall_ms=1, undeclared_changes=("repo/a.py",)))
    test = plans.commit_test(mutates=False)
    (result,) = measure(plans.plan(plans.group(test, (plans.GIT,))), executor)
    assert methods(executor).count("measure") == 1
    assert result.trials[0].status == "void"
    assert "mutates: false" in result.trials[0].reason
    assert "repo/a.py" in result.trials[0].reason


def test_failed_iteration_is_counted_and_kept_out(measure):
    def script(_, turn):
        return Scripted(
            wall_ms=1, exit_code=3 if turn.phase == "measured" and turn.round == 2 else 0
        )

    (result,) = measure(plans.plan(iterations=4), ReplayExecutor(script))
    git = [record for record in result.measured if record.variant == "git"]
    assert [record.raw.quality.success for record in git] == [True, False, True, True]
    assert git[1].raw.quality.error_type is ErrorType.EXIT_CODE
    assert trial(result, "git").success_rate == 0.75
    assert trial(result, "git").reason == "1 of 4 iterations failed (exit-code 1)"


def test_trial_that_fails_three_times_alike_is_stopped_with_what_it_said(measure):
    executor = scripted(
        git=Scripted(wall_ms=1),
        git_worktrees=Scripted(wall_ms=1, exit_code=128, stderr="warning\nfatal: no such ref\n"),
        jujutsu=Scripted(wall_ms=1),
    )
    (result,) = measure(plans.plan(iterations=10), executor)
    assert methods(executor, "git-worktrees").count("measure") == 3
    assert methods(executor, "git").count("measure") == 12
    failed = trial(result, "git-worktrees")
    assert failed.status == "failed"
    assert failed.reason.endswith("fatal: no such ref")
    assert failed.success_rate == 0
    assert trial(result, "git").status == "finished"
    assert "end (failed)" in methods(executor, "git-worktrees")


def test_trial_that_fails_in_different_ways_goes_on(measure):
    executor = ReplayExecutor(lambda _, turn: Scripted(wall_ms=1, exit_code=turn.round))
    (result,) = measure(plans.plan(plans.group(variants=(plans.GIT,)), iterations=5), executor)
    assert len(result.measured) == 5
    assert result.trials[0].status == "failed"


def test_variant_that_cannot_be_set_up_fails_and_is_torn_down(measure):
    executor = ReplayExecutor(
        lambda *_: Scripted(wall_ms=1), begin_errors={"jujutsu": "no jj here"}
    )
    (result,) = measure(plans.plan(), executor)
    assert methods(executor, "jujutsu") == ["begin", "end (failed)"]
    assert trial(result, "jujutsu").status == "failed"
    assert trial(result, "jujutsu").reason == "set-up: no jj here"
    assert trial(result, "jujutsu").success_rate is None


def test_timeout_is_named(measure):
    executor = ReplayExecutor(lambda *_: Scripted(wall_ms=1, signal="SIGKILL", timed_out=True))
    (result,) = measure(plans.plan(plans.group(variants=(plans.GIT,))), executor)
    record = result.measured[0].raw
    assert record.quality.error_type is ErrorType.TIMEOUT
    assert record.execution.exit_code == 137
    assert record.execution.signal_code == "SIGKILL"


def test_outcome_that_differs_from_git_is_void_not_fast(measure):
    executor = scripted(
        git=Scripted(wall_ms=5, outcome="right"),
        git_worktrees=Scripted(wall_ms=5, outcome="right"),
        jujutsu=Scripted(wall_ms=1, outcome="left out a file"),
    )
    (result,) = measure(plans.plan(), executor)
    void = trial(result, "jujutsu")
    assert (void.status, void.outcome_passed, void.success_rate) == ("void", False, 0)
    assert "'left out a file'" in void.reason
    assert "'right'" in void.reason
    assert not any(r.raw.quality.success for r in result.records if r.variant == "jujutsu")
    assert trial(result, "git").outcome_passed is True
    assert all(r.raw.quality.success for r in result.records if r.variant == "git")


def test_without_a_reference_all_that_differ_are_void(measure):
    executor = scripted(
        git_worktrees=Scripted(wall_ms=1, outcome="a"), jujutsu=Scripted(wall_ms=1, outcome="b")
    )
    (result,) = measure(
        plans.plan(plans.group(variants=(plans.WORKTREES, plans.JUJUTSU))), executor
    )
    assert [trial.status for trial in result.trials] == ["void", "void"]
    assert "no reference" in result.trials[0].reason


def test_expected_outcome_decides_alone(measure):
    executor = scripted(
        git=Scripted(wall_ms=1, outcome="b"),
        git_worktrees=Scripted(wall_ms=1, outcome="a"),
        jujutsu=Scripted(wall_ms=1, outcome="a"),
    )
    test = plans.commit_test(outcome=OutcomeCheck(tree="HEAD", expect="a"))
    (result,) = measure(plans.plan(plans.group(test)), executor)
    assert [trial.status for trial in result.trials] == ["void", "finished", "finished"]


def test_outcomes_need_not_agree_where_the_test_says_so(measure):
    executor = ReplayExecutor(lambda trial, _: Scripted(wall_ms=1, outcome=trial.variant.name))
    test = plans.commit_test(outcome=OutcomeCheck(tree="HEAD", across=False))
    (result,) = measure(plans.plan(plans.group(test)), executor)
    assert {trial.status for trial in result.trials} == {"finished"}


def test_outcome_that_changes_between_iterations_makes_a_trial_void(measure):
    def script(_, turn):
        return Scripted(wall_ms=1, outcome="odd" if turn.round == 3 else "even")

    (result,) = measure(
        plans.plan(plans.group(variants=(plans.GIT,)), iterations=4), ReplayExecutor(script)
    )
    assert result.trials[0].status == "void"
    assert "measured iteration 3" in result.trials[0].reason


def test_dependent_test_is_skipped_for_the_variants_whose_dependency_failed(measure):
    def script(trial, _):
        bad = trial.test.id == "add" and trial.variant.name == "jujutsu"
        return Scripted(wall_ms=1, exit_code=1 if bad else 0)

    groups = (
        plans.group(plans.commit_test("add")),
        plans.group(plans.commit_test("commit"), depends_on=("add",)),
        plans.group(plans.commit_test("log"), depends_on=("commit",)),
    )
    results = measure(plans.plan(*groups), ReplayExecutor(script))
    for result in results[1:]:
        assert [skipped.variant for skipped in result.skipped] == ["jujutsu"]
        assert [trial.variant for trial in result.trials] == ["git", "git-worktrees"]
    assert "depends on add" in results[1].skipped[0].reason


def test_group_of_which_all_is_skipped_measures_nothing(measure):
    groups = (
        plans.group(plans.commit_test("add"), (plans.GIT,)),
        plans.group(plans.commit_test("commit"), (plans.GIT,), depends_on=("add",)),
    )
    executor = ReplayExecutor(lambda *_: Scripted(wall_ms=1, exit_code=1))
    results = measure(plans.plan(*groups), executor)
    assert results[1].status == "skipped"
    assert not any(call.test == "commit" for call in executor.calls)


def test_fixture_that_cannot_be_made_skips_its_group(measure):
    executor = ReplayExecutor(lambda *_: Scripted(wall_ms=1), fixture_error="the disk is full")
    (result,) = measure(plans.plan(), executor)
    assert (result.status, result.fixture, result.trials) == ("skipped", None, ())
    assert len(result.skipped) == 3
    assert "the disk is full" in result.skipped[0].reason


def test_stop_ends_after_the_execution_at_hand_with_every_teardown(measure):
    stop = Stop()

    def stop_in_round_two(call):
        if call.method == "measure" and call.phase == "measured" and call.round == 2:
            stop.request("SIGINT")

    executor = ReplayExecutor(lambda *_: Scripted(wall_ms=1), after_call=stop_in_round_two)
    plan = plans.plan(plans.group(), plans.group(plans.commit_test("log")))
    (result,) = measure(plan, executor, stop=stop)
    assert result.status == "interrupted"
    assert {trial.status for trial in result.trials} == {"interrupted"}
    assert methods(executor).count("end (failed)") == 3
    assert {record.round for record in result.measured} == {1}
    assert [(r.round, r.phase) for r in result.records if r.fragment] == [(2, "measured")]


def test_error_nobody_foresaw_still_tears_down(measure):
    def script(_, turn):
        if turn.round == 2:
            raise RuntimeError("a bug")
        return Scripted(wall_ms=1)

    executor = ReplayExecutor(script)
    with pytest.raises(RuntimeError, match="a bug"):
        measure(plans.plan(), executor)
    assert methods(executor).count("end (failed)") == 3


def lost_at(*places):
    """Return a script in which the probe dies the first time each (phase, round, variant) comes."""
    left = set(places)

    def script(trial, turn):
        place = (turn.phase, turn.round, trial.variant.name)
        lost = place in left
        left.discard(place)
        return Scripted(wall_ms=1, lost=lost)

    return script


def test_lost_probe_repeats_the_round_whole_once_and_counts_it(measure):
    executor = ReplayExecutor(lost_at(("measured", 2, "git")))
    (result,) = measure(plans.plan(), executor)
    assert methods(executor).count("recover") == 1
    assert methods(executor).count("begin") == 6
    second = [record for record in result.measured if record.round == 2]
    assert len(second) == 3
    assert {record.raw.quality.retry_count for record in second} == {1}
    assert all(record.round == 2 for record in result.records if record.fragment)
    assert {trial.success_rate for trial in result.trials} == {1}


def test_probe_that_dies_again_costs_one_iteration(measure):
    deaths = iter([True, True])

    def script(trial, turn):
        here = (turn.phase, turn.round, trial.variant.name) == ("measured", 2, "git")
        return Scripted(wall_ms=1, lost=here and next(deaths, False))

    (result,) = measure(plans.plan(), ReplayExecutor(script))
    failed = [record for record in result.measured if not record.raw.quality.success]
    assert [(record.variant, record.round) for record in failed] == [("git", 2)]
    assert failed[0].raw.quality.error_type is ErrorType.PROBE_LOST
    assert failed[0].raw.quality.retry_count == 1
    assert failed[0].raw.execution.duration_ms is None


def test_progress_counts_up_to_the_total(measure):
    seen = []
    measure(
        plans.plan(plans.group(), plans.group(plans.commit_test("log"))),
        ReplayExecutor(lambda *_: Scripted(wall_ms=1)),
        progress=seen.append,
    )
    assert [moment.done for moment in seen] == sorted(moment.done for moment in seen)
    assert (seen[-1].done, seen[-1].total) == (30, 30)
    assert {moment.step for moment in seen} >= {
        "fixture",
        "set-up",
        "warm-up",
        "measured",
        "profile",
        "teardown",
        "finished",
    }


def test_preparation_cost_of_a_variant_stands_in_its_summary(measure):
    variants = (
        plans.GIT,
        Variant(name="git+graph", vcs_type="git", prepare=("git commit-graph write",)),
    )
    (result,) = measure(
        plans.plan(plans.group(variants=variants)), ReplayExecutor(lambda *_: Scripted(wall_ms=1))
    )
    assert [trial.one_off_ms for trial in result.trials] == [None, 1.0]


def test_two_fixtures_of_one_size_are_two_groups(measure):
    other = plans.group().model_copy(
        update={"fixture": plans.group().fixture.model_copy(update={"seed": 2})}
    )
    results = measure(
        plans.plan(plans.group(), other), ReplayExecutor(lambda *_: Scripted(wall_ms=1))
    )
    assert [len(result.measured) for result in results] == [9, 9]


def test_profile_of_a_quick_command_is_tried_again_until_it_is_sampled(measure):
    misses = iter([False, False])
    executor = ReplayExecutor(
        lambda _, turn: Scripted(wall_ms=1, sampled=turn.phase != "profile" or next(misses, True))
    )
    (result,) = measure(plans.plan(plans.group(variants=(plans.GIT,))), executor)
    assert sum(call.phase == "profile" for call in executor.calls) == 3
    assert result.measured[0].raw.performance.memory.rss == 5_000_000


def test_profile_that_is_never_sampled_is_given_up(measure):
    executor = ReplayExecutor(lambda *_: Scripted(wall_ms=1, sampled=False))
    (result,) = measure(plans.plan(plans.group(variants=(plans.GIT,))), executor)
    assert sum(call.phase == "profile" for call in executor.calls) == 3
    assert result.measured[0].raw.performance.memory.rss is None
    assert result.trials[0].status == "finished"


def test_a_test_the_repository_cannot_serve_is_skipped_with_the_reason(measure, monkeypatch):
    def bare(request):
        fixture = replay_fixture(request)
        poor = fixture.landmarks.model_copy(update={"branch": None})
        return fixture.model_copy(update={"landmarks": poor})

    monkeypatch.setattr("tracker.measurement.replay.replay_fixture", bare)
    plan = plans.plan()
    (group,) = plan.groups
    wanting = group.test.model_copy(update={"command": "git merge {branch}", "by_vcs": None})
    plan = plan.model_copy(update={"groups": (group.model_copy(update={"test": wanting}),)})
    executor = ReplayExecutor.from_times(TIMES)
    (result,) = measure(plan, executor)
    assert {one.reason for one in result.skipped} == {"the repository has no {branch}"}
    assert methods(executor) == ["fixture"]


def test_wish_to_end_cancels_the_command_and_says_nothing_of_its_variant(measure):
    stop = Stop()

    def script(_, turn):
        if (turn.phase, turn.round) != ("measured", 2):
            return Scripted(wall_ms=1)
        stop.request("SIGINT")
        return Scripted(wall_ms=1, exit_code=137)

    executor = ReplayExecutor(script)
    (result,) = measure(plans.plan(), executor, stop=stop)
    assert methods(executor).count("cancel") == 1
    assert result.status == "interrupted"
    assert {trial.status for trial in result.trials} == {"interrupted"}
    assert [record.round for record in result.measured] == [1, 1, 1]


def test_system_clock_that_is_set_back_fails_the_iteration_as_clock(measure):
    def script(_, turn):
        back = turn.phase == "measured" and turn.round == 2
        return Scripted(wall_ms=10, clock_step_ms=-3_600_000 if back else 0)

    group = plans.group(variants=(plans.GIT,))
    (result,) = measure(plans.plan(group, iterations=4), ReplayExecutor(script))
    kinds = [record.raw.quality.error_type for record in result.measured]
    assert kinds == [None, ErrorType.CLOCK, None, None]
    assert [record.round for record in result.measured] == [1, 2, 3, 4]
    assert result.trials[0].success_rate == 0.75


def test_retries_and_warnings_are_counted(measure):
    lost = []

    def script(trial, turn):
        first = (trial.variant.name, turn.phase, turn.round) == ("git", "measured", 2) and not lost
        lost.extend([True] * first)
        return Scripted(wall_ms=1, lost=first)

    (result,) = measure(plans.plan(iterations=3), ReplayExecutor(script))
    retried = {record.round: record.raw.quality.retry_count for record in result.measured}
    assert retried == {1: 0, 2: 1, 3: 0}


def test_parallelism_makes_fixtures_ahead_and_measures_one_at_a_time(measure):
    """Fixtures wait for one another here, so they can only be made at once."""
    together = threading.Barrier(2, timeout=20)

    class Waiting(ReplayExecutor):
        def fixture(self, request):
            if not self.calls or len(self.calls) < 2:
                self._called("fixture")
                together.wait()
                return replay_fixture(request)
            return super().fixture(request)

    groups = [
        plans.group(plans.commit_test(name)).model_copy(
            update={"fixture": FixtureRequest(size=size, seed=1)}
        )
        for name, size in (("commit", RepoSize.SMALL), ("log", RepoSize.MEDIUM))
    ]
    plan = plans.plan(*groups)
    execution = plan.config.execution.model_copy(update={"parallelism": 2})
    plan = plan.model_copy(
        update={"config": plan.config.model_copy(update={"execution": execution})}
    )
    results = measure(plan, Waiting(lambda *_: Scripted(wall_ms=3)))
    spans = sorted(
        (record.raw.execution.start_time, record.raw.execution.end_time)
        for result in results
        for record in result.records
    )
    assert len(spans) == 2 * 3 * 5
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
