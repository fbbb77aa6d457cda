"""`tracker trends` speaks CSV as the contract has it, and refuses what it cannot use."""

import csv

import numpy as np
import pytest

from tracker.cli import main


def run(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["tracker", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code or 0


def history(path, *, role=False, n=60):
    rng = np.random.default_rng(0)
    rows = [
        [
            name,
            1000 * at,
            float(np.exp(0.02 * rng.normal() + 0.4 * (at >= 30) * (name == "stepped"))),
            *(["history" if at < 50 else "test"] if role else []),
        ]
        for name in ("stepped", "flat")
        for at in range(n)
    ]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["series", "timestamp", "value", *(["role"] if role else [])])
        writer.writerows(rows)
    return path


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_detect_writes_a_row_per_alarm(tmp_path, monkeypatch):
    out = tmp_path / "out.csv"
    assert run(monkeypatch, "trends", "detect", history(tmp_path / "in.csv"), "-o", out) == 0
    (row,) = table(out)
    assert (row["series"], row["index"], row["level"]) == ("stepped", "30", "confirmed")
    assert (row["timestamp"], row["direction"]) == ("30000", "up")
    assert float(row["ratio"]) == pytest.approx(np.exp(0.4), rel=0.03)
    assert 0 < float(row["p"]) < 1e-3


def test_detect_prints_a_table_without_a_file(tmp_path, monkeypatch, capsys):
    assert (
        run(monkeypatch, "trends", "detect", history(tmp_path / "in.csv"), "--format", "csv") == 0
    )
    assert capsys.readouterr().out.splitlines()[0].startswith("series,index,level")


def test_forecast_writes_a_row_per_test_row(tmp_path, monkeypatch):
    source, out = history(tmp_path / "in.csv", role=True), tmp_path / "out.csv"
    assert run(monkeypatch, "trends", "forecast", source, "-o", out) == 0
    rows = table(out)
    assert list(rows[0]) == ["series", "timestamp", "pred", "lo80", "hi80", "lo95", "hi95"]
    assert [(row["series"], row["timestamp"]) for row in rows] == [
        (name, str(1000 * at)) for name in ("stepped", "flat") for at in range(50, 60)
    ]


@pytest.mark.parametrize("command", ["detect", "forecast"])
@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("a,1,1,history\na,2,nan,history\n", "line 3: value 'nan' is not finite"),
        ("a,1,1,history\n", "series a: 1 point"),
        ("a,2,1,history\na,1,1,history\na,3,1,test\n", "line 3: series a: timestamps are not"),
    ],
)
def test_what_it_cannot_go_on_with_exits_2_and_writes_nothing(
    tmp_path, monkeypatch, capsys, command, rows, complaint
):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("series,timestamp,value,role\n" + rows)
    assert run(monkeypatch, "trends", command, source, "-o", out) == 2
    assert complaint in capsys.readouterr().err
    assert not out.exists()


def test_a_repeated_timestamp_is_said_by_detect_and_refused_by_forecast(
    tmp_path, monkeypatch, capsys
):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("series,timestamp,value,role\na,1,1,history\na,1,2,history\na,2,1,test\n")
    assert run(monkeypatch, "trends", "detect", source, "-o", out) == 0
    assert "repeat a timestamp" in capsys.readouterr().err
    assert run(monkeypatch, "trends", "forecast", source, "-o", out) == 2
    assert "is repeated" in capsys.readouterr().err


def test_a_short_or_constant_series_has_no_alarm_and_it_is_said(tmp_path, monkeypatch, capsys):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("series,timestamp,value\n" + "".join(f"a,{at},5\n" for at in range(4)))
    assert run(monkeypatch, "trends", "detect", source, "-o", out) == 0
    said = capsys.readouterr().err
    assert "fewer than 12 points" in said
    assert "constant" in said
    assert table(out) == []
