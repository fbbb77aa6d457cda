import json

import pytest

from tests.measurement import plans
from tracker.measurement.executor import DiskUsage, Measured, MeasuredStep, Output, TrialSpec, Turn
from tracker.measurement.judgement import Failure
from tracker.measurement.raw_metric import raw_metric, with_profile
from tracker.measurement.replay import replay_fixture
from tracker.models import ErrorType, Machine, RawMetric

TRIAL = TrialSpec(
    group="g",
    suite_id="basic",
    test=plans.commit_test(),
    variant=plans.GIT,
    fixture=replay_fixture(plans.group().fixture),
    run_id="run-1-abcdef",
    timeout_ms=1000,
)
TURN = Turn(phase="measured", round=3, order=1)
MACHINE = Machine(machine_class="x", cores=2, storage="ext4 on virtio", kernel="6.1.0")


def raw(failure=None, **changes):
    settings = {
        "started_ms": 1_700_000_000_123.0,
        "ended_ms": 1_700_000_000_133.0,
        "wall_ns": 10_000_000,
        "steps": (MeasuredStep(exit_code=0),),
    }
    return raw_metric(TRIAL, TURN, Measured(**{**settings, **changes}), failure, machine=MACHINE)


def test_units_are_those_of_the_specification():
    found = raw(
        user_us=15_000,
        system_us=1_000,
        voluntary_switches=2,
        involuntary_switches=3,
        run_queue_delay_ns=500_000,
    )
    assert found.timestamp == "2023-11-14T22:13:20.123Z"
    assert found.execution.duration_ms == 10
    cpu = found.performance.cpu
    assert (cpu.user_time, cpu.system_time, cpu.total_time) == (15, 1, 16)
    assert cpu.percentage == pytest.approx(160)  # two threads
    assert (cpu.context_switches, cpu.run_queue_delay) == (5, 0.5)
    assert found.environment.disk_type == "ext4 on virtio"


def test_unknown_stays_unknown():
    found = raw(user_us=15_000, voluntary_switches=2)
    assert found.performance.cpu.total_time is None
    assert found.performance.cpu.percentage is None
    assert found.performance.cpu.context_switches is None
    assert found.performance.disk.delta is None
    assert found.performance.network is None
    assert found.execution.stdout is None


def test_no_share_of_no_time():
    assert raw(wall_ns=0, user_us=1, system_us=1).performance.cpu.percentage is None


def test_disk_delta_may_be_negative():
    found = raw(
        disk_before=DiskUsage(allocated_bytes=8192, entries=5),
        disk_after=DiskUsage(allocated_bytes=4096, entries=4),
    ).performance.disk
    assert (found.initial_size, found.final_size, found.delta, found.inodes) == (
        8192,
        4096,
        -4096,
        4,
    )


def test_output_that_is_no_text_survives_json():
    content = b"\x00\x1b[31m\xff</script>"
    found = raw(stdout=Output(total_bytes=len(content), sha256="ab", head=content))
    assert found.execution.stdout == "\x00\x1b[31m\ufffd</script>"
    again = RawMetric.model_validate_json(found.to_json())
    assert again == found
    assert json.loads(found.to_json())["execution"]["stdoutBytes"] == len(content)


def test_failed_iteration_names_its_error():
    found = raw(Failure(error_type=ErrorType.TIMEOUT, reason="slow"))
    assert (found.quality.success, found.quality.error_type) == (False, ErrorType.TIMEOUT)


def test_own_tree_peak_wins_over_the_profile():
    profile = raw(peak_tree_bytes=100, peak_tree_source="sampled")
    own = raw(peak_tree_bytes=200, peak_tree_source="cgroup")
    assert with_profile(own, profile).performance.memory.tree_peak == 200
    filled = with_profile(raw(), profile).performance.memory
    assert (filled.tree_peak, filled.tree_peak_source) == (100, "sampled")
