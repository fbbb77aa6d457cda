"""Real commands through the real probe in a real repository."""

import itertools
import os
from pathlib import Path

import pytest

from tests.measurement import plans
from tests.measurement.repository import make_fixture
from tracker.measurement.engine import measure_plan
from tracker.measurement.executor import ExecutorError
from tracker.measurement.journal import Iteration, Journal, load_journal
from tracker.measurement.local import LocalExecutor
from tracker.measurement.probe.client import start_local_probe
from tracker.models import (
    ErrorType,
    OutcomeCheck,
    SetupScript,
    TeardownScript,
    Test,
    Validation,
    Variant,
)
from tracker.models.suite import SystemSteps
from tracker.vcs.registry import get_vcs

pytestmark = pytest.mark.vcs


@pytest.fixture(scope="module")
def fixture(tmp_path_factory, git):
    assert git
    return make_fixture(tmp_path_factory.mktemp("fixture"))


@pytest.fixture
def probes():
    return []


@pytest.fixture
def local(fixture, tmp_path, probes):
    def start():
        probes.append(start_local_probe())
        return probes[-1]

    executor = LocalExecutor(
        start,
        lambda _: fixture,
        get_vcs,
        tmp_path / "work",
        path=os.environ["PATH"],
        systems=("git",),
    )
    yield executor
    executor.close()


@pytest.fixture
def measure(local, tmp_path):
    tokens = itertools.count()

    def run(*groups, iterations=2, warmups=1):
        with Journal(tmp_path / "journal.jsonl") as journal:
            return list(
                measure_plan(
                    plans.plan(*groups, iterations=iterations, warmups=warmups),
                    plans.session(local.describe()),
                    local,
                    journal,
                    order=plans.rotated,
                    token=lambda: f"{next(tokens):06x}",
                )
            )

    return run


@pytest.fixture
def log(tmp_path):
    """Return a command that appends a word to a log outside of the work copy, and its reader."""
    path = tmp_path / "log"
    script = tmp_path / "say"
    script.write_text(f'#!/bin/sh\necho "$*" >> {path}\n')
    script.chmod(0o755)

    class Log:
        say = str(script)

        def words(self):
            return path.read_text().split("\n")[:-1]

    return Log()


def group(test, variants=(plans.GIT,), **changes):
    return plans.group(test, variants, **changes)


def test_order_is_setup_warm_up_prepare_measure_check_restore_teardown(measure, log):
    test = Test(
        id="order",
        name="order",
        command="",
        by_vcs={"git": SystemSteps(steps=(f"{log.say} measure", f"{log.say} second-step"))},
        vcs_types=("git",),
        prepare=(f"{log.say} prepare", "touch left-by-prepare"),
        outcome=OutcomeCheck(command=f"{log.say} check"),
    )
    (result,) = measure(
        group(
            test,
            setup=SetupScript(commands=(f"{log.say} setup",)),
            teardown=TeardownScript(commands=(f"{log.say} teardown", "test ! -e left-by-prepare")),
        ),
        iterations=2,
    )
    assert result.trials[0].status == "finished", result.trials[0].reason
    turn = ["prepare", "measure", "second-step", "check"]
    words = log.words()
    turns = (len(words) - 2) / len(turn)  # a profile that came too late is tried up to three times
    assert turns in (4, 5, 6)
    assert words == ["setup", *turn * int(turns), "teardown"]
    assert result.trials[0].reason is None  # the teardown saw a restored work copy


def test_teardown_runs_after_a_failure_and_only_then_if_it_is_to_run_always(measure, log):
    failing = Test(id="failing", name="failing", command="false", outcome=None)
    measure(group(failing, teardown=TeardownScript(commands=(f"{log.say} always",))))
    measure_again = TeardownScript(commands=(f"{log.say} sometimes",), always_run=False)
    measure(group(failing.model_copy(update={"id": "second"}), teardown=measure_again))
    assert log.words() == ["always"]


def test_teardown_runs_after_a_failed_setup(measure, log):
    (result,) = measure(
        group(
            Test(id="any", name="any", command="true"),
            setup=SetupScript(commands=("ls /nonexistent",)),
            teardown=TeardownScript(commands=(f"{log.say} teardown",)),
        )
    )
    assert log.words() == ["teardown"]
    assert result.trials[0].status == "failed"
    assert "No such file" in result.trials[0].reason


