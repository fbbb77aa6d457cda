"""Queries find their rows by index, however many there are."""

import pytest

from patterns.models import PatternQuery
from patterns.store import PatternStore
from tests.store.values import make_record

TASK = "op1-git-benchmark"


@pytest.fixture
def planned(tmp_path):
    """Return a function that says how SQLite finds the rows of each statement that a call runs."""
    with PatternStore(f"sqlite:///{tmp_path}/t.db") as store:
        store.add_patterns(
            make_record(
                task=f"op{n % 5}-git-benchmark", input=str(n), reward=n / 500, success=n % 10 > 1
            )
            for n in range(500)
        )
        pooled = store._engine.raw_connection()
        driver = pooled.driver_connection
        pooled.close()

        def plans(call):
            statements = []
            driver.set_trace_callback(statements.append)
            call(store)
            driver.set_trace_callback(None)
            selects = [one for one in statements if one.lstrip().startswith("SELECT")]
            return [
                row[-1]
                for statement in selects
                for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}")
            ]

        yield plans


@pytest.mark.parametrize(
    "query",
    [
        PatternQuery(task=TASK),
        PatternQuery(task="op*", k=3),
        PatternQuery(task=TASK, min_reward=0.33, only_successes=True),
        PatternQuery(task=TASK, only_failures=True),
        PatternQuery(task=TASK, since=5),
    ],
    ids=str,
)
def test_a_query_reads_no_pattern_that_does_not_match(planned, query):
    plan = planned(lambda store: store.query(query))
    touching = [step for step in plan if "benchmark_patterns" in step]
    assert touching
    assert all(step.startswith("SEARCH") for step in touching), touching


def test_statistics_of_all_matches_read_no_pattern(planned):
    plan = planned(lambda store: store.stats())
    assert plan
    assert not any("benchmark_patterns" in step for step in plan)


def test_runs_sessions_and_baselines_are_found_by_index(planned):
    def read(store):
        store.run("run-1-aaaaaa")
        store.results("run-1-aaaaaa")
        store.runs("benchmark-1")
        store.baseline(operation="op", test_id="t", fixture_id="f", machine_class="m")
        store.trials("op")
        store.failures("op")

    plan = [step for step in planned(read) if "benchmark" in step]
    assert len(plan) >= 4
    assert all(step.startswith("SEARCH") for step in plan), plan
