import re

from tests.report.hostile import hostile_session
from tests.report.session import groups_of, session_of
from tracker.report.comment import MARKER, MOST_BYTES, to_comment


def comment(session, **changes):
    measured = session.measured
    return to_comment(session.report.model_copy(update=changes), measured.trials, measured.skipped)


def test_the_first_line_is_the_verdict_and_the_last_the_marker(session):
    lines = comment(session).rstrip().splitlines()
    assert lines[0].startswith("### Benchmark: ")
    assert lines[-1] == MARKER


def test_every_test_is_in_the_folded_table(session):
    text = comment(session)
    assert text.count("\n| ") == len(session.results) + 1
    assert "<details><summary>9 tests</summary>" in text


def test_rows_are_left_out_before_a_comment_is_too_long(session):
    text = comment(session, results=session.results * 300)
    assert len(text.encode()) <= MOST_BYTES
    assert "more tests are in the report" in text
    assert text.rstrip().endswith(MARKER)


def test_names_stay_text():
    text = comment(hostile_session())
    assert re.search(r"(?<!\\)<(script|img)", text) is None
    assert "\x1b" not in text


def test_an_empty_session_is_a_comment_too():
    assert "no overall winner" in comment(session_of(groups_of()[:0]))
