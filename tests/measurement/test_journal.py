import pytest

from tracker.measurement.journal import (
    Journal,
    JournalError,
    RoundEnded,
    SessionStarted,
    load_journal,
)

START = SessionStarted(session_id="benchmark-1", seed=3)


def ended(number):
    return RoundEnded(group="a/b/small", phase="measured", round=number)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "journal.jsonl"


def test_events_come_back_in_order(path):
    with Journal(path) as journal:
        journal.write(START)
        journal.write(ended(1))
        assert journal.load() == (START, ended(1))


def test_each_line_is_on_the_disk_before_write_returns(path):
    synced = []
    with Journal(path, sync=lambda _: synced.append(path.read_bytes().count(b"\n"))) as journal:
        journal.write(START)
        journal.write(ended(1))
    assert synced == [1, 2]


def test_last_half_line_is_left_out_and_the_next_event_starts_a_line(path):
    with Journal(path) as journal:
        journal.write(START)
    with path.open("ab") as file:
        file.write(b'{"event":"round-en')
    assert load_journal(path) == (START,)
    with Journal(path) as journal:
        journal.write(ended(2))
    assert load_journal(path) == (START, ended(2))


def test_file_of_one_half_line_becomes_empty(path):
    path.parent.mkdir()
    path.write_bytes(b'{"event"')
    with Journal(path) as journal:
        assert journal.load() == ()


def test_half_line_longer_than_one_read_is_left_out(path):
    path.parent.mkdir()
    path.write_bytes(START.to_json().encode() + b"\n" + b"x" * 200_000)
    with Journal(path) as journal:
        assert journal.load() == (START,)


def test_damage_before_the_last_line_is_an_error_with_its_line(path):
    path.parent.mkdir()
    path.write_bytes(START.to_json().encode() + b"\nnonsense\n" + START.to_json().encode() + b"\n")
    with pytest.raises(JournalError, match="line 2"):
        load_journal(path)


def test_newer_format_is_named(path):
    path.parent.mkdir()
    path.write_bytes(b'{"event":"session-started","format":99,"planet":"earth"}\n')
    with pytest.raises(JournalError, match="newer version"):
        load_journal(path)


def test_second_writer_is_refused(path):
    with Journal(path), pytest.raises(JournalError, match="another process"):
        Journal(path)


def test_missing_journal_is_said(tmp_path):
    with pytest.raises(JournalError, match="no such journal"):
        load_journal(tmp_path / "none")
