"""What to expect, from a store: read on where it ends, and anew where it changed."""

import pytest

from patterns.models import AskedContext
from patterns.store import PatternStore
from tests.store.values import make_record, make_trial
from tracker.workflow.expectation import Expectations

ASKED = AskedContext(operation="commit", vcs_type="git", variant="git", files=100)


@pytest.fixture
def store():
    with PatternStore("sqlite://") as opened:
        opened.add_patterns(
            make_record(input=str(n), files=100 * n, latency_ms=float(n), success=n != 3)
            for n in range(1, 5)
        )
        yield opened


def test_the_answer_holds_neighbours_distances_and_ids(store):
    answer = Expectations(store).expect(ASKED, k=3)
    assert [one.pattern.input for one in answer.neighbours] == ["1", "2", "3"]
    assert (answer.n, answer.considered, answer.widened) == (3, 4, ())
    assert answer.latency_ms == 1.5
    assert answer.latency_quartiles == (1.25, 1.75)
    assert answer.success_rate == pytest.approx(2 / 3)
    assert store.find(answer.neighbours[0].id).pattern.input == "1"


def test_what_was_added_replaced_or_removed_is_seen(store):
    expectations = Expectations(store)
    expectations.expect(ASKED, k=2)
    store.add_trial(make_trial(files=100, latency_ms=7.0), ())
    assert expectations.expect(ASKED, k=1).neighbours[0].run_id == make_trial().context.run_id
    store.add_trial(make_trial(files=100, latency_ms=8.0), ())
    assert expectations.expect(ASKED, k=1).latency_ms == 8.0
    store.prune(before=2**60, keep=1, really=True)
    assert expectations.expect(ASKED, k=1).considered == 1


def test_an_empty_store_expects_nothing():
    with PatternStore("sqlite://") as store:
        answer = Expectations(store).expect(ASKED)
    assert (answer.n, answer.latency_ms, answer.success_rate) == (0, None, None)
    assert answer.widened == ("configuration", "system")
