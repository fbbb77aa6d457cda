"""A query equals a naive filter over the same patterns."""

import random
from fnmatch import fnmatchcase
from itertools import product
from math import fsum, nextafter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patterns.models import PatternQuery
from patterns.store import PatternStore, rollup
from tests.store.values import START, make_record

tasks = st.sampled_from(["a-git-benchmark", "a-jujutsu-benchmark", "b-git-benchmark", "x[y]"])
# Few values, so that rewards and limits meet: several in a bucket, and both sides of its edges.
near = [0.0, 0.01, 0.02, 0.049, nextafter(0.05, 0), 0.05, 0.051, 0.7, 0.71, 0.72, 0.97, 0.98, 1.0]
rewards = st.none() | st.sampled_from(near) | st.floats(0, 1)

records = st.builds(
    make_record,
    task=tasks,
    input=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=3),
    reward=rewards,
    success=st.booleans(),
    latency_ms=st.none() | st.floats(0, 1e6),
    created_at=st.integers(START, START + 5),
    variant=st.sampled_from(["git", "git+x"]),
)


@st.composite
def queries(draw):
    flag = draw(st.sampled_from([{}, {"only_successes": True}, {"only_failures": True}]))
    return PatternQuery(
        task=draw(
            st.sampled_from(
                [
                    "*",
                    "a-*",
                    "?-git-*",
                    "[ab]-git-benchmark",
                    "b-git-benchmark",
                    "x[[]*",
                    "x[y]",
                    "none*",
                ]
            )
        ),
        k=draw(st.integers(1, 6)),
        min_reward=draw(rewards),
        since=draw(st.none() | st.integers(START, START + 6)),
        variant=draw(st.none() | st.sampled_from(["git", "git+x"])),
        **flag,
    )


def _matches(query, record):
    pattern, context = record.pattern, record.context
    return (
        (pattern.task == query.task or fnmatchcase(pattern.task, query.task))
        and (
            query.min_reward is None
            or (pattern.reward is not None and pattern.reward >= query.min_reward)
        )
        and (not query.only_successes or pattern.success)
        and (not query.only_failures or not pattern.success)
        and (query.since is None or context.created_at >= query.since)
        and (query.variant is None or context.variant == query.variant)
    )


def _rank(entry):
    place, record = entry
    reward = record.pattern.reward
    return (reward is None, -(reward or 0), -record.context.created_at, -place)


def _mean(values):
    known = [value for value in values if value is not None]
    return fsum(known) / len(known) if known else None


def _check(store, given_records, query):
    seen, there = set(), []
    for record in given_records:
        if record.pattern not in seen:
            seen.add(record.pattern)
            there.append(record)
    matches = sorted(
        ((place, record) for place, record in enumerate(there) if _matches(query, record)),
        key=_rank,
    )
    found = [record.pattern for _, record in matches]
    rewarded = [entry for entry in matches if entry[1].pattern.reward is not None]
    answer = store.query(query)
    assert list(answer.patterns) == found[: query.k]
    assert answer.statistics.total_found == len(found)
    for value, expected in (
        (answer.statistics.avg_reward, _mean(pattern.reward for pattern in found)),
        (answer.statistics.avg_latency, _mean(pattern.latency_ms for pattern in found)),
        (answer.statistics.success_rate, _mean(float(pattern.success) for pattern in found)),
    ):
        assert value == (
            expected if expected is None else pytest.approx(expected, rel=1e-12, abs=1e-300)
        )
    best = found[0] if rewarded else None
    assert answer.insights.best_performing == best
    worst = min(
        rewarded,
        key=lambda entry: (entry[1].pattern.reward, entry[1].context.created_at, entry[0]),
        default=(0, None),
    )[1]
    assert answer.insights.worst_performing == (worst and worst.pattern)


def test_many_queries_on_one_store_equal_a_naive_filter(store):
    chance = random.Random(20240229)
    stored = [
        make_record(
            task=chance.choice(["a-git-benchmark", "a-jujutsu-benchmark", "b-git-benchmark"]),
            input=str(n),
            reward=chance.choice([None, *near]),
            success=chance.random() < 0.7,
            latency_ms=chance.choice([None, 1.5, 2.5]),
            created_at=START + chance.randrange(20),
            variant=chance.choice(["git", "git+x"]),
        )
        for n in range(150)
    ]
    store.add_patterns(stored[:70])
    store.add_patterns(stored[70:])
    flags = [{}, {"only_successes": True}, {"only_failures": True}]
    for task, least, flag in product(["*", "a-*", "b-git-benchmark"], [None, *near], flags):
        query = PatternQuery(
            task=task,
            k=chance.choice([1, 2, 5, 40]),
            min_reward=least,
            since=chance.choice([None, None, START + 10]),
            variant=chance.choice([None, None, "git"]),
            **flag,
        )
        _check(store, stored, query)


def _emptied(store):
    """Return a store without its patterns, in a fraction of the time that a new one takes."""
    with store._writing() as connection:
        for table in ("benchmark_patterns", "pattern_statistics", "pattern_tasks"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    return store


@pytest.fixture(scope="module")
def in_memory():
    with PatternStore("sqlite://") as store:
        yield store


@settings(max_examples=40, deadline=None)
@given(
    stored=st.lists(records, min_size=8, max_size=25),
    asked=st.lists(queries(), min_size=3, max_size=5),
)
def test_a_query_equals_a_naive_filter(in_memory, stored, asked):
    store, half = _emptied(in_memory), len(stored) // 2
    store.add_patterns(stored[:half])
    store.add_patterns(stored[half:])
    for query in asked:
        _check(store, stored, query)


@pytest.mark.postgres
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(stored=st.lists(records, max_size=25), asked=st.lists(queries(), min_size=3, max_size=5))
def test_a_query_equals_a_naive_filter_on_postgresql(postgres_schema, stored, asked):
    with PatternStore(postgres_schema) as store:
        _emptied(store).add_patterns(stored)
        for query in asked:
            _check(store, stored, query)


@settings(max_examples=30, deadline=None)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 3), tasks, rewards, st.booleans()), min_size=1, max_size=12
    )
)
def test_statistics_stay_exact_when_trials_are_judged_anew(in_memory, changes):
    store, latest = _emptied(in_memory), {}
    for run, task, reward, success in changes:
        record = make_record(run_id=f"run-{run}-aaaaaa", task=task, reward=reward, success=success)
        store.add_trial(record, ())
        latest[run] = record
    for row in store.stats():
        mine = [record.pattern for record in latest.values() if record.pattern.task == row.task]
        assert row.count == len(mine)
        assert row.success_rate == sum(pattern.success for pattern in mine) / len(mine)
        expected = _mean(pattern.reward for pattern in mine)
        assert row.avg_reward == (
            expected if expected is None else pytest.approx(expected, rel=1e-12)
        )


@given(st.floats(0, 1) | st.sampled_from([nextafter(edge, 0) for edge in rollup.EDGES[1:]]))
def test_a_reward_is_in_the_bucket_whose_edges_hold_it(reward):
    bucket = rollup.bucket_of(reward)
    assert rollup.EDGES[bucket] <= reward
    assert bucket == 19 or reward < rollup.EDGES[bucket + 1]
