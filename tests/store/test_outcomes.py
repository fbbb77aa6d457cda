"""Outcomes are read on from a key, and a store tells when that is not enough."""

from tests.store.values import START, make_record, make_trial


def _state(store):
    with store.read_outcomes() as reader:
        return reader.state()


def test_outcomes_are_of_one_operation_in_the_order_of_their_keys(store):
    store.add_patterns(make_record(input=str(n), files=n) for n in range(3))
    store.add_patterns([make_record(operation="add"), make_record(vcs_type="jujutsu", input="j")])
    with store.read_outcomes() as reader:
        found = reader.outcomes("commit", "git")
        assert [one.files for one in found] == [0, 1, 2]
        assert len(reader.outcomes("commit")) == 4
        assert [one.files for one in reader.outcomes("commit", "git", after=found[0].id)] == [1, 2]
        one = reader.by_keys([found[1].id])[found[1].id]
    assert (one.pattern, one.variant, one.run_id) == (
        make_record(input="1", files=1).pattern,
        "git",
        None,
    )


def test_additions_move_the_last_key_and_changes_the_number_of_rewrites(store):
    empty = _state(store)
    assert (empty.rewrites, empty.last_id) == (0, 0)
    store.add_trial(make_trial(reward=0.1), ())
    added = _state(store)
    assert (added.rewrites, added.last_id > 0) == (0, True)
    store.add_trial(make_trial(reward=0.2), ())
    replaced = _state(store)
    assert replaced.rewrites > added.rewrites
    store.add_patterns([make_record(input="x", created_at=START + 1)])
    assert _state(store).rewrites == replaced.rewrites
    store.prune(before=2**60, keep=1, really=True)
    assert _state(store).rewrites > replaced.rewrites
