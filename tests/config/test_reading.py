"""What YAML and JSON mean, and where their keys stand."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.config.documents import Document
from tracker.config.errors import InputError, key_path
from tracker.config.json_reader import parse_json
from tracker.config.yaml_reader import parse_yaml

FILE = Path("file")

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def paths(data, here=()):
    yield here
    items = (
        enumerate(data)
        if isinstance(data, list)
        else data.items()
        if isinstance(data, dict)
        else ()
    )
    for key, value in items:
        yield from paths(value, (*here, key))


@given(PLAIN)
def test_json_is_read_as_json_and_every_key_has_a_line(data):
    text = json.dumps(data, indent=1)
    document = parse_json(text, FILE)
    assert document.data == data
    assert set(document.lines) == set(paths(data))


@settings(max_examples=50)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), st.integers(), min_size=1))
def test_yaml_and_json_agree_on_values_and_lines(data):
    text = json.dumps(data, indent=1)
    assert parse_yaml(text, FILE, "x").data == data
    for key in data:
        assert parse_yaml(text, FILE, "x").lines[(key,)] == parse_json(text, FILE).lines[(key,)]


@given(st.text(max_size=60))
def test_no_text_makes_a_reader_fail_in_another_way(text):
    for parse in (lambda: parse_json(text, FILE), lambda: parse_yaml(text, FILE, "x")):
        try:
            assert isinstance(parse(), Document)
        except InputError as error:
            assert str(error)  # noqa: PT017  any text may be right or wrong


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("2025-11-09", "2025-11-09"), ("12:30", "12:30"),
        ("true", True), ("null", None), ("~", None), ("15", 15), ("0x1f", 31), ("1.5e3", 1500.0),
        ("010", 10), ("'15'", "15"), ("1_000", "1_000"),
    ],
)  # fmt: skip
def test_plain_words_mean_what_yaml_1_2_says(text, value):
    assert parse_yaml(f"key: {text}", FILE, "x").data == {"key": value}


def test_a_utf8_mark_at_the_start_is_no_error(write):
    from tracker.config.loading import read_document

    path = write(b"\xef\xbb\xbfname: stra\xc3\x9fe\n")
    assert read_document(path, "x").data == {"name": "straße"}


def test_aliases_of_whole_values_are_read():
    document = parse_yaml("a: &x [1, 2]\nb: *x\n", FILE, "x")
    assert document.data == {"a": [1, 2], "b": [1, 2]}
    assert document.line_of(("b", 5)) == 2


def test_keys_are_written_as_people_write_them():
    assert key_path(("tests", 2, "timeout")) == "tests[2].timeout"
    assert key_path(()) == ""
