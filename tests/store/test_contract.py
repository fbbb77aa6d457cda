"""The contract of PatternStore, the same on SQLite in memory, an SQLite file and PostgreSQL."""

import math

import pytest
from pydantic import ValidationError

from patterns.models import (
    ExpectedImpact,
    FailedRun,
    Implementation,
    PatternQuery,
    PatternSearchResult,
    Recommendation,
)
from patterns.store import StoreError
from tests.store.values import DAY, START, make_record, make_row, make_trial

HOSTILE = "'; DROP TABLE benchmark_patterns; -- \" %s %(x)s :x ? \\ \n\t\x01 é 漢字 🧪 <script>"

RUN = "run-1700000000-abc123"


class PatternStoreContract:
    """What every store must do; a subclass gives the `store` fixture."""

    # Trials

    def test_a_trial_comes_back_as_it_went_in(self, store):
        record = make_trial(
            vcs_version="2.39.5",
            config_hash="c0ffee",
            round=15,
            files=100,
            commits=50,
            branches=3,
            tags=0,
            total_bytes=2**40,
            reward_version=1,
            reward_terms='{"version":1}',
            baseline_run_id="run-1-aaaaaa",
            status="interrupted",
            critique="2.1x faster",
            tokens_used=None,
        )
        rows = [
            make_row(1, round=1),
            make_row(2, success=False, error_type="timeout", exit_code=None),
        ]
        stored = store.add_trial(record, rows)
        assert (stored.outcome, stored.iterations) == ("added", 2)
        assert store.run(RUN) == record
        assert store.results(RUN) == tuple(rows)

    def test_an_unknown_run_is_none(self, store):
        assert store.run("run-1-ffffff") is None
        assert store.results("run-1-ffffff") == ()

    def test_unknown_measurements_stay_unknown(self, store):
        unknown = dict.fromkeys(
            (
                *("execution_time_ms", "cpu_user_ms", "cpu_system_ms", "memory_peak_bytes"),
                *("io_read_ops", "io_write_ops", "disk_delta_bytes", "exit_code", "reward"),
            )
        )
        store.add_trial(make_trial(reward=None, latency_ms=None), [make_row(**unknown)])
        assert store.run(RUN).pattern.reward is None
        assert store.results(RUN)[0].execution_time_ms is None
        assert store.results(RUN)[0].memory_peak_bytes is None

    def test_zero_is_not_unknown(self, store):
        store.add_trial(make_trial(reward=0.0, latency_ms=0.0), [make_row(execution_time_ms=0.0)])
        assert store.run(RUN).pattern.latency_ms == 0
        assert store.run(RUN).pattern.reward == 0
        assert store.results(RUN)[0].execution_time_ms == 0

    def test_writing_a_trial_twice_changes_nothing(self, store):
        first = store.add_trial(make_trial(), [make_row(1), make_row(2)])
        again = store.add_trial(make_trial(), [make_row(1), make_row(2)])
        assert (again.id, again.outcome, again.iterations) == (first.id, "known", 0)
        assert len(store.results(RUN)) == 2
        assert store.stats()[0].count == 1

    def test_missing_iterations_are_added_to_a_known_trial(self, store):
        store.add_trial(make_trial(), [make_row(1)])
        again = store.add_trial(make_trial(), [make_row(1), make_row(2)])
        assert (again.outcome, again.iterations) == ("known", 1)
        assert [row.iteration for row in store.results(RUN)] == [1, 2]

    def test_a_trial_judged_anew_replaces_its_pattern_and_statistics(self, store):
        store.add_trial(make_trial(reward=0.5, status="interrupted"), [make_row(1)])
        again = store.add_trial(
            make_trial(reward=0.9), [make_row(1, execution_time_ms=1.5), make_row(2)]
        )
        assert again.outcome == "replaced"
        assert [row.execution_time_ms for row in store.results(RUN)] == [1.5, 42.0]
        found = store.query(PatternQuery())
        assert found.statistics.total_found == 1
        assert found.statistics.avg_reward == 0.9
        assert store.query(PatternQuery(min_reward=0.2)).statistics.total_found == 1

    def test_a_trial_judged_anew_keeps_its_iterations_where_none_are_given(self, store):
        store.add_trial(make_trial(reward=0.5), [make_row(1)])
        store.add_trial(make_trial(reward=0.9), ())
        assert len(store.results(RUN)) == 1

    def test_two_trials_that_fail_alike_are_both_kept(self, store):
        for run_id in ("run-1-aaaaaa", "run-2-bbbbbb"):
            store.add_trial(make_record(run_id=run_id, reward=0.0, success=False), ())
        assert len(store.runs()) == 2

    def test_iterations_of_another_run_are_refused_and_nothing_is_written(self, store):
        with pytest.raises(StoreError, match="run-2-bbbbbb"):
            store.add_trial(make_trial(), [make_row(1), make_row(2, run_id="run-2-bbbbbb")])
        assert store.runs() == ()

    def test_a_trial_is_written_whole_or_not_at_all(self, store):
        with pytest.raises(StoreError):
            store.add_trial(make_trial(), [make_row(1), make_row(2, reward=2.0)])
        assert store.run(RUN) is None
        assert store.results(RUN) == ()
        assert store.stats() == ()

    def test_the_mlflow_run_is_written_to_pattern_and_iterations(self, store):
        store.add_trial(make_trial(), [make_row(1)])
        assert store.update_mlflow_run(RUN, "f" * 32)
        assert store.run(RUN).context.mlflow_run_id == "f" * 32
        assert store.results(RUN)[0].mlflow_run_id == "f" * 32
        assert not store.update_mlflow_run("run-1-ffffff", "0" * 32)

    # Many patterns

    def test_content_that_is_there_is_not_added_again(self, store):
        records = [make_record(input=f'{{"n":{n}}}') for n in range(5)]
        assert store.add_patterns(records).added == 5
        again = store.add_patterns([*records, make_record(input="new"), make_record(input="new")])
        assert (again.added, again.known) == (1, 6)
        assert store.query(PatternQuery()).statistics.total_found == 6

    def test_a_run_that_is_there_is_not_changed_by_a_bulk_write(self, store):
        store.add_trial(make_trial(reward=0.5), ())
        again = store.add_patterns([make_trial(reward=0.9), make_trial("run-2-bbbbbb")])
        assert (again.added, again.known) == (1, 1)
        assert store.run(RUN).pattern.reward == 0.5

    def test_patterns_may_come_from_a_generator(self, store):
        given = (make_record(input=str(n)) for n in range(7))
        assert store.add_patterns(given).added == 7
        assert store.add_patterns(iter(())).added == 0

    def test_a_negative_zero_is_the_same_content_as_zero(self, store):
        assert store.add_patterns([make_record(reward=0.0), make_record(reward=-0.0)]).added == 1

    # Queries

    def test_an_empty_store_answers_with_unknowns(self, store):
        answer = store.query(PatternQuery(task="commit-*"))
        assert answer == PatternSearchResult.model_validate(
            {
                "patterns": [],
                "statistics": {
                    "totalFound": 0,
                    "avgReward": None,
                    "successRate": None,
                    "avgLatency": None,
                },
                "insights": {
                    "bestPerforming": None,
                    "worstPerforming": None,
                    "trend": None,
                    "trendMatches": 0,
                    "trendSince": None,
                },
            }
        )

    def test_filters_work_before_the_best_k_are_taken(self, store):
        store.add_patterns(
            make_record(input=str(n), reward=n / 100, success=n < 5) for n in range(100)
        )
        answer = store.query(PatternQuery(k=3, only_successes=True))
        assert [pattern.input for pattern in answer.patterns] == ["4", "3", "2"]
        assert answer.statistics.total_found == 5

    def test_the_id_of_each_pattern_finds_it_with_its_context(self, store):
        store.add_patterns(make_record(input=str(n), reward=n / 4) for n in range(4))
        answer = store.query(PatternQuery(k=3))
        assert [store.find(key).pattern for key in answer.ids] == list(answer.patterns)
        assert len(answer.ids) == 3

    def test_statistics_are_of_all_matches(self, store):
        store.add_patterns(
            make_record(input=str(n), reward=n / 10, latency_ms=float(n), success=n % 2 == 0)
            for n in range(10)
        )
        answer = store.query(PatternQuery(k=1, min_reward=0.2))
        assert answer.statistics.total_found == 8
        assert answer.statistics.avg_reward == pytest.approx(0.55)
        assert answer.statistics.avg_latency == pytest.approx(5.5)
        assert answer.statistics.success_rate == 0.5
        assert answer.insights.worst_performing.input == "2"
        assert answer.insights.best_performing.input == "9"

    def test_newest_is_first_among_equal_rewards(self, store):
        store.add_patterns(make_record(input=str(n), created_at=START + n) for n in (1, 3, 2))
        answer = store.query(PatternQuery())
        assert [pattern.input for pattern in answer.patterns] == ["3", "2", "1"]
        assert answer.insights.worst_performing.input == "1"  # the end of that order

    def test_unknown_rewards_come_last_and_are_skipped_by_averages(self, store):
        store.add_patterns(
            make_record(input=str(n), reward=reward, created_at=START + n, latency_ms=None)
            for n, reward in enumerate([None, 0.2, None, 0.4])
        )
        answer = store.query(PatternQuery())
        assert [pattern.input for pattern in answer.patterns] == ["3", "1", "2", "0"]
        assert answer.statistics.avg_reward == pytest.approx(0.3)
        assert answer.statistics.avg_latency is None
        assert store.query(PatternQuery(min_reward=0)).statistics.total_found == 2

    def test_nothing_is_best_where_no_reward_is_known(self, store):
        store.add_patterns([make_record(reward=None)])
        answer = store.query(PatternQuery())
        assert len(answer.patterns) == 1
        assert answer.insights.best_performing is None
        assert answer.insights.worst_performing is None

    @pytest.mark.parametrize(
        ("task", "expected"),
        [
            ("commit-git-benchmark", {"commit-git-benchmark"}),
            ("commit-*", {"commit-git-benchmark", "commit-jujutsu-benchmark", "commit-*"}),
            ("*t-git-benchmark", {"commit-git-benchmark", "Commit-git-benchmark"}),
            ("?dd-git-benchmark", {"add-git-benchmark"}),
            ("[ab]*", {"add-git-benchmark"}),
            ("[!ac]*", {"Commit-git-benchmark", "we_rd%-git-benchmark"}),
            ("we_rd%-git-benchmark", {"we_rd%-git-benchmark"}),
            ("weird*", set()),
            ("commit-%", set()),
            ("commit", set()),
            ("COMMIT-*", set()),
        ],
    )
    def test_a_task_is_exact_a_prefix_or_a_glob(self, store, task, expected):
        tasks = {
            *("commit-git-benchmark", "commit-jujutsu-benchmark", "add-git-benchmark"),
            *("Commit-git-benchmark", "we_rd%-git-benchmark", "commit-*"),
        }
        store.add_patterns(make_record(task=name) for name in sorted(tasks))
        answer = store.query(PatternQuery(task=task))
        assert {pattern.task for pattern in answer.patterns} == expected
        assert answer.statistics.total_found == len(expected)
        found = {row.task for row in store.stats(task)}
        assert found == expected

    def test_best_k_are_taken_across_tasks(self, store):
        store.add_patterns(
            make_record(task=f"op{n:03}-git-benchmark", input=str(i), reward=(n + i) / 300)
            for n in range(250)
            for i in range(2)
        )
        answer = store.query(PatternQuery(task="op*", k=3))
        assert [round(pattern.reward * 300) for pattern in answer.patterns] == [250, 249, 249]
        assert answer.statistics.total_found == 500

    def test_a_rising_reward_improves_and_a_level_one_is_stable(self, store):
        for task, step in (("up-git-benchmark", 0.02), ("down-git-benchmark", -0.02)):
            store.add_patterns(
                make_record(task=task, reward=0.5 + n * step, created_at=START + n * DAY)
                for n in range(20)
            )
        store.add_patterns(
            make_record(
                task="level-git-benchmark",
                input=str(n),
                reward=0.5 + (0.01 if (n * 7) % 5 > 2 else -0.01),
                created_at=START + n * DAY,
            )
            for n in range(20)
        )
        trends = {
            name: store.query(PatternQuery(task=f"{name}-git-benchmark")).insights.trend
            for name in ("up", "down", "level")
        }
        assert trends == {"up": "improving", "down": "degrading", "level": "stable"}

    def test_the_trend_is_of_the_newest_matches_and_tells_how_many(self, store):
        store.add_patterns(
            make_record(
                input=str(n),
                task=f"op{n % 3}-git-benchmark",
                reward=abs(n - 150) / 200,
                success=n % 4 > 0,
                created_at=START + n * DAY,
            )
            for n in range(350)
        )
        whole = store.query(PatternQuery()).insights
        assert (whole.trend, whole.trend_matches) == ("improving", 200)
        assert whole.trend_since == START + 150 * DAY
        before = store.query(PatternQuery(until=START + 140 * DAY, only_successes=True)).insights
        assert (before.trend, before.trend_matches) == ("degrading", 105)
        assert before.trend_since == START + DAY

    def test_the_trend_leaves_out_an_instant_of_which_it_would_take_a_part(self, store):
        store.add_patterns(make_record(input=f"old {n}", reward=n / 300) for n in range(300))
        store.add_patterns(
            make_record(input=str(n), reward=0.5, created_at=START + 1 + n) for n in range(20)
        )
        insights = store.query(PatternQuery()).insights
        assert (insights.trend, insights.trend_matches) == ("stable", 20)

    def test_too_little_history_has_no_trend(self, store):
        store.add_patterns(make_record(reward=n / 20, created_at=START + n) for n in range(9))
        assert store.query(PatternQuery()).insights.trend is None

    # Runs, sessions, statistics

    def test_runs_are_listed_newest_first(self, store):
        for n in (1, 3, 2):
            session = f"benchmark-{n % 2}"
            trial = make_trial(f"run-{n}-aaaaaa", created_at=START + n, session_id=session)
            store.add_trial(trial, ())
        store.add_patterns([make_record(input="no run")])
        assert [row.run_id for row in store.runs()] == [f"run-{n}-aaaaaa" for n in (3, 2, 1)]
        assert [row.run_id for row in store.runs(limit=1)] == ["run-3-aaaaaa"]
        assert [row.run_id for row in store.runs("benchmark-0")] == ["run-2-aaaaaa"]
        row = store.runs(limit=1)[0].model_dump(by_alias=True)
        assert row["sessionId"] == "benchmark-1"
        assert {"runId", "testId", "vcsType", "variant", "repoSize", "status"} < set(row)

    def test_sessions_count_their_trials(self, store):
        for n in range(3):
            trial = make_trial(f"run-{n}-aaaaaa", created_at=START + n, success=n > 0)
            store.add_trial(trial, ())
        store.add_trial(
            make_trial("run-9-aaaaaa", session_id="benchmark-9", created_at=START + 9), ()
        )
        sessions = store.sessions()
        assert [row.session_id for row in sessions] == ["benchmark-9", "benchmark-1700000000000"]
        assert (sessions[1].trials, sessions[1].successes) == (3, 2)
        assert (sessions[1].first_at, sessions[1].last_at) == (START, START + 2)

    def test_statistics_are_told_by_task(self, store):
        store.add_patterns(
            [
                make_record(task="b-git-benchmark", input="1", reward=0.2, variant="git"),
                make_record(task="b-git-benchmark", input="2", reward=0.6, variant="git+x"),
                make_record(task="a-git-benchmark", reward=None, latency_ms=None, success=False),
            ]
        )
        first, second = store.stats()
        assert (first.task, first.count, first.success_rate) == ("a-git-benchmark", 1, 0)
        assert (first.avg_reward, first.avg_latency) == (None, None)
        assert (second.count, second.avg_reward) == (2, pytest.approx(0.4))

    def test_the_baseline_is_the_oldest_good_trial_of_the_context(self, store):
        asked = {
            "operation": "commit",
            "test_id": "commit-small",
            "fixture_id": "synthetic-small-1a2b3c4d",
            "machine_class": "m1",
        }
        assert store.baseline(**asked) is None
        trials = [
            make_trial("run-1-aaaaaa", created_at=START, success=False),
            make_trial("run-2-aaaaaa", created_at=START + 1, status="void"),
            make_trial("run-3-aaaaaa", created_at=START + 2, variant="git+x"),
            make_trial("run-4-aaaaaa", created_at=START + 4),
            make_trial("run-5-aaaaaa", created_at=START + 3),
        ]
        for trial in trials:
            store.add_trial(trial, ())
        assert store.baseline(**asked).context.run_id == "run-5-aaaaaa"
        assert store.baseline(**{**asked, "machine_class": "m2"}) is None

    # Trends and recommendations

    def test_daily_trends_are_means_of_the_successful_iterations_of_a_utc_day(self, store):
        midnight = START // DAY * DAY
        rows = [
            make_row(1, timestamp=midnight, execution_time_ms=10.0, memory_peak_bytes=100),
            make_row(
                2, timestamp=midnight + DAY - 1, execution_time_ms=20.0, memory_peak_bytes=None
            ),
            make_row(3, timestamp=midnight + DAY, execution_time_ms=50.0),
            make_row(4, timestamp=midnight, execution_time_ms=999.0, success=False),
            make_row(5, timestamp=midnight, execution_time_ms=None),
        ]
        store.add_trial(make_trial(), rows)
        assert store.refresh_trends() == 2
        first, second = store.trends()
        assert (first.date, first.sample_count) == ("2023-11-14", 2)
        assert (first.avg_time_ms, first.avg_memory_bytes) == (15.0, 100.0)
        assert (second.date, second.sample_count, second.avg_time_ms) == ("2023-11-15", 1, 50.0)

    def test_trends_rebuilt_are_the_same(self, store):
        rows = [
            make_row(n, execution_time_ms=0.1 * n, timestamp=START + n * DAY // 7)
            for n in range(1, 40)
        ]
        store.add_trial(make_trial(), rows)
        store.refresh_trends(["commit"])
        before = store.trends()
        store.refresh_trends()
        assert store.trends() == before != ()

    def test_every_write_of_iterations_keeps_the_daily_means(self, store):
        def rows(run, base, days):
            return [
                make_row(n, run, execution_time_ms=base + n, timestamp=START + n * DAY // 3)
                for n in range(1, 3 * days)
            ]

        def true():
            kept = store.trends()
            store.refresh_trends()
            return store.trends() == kept

        store.add_trial(make_trial("run-1-aaaaaa"), rows("run-1-aaaaaa", 10.0, 4))
        store.add_trial(make_trial("run-2-aaaaaa"), rows("run-2-aaaaaa", 20.0, 2))
        assert len(store.trends()) == 4
        assert true()
        shorter = rows("run-1-aaaaaa", 99.0, 2)
        store.add_trial(make_trial("run-1-aaaaaa", reward=0.1), shorter)
        assert len(store.trends()) == 2
        assert true()
        store.add_trial(make_trial("run-3-aaaaaa", created_at=START + DAY), ())
        store.prune(before=START + 1, keep=1, really=True)
        assert store.trends() == ()

    def test_trials_and_failures_are_found_by_operation(self, store):
        store.add_trial(make_trial("run-2-aaaaaa", created_at=START + 2), ())
        bad = {"success": False, "error_type": "timeout"}
        rows = [
            *(make_row(1, "run-1-aaaaaa"), make_row(2, "run-1-aaaaaa", **bad)),
            *(make_row(3, "run-1-aaaaaa", **bad), make_row(4, "run-1-aaaaaa", success=False)),
        ]
        store.add_trial(make_trial("run-1-aaaaaa"), rows)
        store.add_trial(make_trial("run-3-aaaaaa", operation="add"), ())
        store.add_patterns([make_record()])
        assert [one.context.run_id for one in store.trials("commit")] == [
            "run-1-aaaaaa",
            "run-2-aaaaaa",
        ]
        assert store.failures("commit") == (
            FailedRun("run-1-aaaaaa", "git", "small", "unknown", 1, START + 4),
            FailedRun("run-1-aaaaaa", "git", "small", "timeout", 2, START + 3),
        )
        assert store.failures("add") == ()

    def test_refreshing_some_operations_leaves_the_others(self, store):
        store.add_trial(make_trial(), [make_row(1)])
        store.add_trial(make_trial("run-2-bbbbbb"), [make_row(1, "run-2-bbbbbb", operation="add")])
        store.refresh_trends()
        assert store.refresh_trends(["add"]) == 1
        assert [row.operation for row in store.trends()] == ["add", "commit"]
        assert [row.operation for row in store.trends("add", "git")] == ["add"]

    def test_recommendations_of_a_report_are_replaced_not_repeated(self, store):
        one = _recommendation("a", 12.5)
        store.add_recommendations("report-1", START, [one, _recommendation("b", None)])
        store.add_recommendations("report-1", START, [one, _recommendation("b", None)])
        found = store.recommendations("report-1")
        assert [(row.title, row.expected_impact) for row in found] == [("a", 12.5), ("b", None)]
        assert store.recommendations("report-2") == ()

    # Hostile and odd input

    def test_any_text_comes_back_and_runs_nothing(self, store):
        pattern = dict.fromkeys(("session_id", "task", "input", "output", "critique"), HOSTILE)
        context = dict.fromkeys(
            (
                *("operation", "vcs_type", "variant", "repo_size", "test_id", "run_id"),
                *("mlflow_run_id", "vcs_version", "machine_class", "fixture_id", "config_hash"),
                *("reward_terms", "baseline_run_id"),
            ),
            HOSTILE,
        )
        record = make_record(**pattern, **context)
        texts = ("test_id", "vcs_type", "variant", "operation", "repo_size", "error_type")
        texts += ("session_id", "suite_id", "fixture_id", "machine_class", "vcs_version")
        row = make_row(1, run_id=HOSTILE, **dict.fromkeys(texts, HOSTILE))
        store.add_trial(record, [row])
        assert store.run(HOSTILE) == record
        assert store.results(HOSTILE) == (row,)
        assert store.query(PatternQuery(task=HOSTILE, variant=HOSTILE)).patterns == (
            record.pattern,
        )
        assert store.runs(HOSTILE)[0].session_id == HOSTILE
        store.refresh_trends([HOSTILE])
        assert store.trends(HOSTILE)[0].operation == HOSTILE
        store.add_recommendations(HOSTILE, START, [_recommendation(HOSTILE, 1.0)])
        assert store.recommendations(HOSTILE)[0].title == HOSTILE

    @pytest.mark.parametrize("field", ["input", "session_id", "critique", "fixture_id"])
    def test_a_nul_character_is_refused(self, store, field):
        with pytest.raises(StoreError, match=f"{field} holds a NUL"):
            store.add_patterns([make_record(**{field: "a\x00b"})])

    def test_a_name_that_no_index_could_hold_is_refused(self, store):
        with pytest.raises(StoreError, match="task has 402 bytes"):
            store.add_patterns([make_record(task="é" * 201)])
        store.add_patterns([make_record(task="é" * 200)])

    def test_a_long_text_is_kept(self, store):
        long = "x" * 10_000_000
        store.add_patterns([make_record(input=long)])
        assert store.query(PatternQuery()).patterns[0].input == long

    def test_an_integer_beyond_64_bits_is_refused(self, store):
        with pytest.raises(StoreError, match="tokens_used is beyond 64 bits"):
            store.add_patterns([make_record(tokens_used=2**63)])
        store.add_patterns([make_record(tokens_used=2**63 - 1)])
        assert store.query(PatternQuery()).patterns[0].tokens_used == 2**63 - 1

    @pytest.mark.parametrize("value", [math.nan, math.inf, -0.1, 1.1])
    def test_a_reward_that_is_none_is_refused_before_it_gets_here(self, store, value):
        with pytest.raises(ValidationError):
            store.add_patterns([make_record(reward=value)])

    @pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
    def test_a_latency_that_is_none_is_refused_before_it_gets_here(self, store, value):
        with pytest.raises(ValidationError):
            store.add_patterns([make_record(latency_ms=value)])

    def test_numbers_come_back_to_the_last_bit(self, store):
        value = 0.1 + 0.2
        store.add_trial(
            make_trial(reward=value, latency_ms=1e-300), [make_row(execution_time_ms=value)]
        )
        assert store.run(RUN).pattern.reward == value
        assert store.run(RUN).pattern.latency_ms == 1e-300
        assert store.results(RUN)[0].execution_time_ms == value


class TestPatternStore(PatternStoreContract):
    """On each kind of database (see the `address` fixture)."""


def _recommendation(title: str, improvement: float | None) -> Recommendation:
    return Recommendation(
        id="r1",
        priority="high",
        category="performance",
        title=title,
        description=title,
        rationale="measured",
        expected_impact=ExpectedImpact(metric="time", improvement=improvement, confidence=None),
        implementation=Implementation(effort="low", steps=("one",), risks=()),
    )
