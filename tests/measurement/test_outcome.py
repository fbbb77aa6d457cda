import hashlib

import pytest

from tracker.measurement.executor import Output
from tracker.measurement.outcome import compare_outcomes, compared_value, mismatch, output_value
from tracker.models import OutcomeCheck


def check(**settings):
    return OutcomeCheck(**{"stdout": True, **settings})


def output(content, kept=None):
    kept = len(content) if kept is None else kept
    return Output(
        total_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        head=content[:kept],
        tail=content[len(content) - kept :] if kept < len(content) else b"",
    )


@pytest.mark.parametrize(
    ("settings", "text", "value"),
    [
        ({}, "b\na\n", "b\na"),
        ({"normalise": "sorted"}, "b\na\n", "a\nb"),
        ({"normalise": "count"}, "b\na\n", "2"),
        ({"normalise": "count"}, "\n", "0"),
        ({"extract": r"(?m)^[ab]$"}, "b\nx\na\n", "b\na"),
        ({"extract": r"id=(\d+)"}, "id=7 id=8", "7\n8"),
        ({"extract": r"id=(\d+)", "normalise": "count"}, "nothing", "0"),
        ({"extract": r"(x)?y"}, "y xy", "\nx"),
    ],
)
def test_value_is_extracted_then_normalised(settings, text, value):
    assert compared_value(check(**settings), text) == value


def test_long_value_becomes_its_digest_and_stays_comparable():
    text = "line\n" * 100
    value = compared_value(check(), text)
    assert value.startswith("sha256:")
    assert value == compared_value(check(), text)
    assert value != compared_value(check(), text + "more\n")


def test_output_that_was_cut_is_compared_by_its_digest():
    one, other = b"a" * 1000, b"a" * 999 + b"b"
    assert output_value(check(), output(one, kept=10)) != output_value(
        check(), output(other, kept=10)
    )


def test_nothing_is_extracted_from_an_output_that_was_cut():
    with pytest.raises(ValueError, match="use `command`"):
        output_value(check(normalise="count"), output(b"a" * 100, kept=10))


def test_expected_value_is_normalised_like_the_found_one():
    assert mismatch(check(expect="a\n"), "a", None) is None
    assert mismatch(check(expect="x" * 300), compared_value(check(), "x" * 300), None) is None
    assert "expected 'b'" in mismatch(check(expect="b"), "a", "a")


def test_empty_outcome_is_a_value_that_later_ones_must_equal():
    assert "earlier iteration" in mismatch(check(), "a", "")


def test_single_outcome_is_right():
    assert compare_outcomes({"git": "a"}, "git").wrong == {}


def test_majority_does_not_outvote_the_reference():
    wrong = compare_outcomes({"git": "a", "jujutsu": "b", "other": "b"}, "git").wrong
    assert set(wrong) == {"jujutsu", "other"}
