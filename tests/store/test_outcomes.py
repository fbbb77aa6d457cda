"""Outcomes are read on from a key, and a store tells when that is not enough."""

from tests.store.values import START, make_record, make_trial


def test_outcomes_are_of_one_operation_in_the_order_of_their_keys(store):
    store.add_patterns(make_record(input=str(n), files=n) for n in range(3))
    store.add_patterns([make_record(operation="add"), make_record(vcs_type="jujutsu", input="j")])
    found = store.outcomes("commit", "git")
    assert [one.files for one in found] == [0, 1, 2]
    assert len(store.outcomes("commit")) == 4
    assert [one.files for one in store.outcomes("commit", "git", after=found[0].id)] == [1, 2]
    assert store.by_keys([found[1].id])[found[1].id].pattern.input == "1"


def test_additions_move_the_last_key_and_changes_the_number_of_rewrites(store):
    empty = store.state()
    assert (empty.rewrites, empty.last_id) == (0, 0)
    store.add_trial(make_trial(reward=0.1), ())
    added = store.state()
    assert (added.rewrites, added.last_id > 0) == (0, True)
    store.add_trial(make_trial(reward=0.2), ())
    replaced = store.state()
    assert replaced.rewrites > added.rewrites
    store.add_patterns([make_record(input="x", created_at=START + 1)])
    assert store.state().rewrites == replaced.rewrites
    store.prune(before=2**60, keep=1, really=True)
    assert store.state().rewrites > replaced.rewrites
