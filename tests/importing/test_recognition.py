"""Files of other tools are known by what they hold; most were written by the tools themselves."""

import gzip
import json
from pathlib import Path

import pytest

from tracker.importing import UnreadableError, read_history

FILES = Path(__file__).parent / "files"
NOW_MS = 1_700_000_000_000


def read(name, **options):
    return read_history((FILES / name).read_bytes(), now_ms=NOW_MS, **options)


def by_name(imported):
    return {(point.benchmark, point.metric): point for point in imported.points}


def test_hyperfine_is_the_median_of_the_runs_that_succeeded():
    found = read("hyperfine.json")
    assert found.source_format == "hyperfine"
    recorded = json.loads((FILES / "hyperfine.json").read_text())["results"]
    point = by_name(found)["sleep 0.01", "time"]
    assert point.value == pytest.approx(recorded[1]["median"])
    assert (point.unit, point.n, point.timestamp_ms) == ("s", 5, NOW_MS)


def test_hyperfine_runs_with_another_exit_code_are_no_samples():
    document = json.loads((FILES / "hyperfine.json").read_text())
    document["results"][0]["exit_codes"] = [0, 1, 1, 1, 1]
    document["results"][1]["exit_codes"] = [1] * 5
    found = read_history(json.dumps(document).encode(), now_ms=NOW_MS)
    assert [point.n for point in found.points] == [1]
    assert len(found.notes) == 2


def test_a_command_that_is_there_twice_gets_a_number():
    document = json.loads((FILES / "hyperfine.json").read_text())
    document["results"] = [document["results"][0]] * 2
    found = read_history(json.dumps(document).encode(), now_ms=NOW_MS)
    assert [point.benchmark for point in found.points] == ["true", "true #2"]


def test_pytest_benchmark_is_the_median_of_its_rounds():
    found = read("pytest_benchmark.json")
    assert found.source_format == "pytest-benchmark"
    recorded = json.loads((FILES / "pytest_benchmark.json").read_text())["benchmarks"]
    for entry in recorded:
        point = by_name(found)[entry["fullname"], "time"]
        assert point.value == sorted(entry["stats"]["data"])[3]
        assert point.n == 7
    assert found.points[0].machine.startswith("recorded")
    assert found.points[0].timestamp_ms != NOW_MS


def test_pyperf_calibration_is_left_out_and_common_metadata_is_found():
    found = read("pyperf.json")
    (point,) = found.points
    assert found.source_format == "pyperf"
    assert point.benchmark == "timeit"
    assert (point.metric, point.unit, point.n) == ("time", "s", 9)
    assert 0 < point.value < 1e-4


def test_google_benchmark_takes_repetitions_and_leaves_aggregates_and_errors():
    found = read("google_benchmark.json")
    assert found.source_format == "google-benchmark"
    assert {(name, metric) for name, metric in by_name(found)} == {
        (f"BM_Push/{size}", metric)
        for size in (8, 64)
        for metric in ("time", "cpu", "items_per_second")
    }
    point = by_name(found)["BM_Push/8", "time"]
    assert (point.n, point.unit) == (3, "s")
    assert 0 < point.value < 1e-3
    assert by_name(found)["BM_Push/8", "items_per_second"].higher_is_better
    assert any("no input" in note for note in found.notes)


def test_google_benchmark_counters_that_are_not_finite_are_unknown():
    text = (FILES / "google_benchmark.json").read_text()
    document = json.loads(text)
    document["benchmarks"][0]["rate"] = float("nan")
    found = read_history(json.dumps(document).encode(), now_ms=NOW_MS)
    assert ("BM_Push/8", "rate") not in by_name(found)


def test_asv_parameters_vary_fastest_at_the_end_and_failures_have_no_point():
    found = read("asv.json")
    assert found.source_format == "asv"
    recorded = json.loads((FILES / "asv.json").read_text())
    values = recorded["results"]["b.S.time_sort"][0]
    points = by_name(found)
    assert points["b.S.time_sort(10, 'b')", "time"].value == values[1]
    assert points["b.S.time_sort(100, 'a')", "time"].value == values[2]
    assert points["b.mem_list", "memory"].unit == "bytes"
    assert not any(name == "b.time_bad" for name, _ in points)
    assert found.points[0].origin == recorded["commit_hash"]
    assert found.points[0].timestamp_ms == recorded["date"]


def test_the_history_of_github_action_benchmark_knows_which_way_is_better():
    found = read("data.js")
    assert found.source_format == "github-action-benchmark"
    first, second, rate = found.points
    assert first.benchmark == "Go Benchmark/BenchmarkDup"
    assert first.value == pytest.approx(41.5e-9)
    assert (first.unit, first.timestamp_ms) == ("s", 1652984050649)
    assert second.origin.startswith("2222")
    assert rate.higher_is_better
    assert rate.unit == "iter/sec"


def test_a_list_of_values_is_taken_as_smaller_is_better_and_that_is_said():
    text = json.dumps([{"name": "a", "value": "12", "unit": "ms"}])
    found = read_history(text.encode(), now_ms=NOW_MS)
    assert found.points[0].value == pytest.approx(0.012)
    assert found.notes


def test_bencher_latency_is_in_nanoseconds():
    points = by_name(read("bencher.json"))
    assert points["status/small", "time"].value == pytest.approx(0.0364)
    assert points["clone", "throughput"].higher_is_better


def test_csv_reads_units_and_iso_times_and_gzip():
    text = "series,timestamp,value,unit\na,2024-01-01,5,ms\na,1704153600,6,ms\n"
    found = read_history(gzip.compress(text.encode()), now_ms=NOW_MS)
    assert [point.value for point in found.points] == pytest.approx([0.005, 0.006])
    assert found.points[1].timestamp_ms - found.points[0].timestamp_ms == 86_400_000


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "neither JSON nor CSV"),
        ("{}", "no known format"),
        ("[1, 2]", "no known format"),
        ("series,timestamp,value\na,2024-01-01,NaN\n", "line 2"),
        ("series,timestamp,value\na,yesterday,1\n", "line 2"),
        ("series,timestamp,value\n", "holds no result"),
        ('{"a": {"b": {"value": "much"}}}', "not a number"),
        ('{"version": 2, "result_columns": [], "results": {"a": 1}}', "a list is missing"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(text, told):
    with pytest.raises(UnreadableError, match=told):
        read_history(text.encode(), now_ms=NOW_MS)


def test_another_format_than_asked_for_is_refused():
    with pytest.raises(UnreadableError, match="hyperfine"):
        read("hyperfine.json", wanted="asv")
