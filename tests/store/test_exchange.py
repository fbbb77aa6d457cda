"""Out of a store and into another: lines of JSON, AgentDB's episodes, merges and prunes."""

import io
import json
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns.models import PatternQuery
from patterns.store import PatternStore, StoreError
from patterns.store.agentdb import is_database, read_episodes
from patterns.store.jsonl import read_lines, to_line
from tests.store.values import START, make_record, make_row, make_trial

LINE = {
    "sessionId": "benchmark-1699564800000",
    "task": "commit-jujutsu-benchmark",
    "input": '{"operation":"commit","vcsType":"jujutsu","repoSize":"medium","files":100}',
    "output": '{"executionTime":45}',
    "reward": 0.92,
    "success": True,
}


def _read(*lines):
    data = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    rejected = []
    found = list(read_lines(io.BytesIO(data), now=7, reject=lambda *one: rejected.append(one)))
    return found, rejected


def _line(**changes):
    return json.dumps({**LINE, **changes})


def test_the_specification_s_form_is_read_and_its_context_found():
    (record,), rejected = _read(_line(tokensUsed=0, latencyMs=45))
    assert rejected == []
    context = record.context
    assert (context.operation, context.vcs_type, context.variant) == (
        "commit",
        "jujutsu",
        "jujutsu",
    )
    assert (context.repo_size, context.files, context.created_at) == ("medium", 100, 1699564800000)


def test_what_no_line_says_is_unknown():
    (record,), _ = _read(_line(sessionId="s", task="x", input="no JSON", output="[]"))
    assert record.context.operation == "x"
    assert (record.context.vcs_type, record.context.repo_size) == ("unknown", "unknown")
    assert record.context.created_at == 7


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "EOF"),
        ("[]", "object"),
        (b"\xff\xfe", "JSON"),
        (_line(reward=1.5), "reward: Input should be less than or equal to 1"),
        (_line(reward=-0.1), "reward: Input should be greater"),
        (_line(reward="0.5"), "reward: Input should be a valid number"),
        (_line(success="yes"), "success: Input should be a valid boolean"),
        (_line().replace("0.92", "NaN"), "reward"),
        (_line().replace("0.92", "Infinity"), "reward"),
        (_line(latencyMs=-1), "latencyMs"),
        (_line(latencyMs=1).replace(": 1,", ": 1e999,").replace(": 1}", ": 1e999}"), "latencyMs"),
        (_line(task=""), "task"),
        (_line(task="x" * 500), "task has 500 bytes"),
        (_line(input="a\x00b"), "NUL"),
        (_line(tokensUsed=2**70), "tokens"),
        (_line(input="@").replace("@", "\\ud800"), "hex escape"),
        (_line(extra=1), "extra"),
        ("[" * 100_000, "recursion"),
        (
            json.dumps({key: value for key, value in LINE.items() if key != "output"}),
            "output: Field required",
        ),
    ],
    ids=range(19),
)
def test_a_line_that_is_no_pattern_is_told_and_the_rest_read(line, reason):
    found, rejected = _read(_line(), "", line, _line(input="other"))
    assert len(found) == 2
    ((number, said),) = rejected
    assert number == 3
    assert reason in said


def test_a_long_text_is_read_and_a_longer_line_passed_over(monkeypatch):
    (record,), rejected = _read(_line(input="x" * 10_000_000))
    assert len(record.pattern.input) == 10_000_000
    monkeypatch.setattr("patterns.store.jsonl.LONGEST_LINE", 300)
    found, rejected = _read(_line(input="x" * 5000), _line(input="x"))
    assert [number for number, _ in rejected] == [1]
    assert len(found) == 1


@given(st.lists(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), max_size=8))
def test_whatever_is_in_a_file_every_line_is_read_or_told(lines):
    found, rejected = _read(*lines)
    whole = b"\n".join(lines).split(b"\n")
    assert len(found) + len(rejected) == sum(bool(line.strip()) for line in whole)


def test_records_come_back_through_lines(store):
    records = [make_record(input=str(n), reward=None if n == 1 else n / 9) for n in range(9)]
    records.append(make_trial(critique="é 🧪 \n", files=3))
    store.add_patterns(records)
    lines = [to_line(record) for record in store.records()]
    back, rejected = _read(*lines)
    assert (rejected, back) == ([], records)
    assert store.add_patterns(back).added == 0


def test_bare_lines_have_the_specification_s_keys_alone_and_are_known_again(store):
    store.add_patterns([make_trial(), make_record(latency_ms=None, tokens_used=None)])
    lines = [to_line(record, bare=True) for record in store.records()]
    known = {*LINE, "critique", "latencyMs", "tokensUsed"}
    assert all(set(json.loads(line)) <= known for line in lines)
    assert store.add_patterns(_read(*lines)[0]).added == 0


def test_records_of_some_tasks_or_of_trials(store):
    store.add_patterns([make_trial(), make_record(task="a-git-benchmark")])
    assert [one.pattern.task for one in store.records("a-*")] == ["a-git-benchmark"]
    assert [one.context.run_id for one in store.records(trials=True)] == [
        make_trial().context.run_id
    ]
    assert [one.context.run_id for one in store.records(trials=False)] == [None]


