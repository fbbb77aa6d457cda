"""Hostile files: every line is told with a clear reason, or comes back from the store as it was."""

import io
import json
import random

import pytest
from pydantic.alias_generators import to_camel

from patterns.models import BenchmarkPattern, PatternContext
from patterns.store import PatternStore
from patterns.store.jsonl import read_lines, to_line
from tests.store.values import make_record, make_trial

LINES = 10_000

SQL = "'; DROP TABLE benchmark_patterns; -- \" OR 1=1 /* %s %(x)s :x ? {} */ \\'"

TEXTS = [
    *(SQL, SQL * 50, "", " ", "NULL", "null", "nan", "\u0000", "\u2028", "\ufeff", "\U0001f9ea"),
    *(
        "\ud800",
        "\udfff\ud800",
        "a\ud83d",
        "x" * 399,
        "x" * 401,
        "漢" * 133,
        "漢" * 134,
        "../../etc",
    ),
    *(
        "\x1b[31m",
        "\r\n\t\x01\x7f",
        "%",
        "_",
        "*",
        "[a-z]?",
        "<script>",
        "${x}",
        "=1+1",
        "Ω" * 3000,
    ),
]

NUMBERS = [
    *("NaN", "Infinity", "-Infinity", "-0.0", "0", "1", "1.0000000000000002", "-1e-300", "1e-320"),
    *("5e-324", "1e308", "1e309", "-1", "2", "0.1", "9007199254740993", "1e400", "true", "null"),
    *('"0.5"', "[]", "{}", "18446744073709551616", "0x10", "01", "1.", "+1"),
]

DEEP = ["[" * 50_000 + "]" * 50_000, '{"a":' * 5_000 + "1" + "}" * 5_000, "[" * 200 + "]" * 200]


def _whole():
    record = make_trial(files=3, critique="fine", vcs_version="2.39", config_hash="c", round=2)
    return json.loads(to_line(record))


def _mutated(chance: random.Random, number: int) -> bytes:
    line = _whole() if chance.random() < 0.5 else json.loads(to_line(make_record(), bare=True))
    line["input"] = f'{{"n":{number}}}'
    if "context" in line:
        line["context"]["runId"] = f"run-{number}"
    for _ in range(chance.randrange(3)):
        nested = isinstance(line.get("context"), dict) and chance.random() < 0.6
        inner = line["context"] if nested else line
        name = chance.choice(sorted(inner))
        action = chance.randrange(4)
        if action == 0:
            inner[name] = chance.choice(TEXTS)
        elif action == 1:
            inner[name] = f"@@{chance.choice(NUMBERS)}@@"
        elif action == 2:
            inner[name] = f"@@{chance.choice(DEEP[1:])}@@" if chance.random() < 0.1 else None
        else:
            inner[chance.choice([name.upper(), "extra", "__class__", "id"])] = inner.pop(name)
    text = json.dumps(line, ensure_ascii=chance.random() < 0.5)
    raw = bytearray(text.replace('"@@', "").replace('@@"', "").encode(errors="surrogatepass"))
    if chance.random() < 0.2:
        for _ in range(chance.randrange(1, 4)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
    if chance.random() < 0.05:
        del raw[chance.randrange(len(raw)) :]
    return bytes(raw).replace(b"\n", b" ").replace(b"\r", b" ")


def test_ten_thousand_fuzzed_lines_are_told_or_come_back(lasting_address):
    chance = random.Random(11)
    lines = [_mutated(chance, number) for number in range(LINES)]
    rejected = {}
    read = list(read_lines(io.BytesIO(b"\n".join(lines)), now=0, reject=rejected.__setitem__))
    assert len(read) + len(rejected) == sum(bool(line.strip()) for line in lines)
    assert all(0 < number <= LINES and reason.strip() for number, reason in rejected.items())
    assert min(len(read), len(rejected)) > LINES / 5  # neither side is empty talk
    with PatternStore(lasting_address) as store:
        stored = store.add_patterns(read)
        back = list(store.records())
        assert stored.added == len(back) == sum(row.count for row in store.stats())
        assert stored.added + stored.known == len(read)
        assert set(back) <= set(read)
        assert store.add_patterns(read).added == 0


def test_any_text_in_every_field_is_told_or_comes_back(lasting_address):
    lines, asked = [], []
    for text in TEXTS:
        for field in (*BenchmarkPattern.model_fields, *PatternContext.model_fields):
            line = _whole()
            line["context"]["runId"] = f"run-{len(lines)}"
            part = line if field in BenchmarkPattern.model_fields else line["context"]
            part[to_camel(field)] = text
            lines.append(json.dumps(line))
            asked.append((to_camel(field), text))
    rejected = {}
    stream = io.BytesIO("\n".join(lines).encode())
    found = list(read_lines(stream, now=0, reject=rejected.__setitem__))
    assert len(found) + len(rejected) == len(lines)
    assert all(reason.strip() for reason in rejected.values())
    read = [one for number, one in enumerate(asked, 1) if number not in rejected]
    for record, (name, text) in zip(found, read, strict=True):
        written = json.loads(to_line(record))
        assert {**written["context"], **written}[name] == text
    with PatternStore(lasting_address) as store:
        store.add_patterns(found)
        back = {one.context.run_id: one for one in store.records()}
    assert all(back[one.context.run_id] == one for one in found)


@pytest.mark.parametrize("deep", DEEP, ids=range(len(DEEP)))
def test_deep_json_is_text_in_a_field_and_told_elsewhere(deep, lasting_address):
    line = _whole()
    line["input"] = deep
    rejected = {}
    raw = f"{json.dumps(line)}\n{deep}\n".encode()
    (record,) = read_lines(io.BytesIO(raw), now=0, reject=rejected.__setitem__)
    assert list(rejected) == [2]
    with PatternStore(lasting_address) as store:
        store.add_patterns([record])
        assert next(store.records()).pattern.input == deep


def test_ten_megabytes_are_kept_where_text_is_and_told_where_names_are(lasting_address):
    huge = "é" * 5_000_000
    texts, names = ("input", "output", "critique"), ("task", "sessionId")
    lines = [json.dumps({**_whole(), name: huge}, ensure_ascii=False) for name in (*texts, *names)]
    rejected = {}
    stream = io.BytesIO("\n".join(lines).encode())
    read = list(read_lines(stream, now=0, reject=rejected.__setitem__))
    assert [getattr(one.pattern, name) for one, name in zip(read, texts, strict=True)] == [huge] * 3
    assert list(rejected) == [4, 5]
    assert all("a name may have 400" in reason for reason in rejected.values())
    apart = [
        one.model_copy(update={"context": one.context.model_copy(update={"run_id": f"run-{n}"})})
        for n, one in enumerate(read)
    ]
    with PatternStore(lasting_address) as store:
        assert store.add_patterns(apart).added == 3
        assert list(store.records()) == apart
