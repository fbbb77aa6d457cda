"""CSV files of series: what is read, what is refused with its line, what is written."""

import gzip

import pytest

from tracker.config import InputError
from tracker.workflow.series_files import read_series, write_csv

PLAIN = "series,timestamp,value\na,1,1.5\nb,1,7\na,2,1.6\n"


def file_of(tmp_path, text, name="in.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_series_are_read_in_the_order_of_their_first_rows(tmp_path):
    first, second = read_series(file_of(tmp_path, PLAIN)).series
    assert (first.name, list(first.values), first.stamps) == ("a", [1.5, 1.6], ("1", "2"))
    assert second.name == "b"


@pytest.mark.parametrize("name", ["in.csv.gz", "in.csv"])
def test_gzip_is_known_by_its_content(tmp_path, name):
    path = file_of(tmp_path, gzip.compress(PLAIN.encode()), name)
    assert len(read_series(path).series) == 2


def test_columns_may_stand_in_any_order_with_others_between(tmp_path):
    text = "value,note,series,timestamp\n3,x,a,2020-01-01T00:00:00Z\n"
    (series,) = read_series(file_of(tmp_path, text)).series
    assert series.times[0] == 1577836800000


def test_roles_part_history_from_tests(tmp_path):
    text = "series,timestamp,value,role\na,1,1,history\na,2,1,test\n"
    assert read_series(file_of(tmp_path, text), roles=True).series[0].known == 1


@pytest.mark.parametrize(
    ("text", "roles", "complaint"),
    [
        ("series,time,value\na,1,1\n", False, "line 1: column timestamp missing"),
        ("", False, "columns series, timestamp, value missing"),
        ("series,timestamp,value\n", False, "no row"),
        ("series,timestamp,value\na,1,1\na,2,nan\n", False, "line 3: value 'nan' is not finite"),
        ("series,timestamp,value\na,1,\n", False, "line 2: value '' is not a number"),
        ("series,timestamp,value\na,1\n", False, "line 2: value '' is not a number"),
        ("series,timestamp,value\na,soon,1\n", False, "line 2: timestamp 'soon'"),
        ("series,timestamp,value,role\na,1,1,train\n", True, "line 2: role 'train'"),
        (
            "series,timestamp,value,role\na,1,1,test\na,2,1,history\n",
            True,
            "line 3: a history row stands after a test row",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(tmp_path, text, roles, complaint):
    with pytest.raises(InputError) as refused:
        read_series(file_of(tmp_path, text), roles=roles)
    assert complaint in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", gzip.compress(PLAIN.encode())[:-9]])
def test_a_file_that_is_no_text_is_refused(tmp_path, content):
    with pytest.raises(InputError, match="cannot be read"):
        read_series(file_of(tmp_path, content))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_series(tmp_path / "none.csv")


def test_the_same_table_is_the_same_file_gzip_too(tmp_path):
    for name in ("out.csv", "out.csv.gz"):
        first, second = tmp_path / name, tmp_path / f"again-{name}"
        write_csv(first, ("a", "b"), [(1, None)])
        write_csv(second, ("a", "b"), [(1, None)])
        assert first.read_bytes() == second.read_bytes()
    assert gzip.decompress(first.read_bytes()) == b"a,b\n1,\n"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".csv", ".csv", ".gz", ".gz"]


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_csv(tmp_path / "none" / "out.csv", ("a",), [])
