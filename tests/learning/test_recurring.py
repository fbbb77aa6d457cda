"""What recurs in a history is told with counts that can be taken again."""

from patterns.learning.recurring import find_patterns
from patterns.learning.reward import Measured, reward_terms
from patterns.models import FailedRun
from tests.store.values import START, make_trial


def _trial(n, ratio, **changes):
    terms = reward_terms(
        Measured(time=100.0 / ratio), Measured(time=100.0), successes=5, attempts=5
    )
    values = {"variant": "git+x", "baseline_run_id": "run-0-000000", "created_at": START + n}
    return make_trial(f"run-{n}-aaaaaa", reward_terms=terms.to_json(), **values, **changes)


def _failed(n, error_type="timeout", **changes):
    values = {
        "run_id": f"run-{n}-aaaaaa",
        "variant": "git",
        "repo_size": "small",
        "error_type": error_type,
        "iterations": 2,
        "last_at": START - n,
        **changes,
    }
    return FailedRun(**values)


def test_an_effect_counts_the_trials_that_went_its_way():
    ratios = [1.5, 1.6, 1.4, 1.5, 0.98, 1.5, 1.5, 1.6]
    trials = [_trial(n, ratio) for n, ratio in enumerate(ratios)]
    (found,) = find_patterns("commit", trials, ())
    assert (found.type, found.frequency) == ("performance", 7)
    assert found.description.startswith(
        "git+x on small repositories is faster than its pinned baseline in 7 of 8 trials"
    )
    assert found.examples == tuple(f"run-{n}-aaaaaa" for n in (7, 6, 5, 3, 2))


def test_what_is_undecided_is_no_effect():
    assert find_patterns("commit", [_trial(n, r) for n, r in enumerate([0.5, 2.0, 1.1])], ()) == ()


def test_failures_are_grouped_by_cause():
    failures = [_failed(1), _failed(2, variant="jujutsu"), _failed(3, "oom", iterations=1)]
    (found,) = find_patterns("commit", (), failures)
    assert (found.type, found.frequency) == ("error", 4)
    assert found.description == "timeout: 4 iterations of 2 trials failed so (git 2, jujutsu 2)"
    assert found.examples == ("run-1-aaaaaa", "run-2-aaaaaa")


def test_usage_counts_sessions_and_one_is_no_habit():
    def trials(sessions):
        return [
            make_trial(f"run-{n}-bbbbbb", session_id=f"benchmark-{n // 2}", created_at=START + n)
            for n in range(2 * sessions)
        ]

    assert find_patterns("commit", trials(1), ()) == ()
    (found,) = find_patterns("commit", trials(3), ())
    assert (found.type, found.frequency) == ("usage", 3)
    assert found.description == (
        "commit was measured in 3 sessions, 6 trials: git 6; repositories small 6"
    )
    assert found.examples == ("benchmark-2", "benchmark-1", "benchmark-0")
