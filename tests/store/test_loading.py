"""Loading at once is the same as writing one after the other, and only done where it pays."""

import pytest
from sqlalchemy import inspect

from patterns.models import PatternQuery
from patterns.store import PatternStore, StoreError, loading
from patterns.tables import patterns
from tests.store.values import START, make_record, make_trial


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(loading, "AT_LEAST", 20)


def _records(count, start=0):
    return [
        make_record(input=str(n), reward=n % 7 / 7, success=n % 3 > 0, created_at=START + n)
        for n in range(start, start + count)
    ]


def _loads(monkeypatch):
    sizes = []
    real = loading.load

    def load(connection, rows):
        sizes.append(True)
        return real(connection, rows)

    monkeypatch.setattr(loading, "load", load)
    return sizes


def _everything(store):
    answers = [store.query(PatternQuery(k=500)), store.query(PatternQuery(min_reward=0.31))]
    counts = [(answer.statistics.total_found, answer.statistics.success_rate) for answer in answers]
    means = [answer.statistics.avg_reward for answer in answers]
    exact = [(answer.patterns, answer.insights) for answer in answers]
    return exact, counts, [round(mean, 12) for mean in means]


def test_a_load_leaves_what_single_batches_leave(store, monkeypatch):
    loads = _loads(monkeypatch)
    records = [*_records(50), *_records(50), make_trial(), make_trial(reward=0.9)]
    stored = store.add_patterns(records)
    assert (stored.added, stored.known) == (51, 51)
    assert bool(loads) == (store._engine.dialect.name == "sqlite")
    there = {index["name"] for index in inspect(store._engine).get_indexes("benchmark_patterns")}
    assert there == {index.name for index in patterns.indexes}
    with PatternStore("sqlite://") as other:
        for some in range(0, 102, 17):
            other.add_patterns(records[some : some + 17])
        assert _everything(other) == _everything(store)


def test_what_is_there_is_known_to_a_load(store):
    store.add_patterns([*_records(10), make_trial()])
    again = store.add_patterns([*_records(40), make_trial(reward=0.9)])
    assert (again.added, again.known) == (30, 11)


def test_a_batch_that_does_not_outweigh_the_store_keeps_its_indexes(monkeypatch):
    with PatternStore("sqlite://") as store:
        store.add_patterns(_records(60))
        loads = _loads(monkeypatch)
        store.add_patterns(_records(20, start=100))
        assert not loads
        store.add_patterns(_records(60, start=200))
        assert store.stats()[0].count == 140


def test_a_load_that_takes_too_long_goes_on_after_letting_others_write(monkeypatch):
    with PatternStore("sqlite://") as store:
        monkeypatch.setattr(loading, "LONGEST_SECONDS", -1.0)
        monkeypatch.setattr(loading, "pays", lambda _connection, _given: False)
        assert store.add_patterns(_records(45)).added == 45


def test_a_load_that_fails_leaves_nothing_behind_not_even_a_missing_index(tmp_path):
    def broken():
        yield from _records(30)
        yield make_record(input="a\x00b")

    with PatternStore(f"sqlite:///{tmp_path}/t.db") as store:
        with pytest.raises(StoreError, match="NUL"):
            store.add_patterns(broken())
        assert store.stats() == ()
        there = {
            index["name"] for index in inspect(store._engine).get_indexes("benchmark_patterns")
        }
        assert there == {index.name for index in patterns.indexes}


def test_a_digest_is_never_older_than_the_last_write_of_anybody(lasting_address):
    with PatternStore(lasting_address) as one, PatternStore(lasting_address) as other:
        for n in range(1, 4):
            other.add_patterns(_records(1, start=n))
            assert one.query(PatternQuery(min_reward=0)).statistics.total_found == n
        other.add_trial(make_trial(reward=0.5), ())
        assert one.query(PatternQuery(min_reward=0.45)).statistics.avg_reward == 0.5
        other.add_trial(make_trial(reward=0.9), ())
        assert one.query(PatternQuery(min_reward=0.45)).statistics.avg_reward == 0.9