def test_failing_teardown_is_told_and_spoils_nothing(measure):
    teardown = TeardownScript(commands=("false",))
    (result,) = measure(group(Test(id="any", name="any", command="true"), teardown=teardown))
    assert result.trials[0].status == "finished"
    assert "teardown" in result.trials[0].reason


COMMIT = Test(
    id="commit",
    name="commit",
    command="git commit -q -m message",
    prepare=("dd if=/dev/null of={file}", "git add {file}"),
    outcome=OutcomeCheck(tree="HEAD"),
)


def test_mutating_test_starts_from_the_same_state_each_time(measure):
    variants = (plans.GIT, plans.WORKTREES)
    (result,) = measure(group(COMMIT, variants), iterations=4)
    assert [trial.status for trial in result.trials] == ["finished", "finished"]
    assert len({record.outcome for record in result.records}) == 1
    assert all(len(record.outcome) == 40 for record in result.records)
    log = [record.raw.execution.exit_code for record in result.records]
    assert set(log) == {0}  # a second commit of the same change would exit with 1


def test_work_copy_is_clean_after_a_mutating_test(measure):
    clean = Test(
        id="status",
        name="status",
        command="git status --porcelain",
        mutates=False,
        outcome=OutcomeCheck(stdout=True, expect=""),
    )
    ahead = Test(
        id="count",
        name="count",
        command="git rev-list --count HEAD",
        mutates=False,
        outcome=OutcomeCheck(stdout=True, expect="4"),
    )
    results = measure(group(COMMIT), group(clean), group(ahead))
    assert [r.trials[0].status for r in results] == ["finished"] * 3, [r.trials[0] for r in results]


READ_ONLY = {"git": "git status", "log": "git log --oneline", "diff": "git diff HEAD~1"}


@pytest.mark.parametrize("command", READ_ONLY.values())
def test_reading_commands_of_git_change_nothing(measure, command):
    test = Test(id="read", name="read", command=command, mutates=False)
    (result,) = measure(group(test, (plans.GIT, plans.WORKTREES)))
    assert [trial.status for trial in result.trials] == ["finished", "finished"]


@pytest.mark.usefixtures("jj")
@pytest.mark.parametrize("command", ["jj status", "jj log", "jj diff -r @--"])
def test_reading_commands_of_jujutsu_change_nothing(measure, command):
    test = Test(id="read", name="read", command=command, mutates=False)
    (result,) = measure(group(test, (plans.JUJUTSU,)))
    assert result.trials[0].status == "finished", result.trials[0].reason


@pytest.mark.usefixtures("jj")
def test_systems_agree_on_the_tree_of_a_commit(measure):
    test = COMMIT.model_copy(
        update={
            "by_vcs": {
                "jujutsu": SystemSteps(
                    steps=("jj commit -m message",),
                    prepare=("dd if=/dev/null of={file}",),
                    outcome=OutcomeCheck(tree="@-"),
                )
            }
        }
    )
    (result,) = measure(group(test, (plans.GIT, plans.WORKTREES, plans.JUJUTSU)))
    assert [trial.status for trial in result.trials] == ["finished"] * 3, result.trials
    assert len({trial.outcome for trial in result.trials}) == 1


def test_lie_about_mutates_is_found_with_the_path(measure):
    test = Test(id="lie", name="lie", command="touch new-file", mutates=False)
    (result,) = measure(group(test))
    assert result.trials[0].status == "void"
    assert "repo/new-file" in result.trials[0].reason
    assert len([r for r in result.records if r.phase == "measured"]) == 0


def test_what_was_prepared_is_no_lie(measure):
    test = Test(
        id="dirty",
        name="dirty",
        command="git status --porcelain",
        prepare=("touch new-file",),
        mutates=False,
        outcome=OutcomeCheck(stdout=True, expect="?? new-file"),
    )
    (result,) = measure(group(test))
    assert result.trials[0].status == "finished", result.trials[0].reason


def test_command_that_takes_too_long_is_killed_with_its_children(measure, tmp_path):
    pid_file = tmp_path / "pid"
    script = tmp_path / "slow"
    script.write_text(f"#!/bin/sh\nsleep 77 &\necho $! > {pid_file}\nwait\n")
    script.chmod(0o755)
    test = Test(id="slow", name="slow", command=str(script), timeout=1000)
    (result,) = measure(group(test), iterations=1, warmups=0)
    raw = result.measured[0].raw
    assert raw.quality.error_type is ErrorType.TIMEOUT
    assert 1000 <= raw.execution.duration_ms < 5000
    assert not Path(f"/proc/{pid_file.read_text().strip()}").exists()


