import csv
import io
import re

from tests.analysis.builder import Measured, group
from tests.report.hostile import hostile_session
from tracker.models import IterationRecord
from tracker.report.iterations import to_csv, to_json_lines

COLUMNS = "test_id,run_id,timestamp,vcs_type,operation,execution_time_ms,memory_peak_mb,success"


def records(**more):
    return group(Measured({"git": [95.0, 12.345678]}, **more)).records


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_columns_are_exactly_the_eight():
    assert to_csv([]) == COLUMNS + "\n"


def test_a_line_for_each_measured_iteration(session):
    assert len(rows(to_csv(session.measured.records))) == 9 * 3 * 15


def test_values_have_the_specified_form():
    first, second = rows(to_csv(records(memory={"git": 128 * 2**20}, failed={"git": {1}})))
    assert first == {
        "test_id": "commit-one-file",
        "run_id": first["run_id"],
        "timestamp": "2026-03-01T12:00:00Z",
        "vcs_type": "git",
        "operation": "commit",
        "execution_time_ms": "95",
        "memory_peak_mb": "128",
        "success": "true",
    }
    assert (second["execution_time_ms"], second["success"]) == ("12.3457", "false")


def test_unknown_is_empty():
    (first, _) = rows(to_csv(records()))
    assert first["memory_peak_mb"] == ""


def test_warm_ups_and_fragments_are_left_out():
    first, second = records()
    strays = [
        first.model_copy(update={"phase": "warm-up"}),
        second.model_copy(update={"fragment": True}),
    ]
    assert to_csv(strays) == COLUMNS + "\n"


def test_a_cell_is_never_a_formula():
    (first, _) = records()
    for start in "=+-@":
        raw = first.raw.model_copy(update={"test_id": f"{start}1+1"})
        (row,) = rows(to_csv([first.model_copy(update={"raw": raw})]))
        assert row["test_id"] == f"'{start}1+1"


def test_a_formula_behind_a_tab_is_still_text():
    (first, _) = records()
    raw = first.raw.model_copy(update={"test_id": "\t=1+1"})
    (row,) = rows(to_csv([first.model_copy(update={"raw": raw})]))
    assert row["test_id"] == "'=1+1"


def test_json_lines_hold_every_record(session):
    lines = to_json_lines(session.measured.records).splitlines()
    parsed = tuple(IterationRecord.model_validate_json(line) for line in lines)
    assert parsed == session.measured.records


def test_json_lines_hold_no_raw_control_character():
    text = to_json_lines(hostile_session().measured.records)
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", text)
