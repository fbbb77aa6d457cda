import pytest

from tracker.measurement.probe.protocol import ProcessSample
from tracker.measurement.probe_answer import series_of


def sample(t_ms, cpu_ms, anon, shmem=0, ops=0):
    return ProcessSample(
        t_ms=t_ms,
        cpu_ms=cpu_ms,
        rss_bytes=anon + shmem + 1000,
        vms_bytes=9 * anon,
        rss_anon_bytes=anon,
        rss_file_bytes=1000,
        rss_shmem_bytes=shmem,
        read_ops=ops,
        write_ops=2 * ops,
        read_bytes=0,
        write_bytes=0,
    )


SAMPLES = (sample(2, 1, 100), sample(4, 5, 300, 50, ops=3), sample(6, 5, 200))


def test_memory_is_that_of_the_largest_tree():
    series = series_of(SAMPLES, 2)
    assert (series.rss, series.vms, series.anonymous, series.file_backed) == (1350, 2700, 300, 1050)
    assert series.memory.samples == (100, 350, 200)


def test_cpu_is_the_share_between_two_samples_and_may_exceed_100():
    assert series_of(SAMPLES, 2).cpu_percent.samples == pytest.approx((50, 200, 0))


def test_interval_is_the_measured_one():
    assert series_of(SAMPLES, 1).io.interval == 2
    assert series_of(SAMPLES[:1], 1).io.interval == 1


def test_io_is_cumulative_with_its_moment():
    second = series_of(SAMPLES, 2).io.samples[1]
    assert (second.timestamp, second.read_ops, second.write_ops) == (4, 3, 6)
