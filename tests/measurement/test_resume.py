import pytest

from tests.measurement import plans
from tracker.measurement.journal import JournalError, load_journal
from tracker.measurement.replay import ReplayExecutor, Scripted


def measured_set(results):
    return {
        (record.raw.test_id, record.variant, record.round, record.raw.quality.success)
        for result in results
        for record in result.measured
    }


def two_groups(iterations=3):
    return plans.plan(
        plans.group(plans.commit_test("add")),
        plans.group(plans.commit_test("commit"), depends_on=("add",)),
        iterations=iterations,
    )


def quirky():
    """Return an executor in which jujutsu cannot add, and worktrees fail once."""

    def script(trial, turn):
        hopeless = trial.test.id == "add" and trial.variant.name == "jujutsu"
        once = trial.variant.name == "git-worktrees" and (turn.phase, turn.round) == ("measured", 2)
        return Scripted(wall_ms=turn.round, exit_code=1 if hopeless or once else 0)

    return ReplayExecutor(script)


@pytest.mark.parametrize("make", [quirky, lambda: ReplayExecutor(lambda *_: Scripted(wall_ms=1))])
def test_cut_at_every_line_and_resume_measures_the_same_iterations(measure, journal_path, make):
    whole = measure(two_groups(), make())
    expected = measured_set(whole)
    statuses = [
        (trial.variant, trial.status, trial.success_rate) for r in whole for trial in r.trials
    ]
    lines = journal_path.read_bytes().splitlines(keepends=True)
    assert len(lines) > 40
    for cut in range(len(lines)):
        half = lines[cut][: len(lines[cut]) // 2]
        journal_path.write_bytes(b"".join(lines[:cut]) + half)
        results = measure(two_groups(), make())
        assert measured_set(results) == expected, f"cut in line {cut + 1}"
        assert [
            (t.variant, t.status, t.success_rate) for r in results for t in r.trials
        ] == statuses


def test_every_iteration_of_a_complete_round_is_kept_as_it_was(measure, journal_path):
    measure(two_groups(), ReplayExecutor(lambda _, turn: Scripted(wall_ms=turn.round)))
    lines = journal_path.read_bytes().splitlines(keepends=True)
    journal_path.write_bytes(b"".join(lines[:14]))
    before = load_journal(journal_path)
    (first, _) = measure(two_groups(), ReplayExecutor(lambda *_: Scripted(wall_ms=99)))
    kept = [r for r in first.measured if r.raw.execution.duration_ms != 99]
    assert {record.round for record in kept} == {1}
    written = {e.record.raw.run_id for e in before if e.event == "iteration"}
    assert {record.raw.run_id for record in first.measured} == written


def test_interrupted_round_is_measured_again_whole_and_its_records_are_fragments(
    measure, journal_path
):
    measure(two_groups(), ReplayExecutor(lambda *_: Scripted(wall_ms=1)))
    lines = journal_path.read_bytes().splitlines(keepends=True)
    end = next(
        n for n, line in enumerate(lines) if b'"round-ended"' in line and b'"round":2' in line
    )
    journal_path.write_bytes(b"".join(lines[: end - 1]))
    (first, _) = measure(two_groups(), ReplayExecutor(lambda *_: Scripted(wall_ms=2)))
    fragments = [record for record in first.records if record.fragment]
    assert [(record.round, record.phase) for record in fragments] == [(2, "measured")] * 2
    again = [r for r in first.measured if r.round == 2]
    assert {record.raw.execution.duration_ms for record in again} == {2}
    assert [record.order for record in again] == [0, 1, 2]
    assert [r.variant for r in again][:2] == [r.variant for r in fragments]


def test_finished_group_is_taken_as_it_is(measure):
    whole = measure(two_groups(), quirky())
    executor = quirky()
    again = measure(two_groups(), executor)
    assert executor.calls == []
    assert again == whole


def test_finalised_records_of_a_resumed_group_hold_the_profile(measure):
    measure(two_groups(), quirky())
    again = measure(two_groups(), quirky())
    assert again[1].measured[0].raw.performance.memory.tree_peak == 5_000_000


def test_warm_ups_are_repeated(measure, journal_path):
    measure(two_groups(), ReplayExecutor(lambda *_: Scripted(wall_ms=1)))
    lines = journal_path.read_bytes().splitlines(keepends=True)
    end = next(
        n for n, line in enumerate(lines) if b'"round-ended"' in line and b'"round":2' in line
    )
    journal_path.write_bytes(b"".join(lines[: end + 1]))
    executor = ReplayExecutor(lambda *_: Scripted(wall_ms=1))
    measure(two_groups(), executor)
    add = [(call.phase, call.round) for call in executor.calls if call.test == "add" and call.phase]
    assert add == [("warm-up", 1)] * 3 + [("measured", 3)] * 3 + [("profile", 1)] * 3


def test_journal_of_another_session_is_refused(measure):
    measure(two_groups(), quirky())
    other = plans.session().model_copy(update={"session_id": "benchmark-1"})
    with pytest.raises(JournalError, match="belongs to session benchmark-1700000000000"):
        measure(two_groups(), quirky(), session=other)


def test_another_seed_is_refused(measure):
    measure(two_groups(), quirky())
    with pytest.raises(JournalError, match="--seed 7"):
        measure(two_groups().model_copy(update={"seed": 8}), quirky())