def test_a_merge_takes_what_is_new_and_leaves_what_is_ours(store, tmp_path):
    with PatternStore(f"sqlite:///{tmp_path}/other.db") as other:
        other.add_patterns([make_record(input="both"), make_record(input="theirs")])
        other.add_trial(make_trial("run-1-aaaaaa"), [make_row(1, "run-1-aaaaaa")])
        other.add_trial(make_trial("run-2-aaaaaa", reward=0.9), [make_row(1, "run-2-aaaaaa")])
        store.add_patterns([make_record(input="both")])
        store.add_trial(make_trial("run-2-aaaaaa", reward=0.1), ())
        merged = store.merge(other)
        assert (merged.added, merged.known, merged.iterations) == (2, 2, 1)
        assert store.run("run-2-aaaaaa").pattern.reward == 0.1
        assert len(store.results("run-1-aaaaaa")) == 1
        assert store.merge(other).added == 0
        assert store.stats()[0].count == 4


def test_a_prune_tells_first_and_keeps_the_newest_of_each_task_and_the_baselines(store):
    store.add_patterns(
        make_record(task=f"{task}-git-benchmark", input=str(n), created_at=START + n)
        for task, count in (("a", 10), ("b", 2))
        for n in range(count)
    )
    base = make_trial("run-0-aaaaaa", task="a-git-benchmark", created_at=START - 9)
    gone = make_trial(
        "run-1-aaaaaa", task="a-git-benchmark", created_at=START - 8, baseline_run_id="run-0-aaaaaa"
    )
    store.add_trial(base, [make_row(1, "run-0-aaaaaa")])
    store.add_trial(gone, [make_row(1, "run-1-aaaaaa")])
    told = store.prune(before=START + 8, keep=3)
    assert [(one.task, one.removed, one.left) for one in told] == [("a-git-benchmark", 8, 4)]
    assert store.stats()[0].count == 12
    assert store.prune(before=START + 8, keep=3, really=True) == told
    left = [one.pattern.input for one in store.records("a-*", trials=False)]
    assert left == ["7", "8", "9"]
    assert store.run("run-0-aaaaaa") == base
    assert store.results("run-1-aaaaaa") == ()
    assert store.query(PatternQuery(task="a-*")).statistics.total_found == 4
    assert store.stats()[0].count == 4


def test_a_task_that_was_pruned_away_is_no_longer_there(store):
    store.add_patterns([make_record(task="a-git-benchmark"), make_record(task="b-git-benchmark")])
    with store._writing() as connection:
        from patterns.store import upkeep

        upkeep.prune(connection, START + 1, 0)
    assert store.stats() == ()
    assert store.query(PatternQuery()).statistics.total_found == 0
    store.add_patterns([make_record(task="a-git-benchmark")])
    assert [row.count for row in store.stats()] == [1]


def test_trials_are_replaced_together_and_their_statistics_with_them(store):
    store.add_trial(make_trial(reward=0.2), [make_row(1)])
    assert store.replace_trials([make_trial(reward=0.8), make_trial("run-9-ffffff")]) == 1
    assert store.stats()[0].avg_reward == 0.8
    assert len(store.results(make_trial().context.run_id)) == 1


def test_a_pattern_is_found_by_run_and_by_hash(store):
    from patterns.store.rows import content_hash

    record = make_record(input="x")
    store.add_patterns([record, make_trial()])
    assert store.find(content_hash(record).hex()) == record
    assert store.find(make_trial().context.run_id) == make_trial()
    assert store.find("nothing") is None


def _agentdb(path, rows):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE episodes (id INTEGER PRIMARY KEY AUTOINCREMENT, ts INTEGER, session_id TEXT,"
            " task TEXT, input TEXT, output TEXT, critique TEXT, reward REAL, success BOOLEAN,"
            " latency_ms INTEGER, tokens_used INTEGER, tags TEXT, metadata TEXT)"
        )
        connection.executemany(
            "INSERT INTO episodes (ts, session_id, task, input, output, critique, reward, success,"
            " latency_ms, tokens_used) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        connection.commit()


def test_agentdb_s_episodes_are_read_and_wrong_ones_told(tmp_path, store):
    good = (1700000000, "s", "commit-git-benchmark", None, "{}", "fine", 0.5, 1, 45, None)
    wrong = [
        (*good[:6], 1.5, *good[7:]),
        (*good[:7], None, *good[8:]),
        ("x", *good[1:]),
        (*good[:2], b"\xff", *good[3:]),
    ]
    path = tmp_path / "agentdb.db"
    _agentdb(path, [good, *wrong, (*good[:3], "other", *good[4:])])
    rejected = []
    assert is_database(path)
    records = list(read_episodes(path, reject=lambda *one: rejected.append(one)))
    assert [number for number, _ in rejected] == [2, 3, 4, 5]
    assert [record.context.created_at for record in records] == [1700000000000] * 2
    assert (records[0].context.operation, records[0].context.vcs_type) == ("commit", "git")
    assert (records[0].pattern.latency_ms, records[0].pattern.tokens_used) == (45, None)
    assert store.add_patterns(records).added == 2


def test_a_database_without_episodes_is_refused(tmp_path):
    with closing(sqlite3.connect(tmp_path / "t.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(StoreError, match="no AgentDB"):
        list(read_episodes(tmp_path / "t.db", reject=lambda *_: None))
