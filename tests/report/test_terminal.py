import re

import pytest

from tests.analysis.builder import Measured, group, paired
from tests.report.hostile import hostile_session
from tests.report.session import groups_of, session_of
from tracker.report.terminal import to_text


def text_of(session, width=80):
    return to_text(session.report, session.measured.trials, session.measured.skipped, width)


def test_the_table_reads_like_this(session, snapshot):
    assert text_of(session) == snapshot


def test_what_was_not_measured_stands_at_the_very_top(session_without_jujutsu):
    first = text_of(session_without_jujutsu).splitlines()[0]
    assert first == (
        "! jujutsu was not measured: jj is not installed: run `tracker tools install jj`"
    )


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_wider_than_the_terminal(session, session_without_jujutsu, width):
    for one in (session, session_without_jujutsu):
        assert max(len(line) for line in text_of(one, width).splitlines()) <= width


def test_every_test_has_one_row_with_its_leaders_marked(session):
    rows = {line.split()[0]: line for line in text_of(session).splitlines() if "×" in line}
    for result in session.results:
        if result.operation == "log":
            assert rows["log"].count("*") == len(result.leaders)
    assert len([line for line in text_of(session).splitlines() if "*" in line]) == 10


def test_more_variants_than_fit_become_paragraphs():
    names = ["git", *(f"git+option-number-{number}" for number in range(6))]
    times = paired({name: 5.0 + place for place, name in enumerate(names)}, 15, seed=1)
    text = text_of(session_of([group(Measured(times))]))
    assert max(len(line) for line in text.splitlines()) <= 80
    for name in names:
        assert re.search(rf"^  {re.escape(name)} +\d", text, re.MULTILINE)


def test_repeated_rounds_are_one_line_however_many_tests_they_were_in(small_session):
    one, other = small_session.report.results
    long = "2 rounds were measured again, because others kept the machine busy; with them: a/b 3×"
    results = [
        one.model_copy(update={"notes": (long,)}),
        other.model_copy(update={"notes": (long.replace("2", "3"), "something else")}),
    ]
    report = small_session.report.model_copy(update={"results": tuple(results)})
    text = " ".join(to_text(report, (), (), 80).split())
    assert text.count("measured again") == 1
    assert (
        "5 rounds were measured again, because others kept the machine busy (2 of 2 tests)" in text
    )
    assert f"[1] {other.test_id}: something else" in text


def test_one_round_is_not_called_a_tie():
    session = session_of(groups_of(rounds=1)[:1])
    text = text_of(session)
    assert "too few rounds: 1 of" in text
    assert "*" not in text, "where nothing could be decided, nobody leads"


def test_nothing_a_terminal_obeys_gets_through():
    text = text_of(hostile_session())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert "is void" in text


def test_an_empty_session_says_so():
    assert text_of(session_of([])) == "Nothing was measured.\n"