def test_validation_is_checked_on_the_whole_output(measure, tmp_path):
    text = tmp_path / "text"
    text.write_text("x" * 60_000 + "needle" + "y" * 60_000)
    test = Test(
        id="cat",
        name="cat",
        command=f"cat {text}",
        validation=Validation(output_matches="xneedley"),
    )
    (result,) = measure(group(test))
    assert result.trials[0].status == "finished"
    kept = result.measured[0].raw.execution
    assert kept.stdout_bytes == 120_006
    assert len(kept.stdout) < 70_000
    assert "bytes left out" in kept.stdout


def test_validation_that_fails_is_named(measure):
    test = Test(
        id="echo", name="echo", command="echo no", validation=Validation(output_matches="yes")
    )
    (result,) = measure(group(test))
    assert result.measured[0].raw.quality.error_type is ErrorType.VALIDATION


def test_command_that_is_not_there_fails_with_its_name(measure):
    (result,) = measure(group(Test(id="none", name="none", command="no-such-program")))
    assert result.trials[0].status == "failed"
    assert "no-such-program" in result.trials[0].reason


def test_shell_only_where_it_is_asked_for(measure):
    plain = Test(
        id="plain",
        name="plain",
        command="echo $HOME | cat",
        outcome=OutcomeCheck(stdout=True, expect="$HOME | cat"),
    )
    shell = plain.model_copy(
        update={"id": "shell", "shell": True, "outcome": OutcomeCheck(stdout=True, extract="home$")}
    )
    results = measure(group(plain), group(shell))
    assert [r.trials[0].outcome for r in results] == ["$HOME | cat", "home"]


def test_every_field_with_a_source_is_filled(measure):
    test = Test(id="sleep", name="sleep", command="sleep 0.05")
    (result,) = measure(group(test), iterations=1)
    performance = result.measured[0].raw.performance
    assert 49 <= result.measured[0].raw.execution.duration_ms < 500
    assert performance.cpu.total_time == pytest.approx(
        performance.cpu.user_time + performance.cpu.system_time
    )
    assert 500_000 < performance.memory.peak < 20_000_000
    for value in (
        performance.cpu.context_switches,
        performance.memory.rss,
        performance.memory.vms,
        performance.memory.heap,
        performance.memory.external,
        performance.memory.tree_peak,
        performance.memory.minor_faults,
        performance.io.read_ops,
        performance.io.read_bytes,
        performance.disk.initial_size,
        performance.disk.inodes,
    ):
        assert value is not None
    assert performance.memory.tree_peak_source == "sampled"
    assert performance.disk.delta == 0
    profile = next(record for record in result.records if record.phase == "profile")
    assert profile.raw.performance.memory.time_series.samples
    assert profile.raw.performance.io.time_series.samples


def test_disk_delta_of_a_mutating_test(measure):
    test = Test(id="grow", name="grow", command="dd if=/dev/zero of=big bs=1024 count=1024")
    (result,) = measure(group(test))
    for record in result.measured:
        assert record.raw.performance.disk.delta >= 1_048_576
        assert (
            record.raw.performance.disk.initial_size
            == result.measured[0].raw.performance.disk.initial_size
        )


def test_work_copy_is_made_once_and_stays_at_its_place(measure):
    where = Test(id="where", name="where", command="pwd", outcome=OutcomeCheck(stdout=True))
    results = measure(group(where), group(where.model_copy(update={"id": "where2"})))
    assert results[0].trials[0].outcome == results[1].trials[0].outcome


def test_one_off_cost_of_a_variant_is_measured(measure):
    variant = Variant(
        name="git+graph", vcs_type="git", prepare=("git commit-graph write --reachable",)
    )
    test = Test(
        id="log",
        name="log",
        command="git log --oneline",
        mutates=False,
        outcome=OutcomeCheck(stdout=True),
    )
    (result,) = measure(group(test, (plans.GIT, variant)))
    assert [trial.status for trial in result.trials] == ["finished", "finished"]
    assert result.trials[0].one_off_ms is None
    assert result.trials[1].one_off_ms > 0


