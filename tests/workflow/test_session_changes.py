"""What the sessions before say of a trial."""

import random
from types import SimpleNamespace

import pytest

from tracker.workflow.session_changes import FEWEST_SESSIONS, changes_of


class Store:
    """The patterns of one series, a value a session."""

    def __init__(self, values, **changes):
        self.values, self.changes = values, changes

    def records(self, *, trials):
        assert trials
        for place, value in enumerate(self.values):
            context = {
                "test_id": "commit",
                "fixture_id": "small",
                "variant": "git",
                "machine_class": "here",
                "status": "finished",
                "created_at": place,
                "run_id": f"run-{place}",
                **self.changes,
            }
            pattern = SimpleNamespace(latency_ms=value)
            yield SimpleNamespace(context=SimpleNamespace(**context), pattern=pattern)


def judged(values, latest=None, **changes):
    latest = f"run-{len(values) - 1}" if latest is None else latest
    trial = SimpleNamespace(
        test_id="commit", repo_id="small", variant="git", status="finished", run_id=latest
    )
    session = SimpleNamespace(machine=SimpleNamespace(machine_class="here"))
    group = SimpleNamespace(trials=(trial,))
    return changes_of(Store(values, **changes), session, [group]).get(latest)


def history(count, seed=1):
    rng = random.Random(seed)
    return [10 * rng.lognormvariate(0, 0.02) for _ in range(count)]


def test_without_a_store_nothing_is_said():
    assert changes_of(None, SimpleNamespace(), []) == {}


def test_too_few_sessions_are_said_to_be_too_few():
    change = judged(history(FEWEST_SESSIONS - 1))
    assert change.regression == "too few sessions"
    assert "11 are needed" in change.words
    assert judged(history(1)).ratio is None


def test_a_steady_series_has_no_regression():
    found = [judged(history(30, seed)).regression for seed in range(40)]
    assert found.count("none") >= 39


@pytest.mark.parametrize(("after", "level"), [(3, "suspect"), (8, "confirmed")])
def test_a_rise_among_the_newest_sessions_is_a_regression(after, level):
    values = history(30)
    values[-after:] = [value * 1.3 for value in values[-after:]]
    change = judged(values)
    assert change.regression == level
    assert change.ratio == pytest.approx(1.3, rel=0.05)
    assert change.tag == f"slower ({level})"
    assert f"for {after} sessions" in change.words


def test_a_fall_is_none():
    values = history(30)
    values[-8:] = [value * 0.7 for value in values[-8:]]
    assert judged(values).regression == "none"


def test_a_rise_long_ago_is_the_usual_level_now():
    values = history(40)
    values[10:] = [value * 1.5 for value in values[10:]]
    change = judged(values)
    assert change.regression == "none"
    assert change.ratio == pytest.approx(1.0, abs=0.1)


def test_a_session_written_later_is_judged_by_what_was_known_then():
    values = history(30)
    values[-3:] = [value * 1.3 for value in values[-3:]]
    assert judged(values, latest="run-26").regression == "none"


def test_another_class_of_machine_is_another_series():
    assert judged(history(30), machine_class="elsewhere") is None
