import pytest

from tests.analysis.builder import SETTINGS, Measured, group, noisy, paired
from tracker.analysis import process, session_growth, with_bottlenecks


def bottlenecks(groups):
    results = process(groups, SETTINGS, seed=1)
    found = with_bottlenecks(groups, results, session_growth(groups, SETTINGS), SETTINGS)
    return tuple(one for result in found for one in result.insights.bottlenecks)


def used(group_, **performance):
    """Return the group with further measured values in every record."""
    records = []
    for record in group_.records:
        parts = {
            name: getattr(record.raw.performance, name).model_copy(update=update)
            for name, update in performance.items()
        }
        raw = record.raw.model_copy(
            update={"performance": record.raw.performance.model_copy(update=parts)}
        )
        records.append(record.model_copy(update={"raw": raw}))
    return group_.model_copy(update={"records": tuple(records)})


def one_variant(cpu_share):
    times = noisy(10.0, 15, 1)
    return group(Measured({"git": times}, cpu={"git": [cpu_share * time for time in times]}))


def test_time_on_the_cpu_is_a_bottleneck_with_its_share_interval_and_rounds():
    (found,) = bottlenecks([one_variant(0.9)])
    assert found.type == "cpu"
    assert found.impact.time_percentage == pytest.approx(90)
    assert found.impact.occurences == 15
    assert found.interval == pytest.approx((90, 90))
    assert found.location == "commit with git"
    assert found.runs


def test_without_evidence_there_is_none():
    assert bottlenecks([one_variant(0.5)]) == ()


def test_waiting_with_traffic_to_the_disk_is_io():
    waiting = used(one_variant(0.2), io={"device_write_bytes": 40_960})
    (found,) = bottlenecks([waiting])
    assert found.type == "io"
    assert found.impact.time_percentage == pytest.approx(80)
    assert "40" in found.evidence


def test_waiting_for_pages_is_memory():
    paging = used(one_variant(0.2), memory={"major_faults": 12})
    (found,) = bottlenecks([paging])
    assert found.type == "memory"
    assert "12 pages" in found.evidence


def test_waiting_for_a_cpu_is_told_apart_from_using_it():
    queued = used(one_variant(0.5), cpu={"total_time": 5.0, "run_queue_delay": 4.0})
    (found,) = bottlenecks([queued])
    assert "waiting for a CPU" in found.evidence


def test_growth_beyond_a_rival_is_an_algorithm_with_its_exponent():
    groups = [
        group(
            Measured(
                paired({"git": 4.0, "jujutsu": slow}, 15, seed),
                cpu={"git": [1.0] * 15, "jujutsu": [1.0] * 15},
            ),
            size=size,
        )
        for seed, (size, slow) in enumerate([("small", 2.0), ("medium", 20.0)])
    ]
    algorithms = [one for one in bottlenecks(groups) if one.type == "algorithm"]
    (found,) = algorithms
    assert found.variant == "jujutsu"
    assert "files^1.0" in found.evidence
    assert found.optimization.expected_gain == pytest.approx(90, abs=1)


def test_a_faster_configuration_of_the_same_system_is_the_remedy():
    times = paired({"git": 10.0, "git+x": 5.0}, 15, 1)
    (found, *_) = [
        one
        for one in bottlenecks(
            [group(Measured(times, cpu={"git": [9.5] * 15, "git+x": [1.0] * 15}))]
        )
        if one.variant == "git"
    ]
    assert "git+x" in found.optimization.technique
    assert found.optimization.expected_gain == pytest.approx(50, abs=2)