def test_lost_probe_is_replaced_and_the_work_copies_are_made_anew(measure, probes, tmp_path):
    killer = tmp_path / "killer"
    once = tmp_path / "killed"
    killer.write_text(
        f"#!/bin/sh\nif [ ! -e {once} ]; then touch {once}; kill -9 $PPID; fi\ntouch new\n"
    )
    killer.chmod(0o755)
    (result,) = measure(group(Test(id="killer", name="killer", command=str(killer))), warmups=0)
    assert result.trials[0].status == "finished"
    assert [r.raw.quality.retry_count for r in result.measured] == [1, 0]
    assert len(probes) == 2


def test_missing_landmark_skips_the_trial_with_its_name(measure):
    (result,) = measure(group(Test(id="merge", name="merge", command="git merge {branch}")))
    assert result.trials == ()
    assert "{branch}" in result.skipped[0].reason


def test_setting_that_is_none_fails_its_variant_alone(measure):
    odd = Variant(name="git+odd", vcs_type="git", settings={"nonsense": "1"})
    (result,) = measure(group(Test(id="any", name="any", command="true"), (plans.GIT, odd)))
    assert [trial.status for trial in result.trials] == ["finished", "failed"]
    assert "nonsense" in result.trials[1].reason


def test_versions_are_those_of_the_systems_that_are_there(local):
    assert set(local.versions()) == {"git"}


def test_tool_that_is_missing_is_an_error_with_its_name(fixture, tmp_path):
    executor = LocalExecutor(
        start_local_probe,
        lambda _: fixture,
        get_vcs,
        tmp_path / "work2",
        path=str(tmp_path),
        systems=("git",),
    )
    try:
        with pytest.raises(ExecutorError, match="git"):
            executor.tool_versions("git")
        assert executor.versions() == {}
    finally:
        executor.close()


def test_close_removes_the_work_copies(local, measure, tmp_path):
    measure(group(Test(id="any", name="any", command="true")))
    assert (tmp_path / "work" / "imported-small-test" / "git" / "pristine").is_dir()
    local.close()
    assert not (tmp_path / "work").exists()


def test_work_copy_with_a_setup_is_made_for_one_trial_alone(measure, tmp_path):
    setup = SetupScript(commands=("touch from-setup",))
    test = Test(
        id="ls", name="ls", command="ls", outcome=OutcomeCheck(stdout=True, extract="from-setup")
    )
    (result,) = measure(group(test, setup=setup))
    assert result.trials[0].outcome == "from-setup"
    assert not (tmp_path / "work" / "imported-small-test" / "git_basic").exists()


def test_set_ups_at_once_and_clocks_one_after_another(fixture, tmp_path):
    """Each set-up waits for the other one, so they can only end if they are made at once."""
    meet = tmp_path / "meet"
    meet.mkdir()
    wait = (
        "n=0; while [ $(ls {0} | wc -l) -lt 2 ] && [ $n -lt 300 ]; do sleep 0.1; n=$((n + 1)); done"
    )
    script = f"touch {meet}/$$; {wait.format(meet)}; [ $(ls {meet} | wc -l) -ge 2 ]"
    executor = LocalExecutor(
        start_local_probe,
        lambda _: fixture,
        get_vcs,
        tmp_path / "work",
        path=os.environ["PATH"],
        builders=True,
    )
    test = Test(id="status", name="status", command="git status --porcelain", mutates=False)
    group = plans.group(
        test,
        (plans.GIT, plans.WORKTREES),
        setup=SetupScript(commands=(f"sh -c '{script}'",)),
    )
    plan = plans.plan(group, iterations=4)
    execution = plan.config.execution.model_copy(update={"parallelism": 2})
    plan = plan.model_copy(
        update={"config": plan.config.model_copy(update={"execution": execution})}
    )
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        (result,) = measure_plan(
            plan, plans.session(executor.describe()), executor, journal, order=plans.rotated
        )
    executor.close()
    assert [(trial.status, trial.reason) for trial in result.trials] == [("finished", None)] * 2
    records = [event.record for event in load_journal(path) if isinstance(event, Iteration)]
    spans = sorted((one.raw.execution.start_time, one.raw.execution.end_time) for one in records)
    assert len(spans) == 2 * (1 + 4 + 1)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
