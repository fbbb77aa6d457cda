"""Rounds in which others were busy: who judges, how often they are repeated, what is kept."""

import itertools

import pytest

from tests.measurement import plans
from tracker.analysis.measuring_notes import measuring_notes
from tracker.measurement.contamination import LEAST_MS, busy_share, is_contaminated, may_repeat
from tracker.measurement.journal import RoundSetAside, load_journal
from tracker.measurement.replay import ReplayExecutor, Scripted
from tracker.models import Machine
from tracker.models.config import Analysis

MACHINE = Machine(machine_class="replay", cores=2)
SESSION = plans.session(MACHINE)


def executor(busy, others_ms=400.0):
    """Return an executor beside which others work in the executions that `busy` tells."""
    taken = itertools.count()

    def script(trial, turn):
        loaded = busy(trial.variant.name, turn, next(taken))
        wall_ms = 100.0 + 3 * turn.round + (50 if loaded else 0)
        return Scripted(wall_ms=wall_ms, others_ms=others_ms if loaded else 0.0)

    return ReplayExecutor(script)


def once_in(round_number):
    """Return what is busy the first time a round is measured and not the second."""
    seen = set()

    def busy(variant, turn, _):
        first = (variant, turn.phase, turn.round) not in seen
        seen.add((variant, turn.phase, turn.round))
        return first and turn.phase == "measured" and turn.round == round_number

    return busy


def set_aside(path):
    return [event for event in load_journal(path) if isinstance(event, RoundSetAside)]


def test_busy_round_is_measured_again_whole(measure, journal_path):
    (result,) = measure(plans.plan(iterations=5), executor(once_in(2)), session=SESSION)
    assert [(one.round, one.phase) for one in set_aside(journal_path)] == [(2, "measured")]
    assert len(result.measured) == 15
    aside = [record for record in result.records if record.contaminated]
    assert sorted(record.variant for record in aside) == ["git", "git-worktrees", "jujutsu"]
    assert all(record.fragment and record.round == 2 for record in aside)
    assert {r.raw.execution.duration_ms for r in result.measured if r.round == 2} == {106.0}


def test_one_busy_variant_repeats_the_round_of_all(measure):
    def busy(variant, turn, count):
        return variant == "jujutsu" and (turn.phase, turn.round) == ("measured", 3) and count < 14

    (result,) = measure(plans.plan(iterations=5), executor(busy), session=SESSION)
    assert {r.variant for r in result.records if r.contaminated} == {
        "git",
        "git-worktrees",
        "jujutsu",
    }


def test_at_most_a_fifth_of_the_rounds_is_repeated(measure, journal_path):
    (result,) = measure(plans.plan(iterations=10), executor(lambda *_: True), session=SESSION)
    assert len(set_aside(journal_path)) == 2
    assert len(result.measured) == 30


def test_a_wait_for_a_processor_or_the_own_threads_do_not_count(measure, journal_path):
    measure(plans.plan(iterations=5), executor(lambda *_: True, others_ms=0.0), session=SESSION)
    assert set_aside(journal_path) == []


def test_unknown_number_of_processors_judges_nothing(measure, journal_path):
    measure(plans.plan(iterations=5), executor(lambda *_: True))
    assert set_aside(journal_path) == []


def test_share_is_of_all_processors_over_all_commands_of_the_round(measure):
    (result,) = measure(plans.plan(iterations=1), executor(lambda *_: True), session=SESSION)
    records = result.measured
    assert busy_share(records, 2) == pytest.approx(3 * 400 / (3 * 153 * 2))
    assert is_contaminated(records, 2)
    assert not is_contaminated(records, 100), "a fraction of a large machine"


def test_load_below_what_ticks_can_tell_is_no_load(measure):
    quiet = executor(lambda *_: True, others_ms=LEAST_MS / 3 - 1)
    (result,) = measure(plans.plan(iterations=1), quiet, session=SESSION)
    assert not is_contaminated(result.measured, 1)


@pytest.mark.parametrize(("rounds", "allowed"), [(4, 0), (5, 1), (15, 3), (100, 20)])
def test_limit_of_repetitions(rounds, allowed):
    assert [count for count in range(30) if may_repeat(count, rounds)] == list(range(allowed))


def test_resumed_session_counts_what_was_repeated_before(measure, journal_path):
    class KilledError(Exception):
        pass

    def kill(call):
        if (call.method, call.phase, call.round) == ("measure", "measured", 8):
            raise KilledError

    always = executor(lambda *_: True)
    with pytest.raises(KilledError):
        measure(
            plans.plan(iterations=10),
            ReplayExecutor(always.script, after_call=kill),
            session=SESSION,
        )
    measure(plans.plan(iterations=10), always, session=SESSION)
    assert len(set_aside(journal_path)) == 2


def test_result_with_and_without_the_repeated_rounds_is_told(measure):
    (result,) = measure(plans.plan(iterations=10), executor(once_in(4)), session=SESSION)
    (note,) = measuring_notes(result, Analysis())
    assert note.startswith("1 round was measured again, because others kept the machine busy")
    assert note.count("instead of") == 3
