import pytest

from tests.analysis.builder import SETTINGS, Measured, group, noisy
from tracker.analysis import process


def used(record, parts):
    """Return the record with further measured values."""
    performance = record.raw.performance
    changed = {
        name: getattr(performance, name).model_copy(update=update) for name, update in parts.items()
    }
    raw = record.raw.model_copy(update={"performance": performance.model_copy(update=changed)})
    return record.model_copy(update={"raw": raw})


def slow_round(number=7, **parts):
    """Return the marked outliers of git, one of whose rounds took four times as long."""
    times = noisy(10.0, 20, 1)
    times[number] = 40.0
    cpu = [parts.pop("cpu", 8.0) if at == number else 8.0 for at in range(20)]
    other = noisy(12.0, 20, 2)
    if parts.pop("others", False):
        other[number] = 60.0
    built = group(Measured({"git": times, "jujutsu": other}, cpu={"git": cpu, "jujutsu": cpu}))
    usual = {"cpu": {"run_queue_delay": 0.1}, "memory": {"major_faults": 0}}
    records = tuple(
        used(record, usual | (parts if (record.variant, record.round) == ("git", number) else {}))
        for record in built.records
    )
    (result,) = process([built.model_copy(update={"records": records})], SETTINGS, seed=1)
    return result.variants["git"].marked


@pytest.mark.parametrize(
    ("beside", "cause"),
    [
        ({"cpu": 36.0}, "more CPU time"),
        ({"memory": {"major_faults": 9}}, "pages were read back from disk"),
        ({"others": True}, "the whole round was slow"),
        ({}, None),
    ],
)
def test_an_outlier_is_marked_with_what_was_seen_beside_it(beside, cause):
    (found,) = slow_round(**beside)
    assert (found.round, found.value) == (7, 40.0)
    assert found.cause is None if cause is None else cause in found.cause


def test_the_first_round_is_a_cause_of_its_own():
    (found,) = slow_round(number=0)
    assert found.cause == "first round"
