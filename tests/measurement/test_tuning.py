"""What steadies a machine: inherited by commands, recorded, refused where it cannot be had."""

import os

import pytest

from tracker.measurement.executor import ExecutorError
from tracker.measurement.machine import describe_machine
from tracker.measurement.place import LocalPlace
from tracker.measurement.probe.client import start_local_probe
from tracker.measurement.probe.protocol import RunRequest
from tracker.measurement.tuning import DROP_CACHES, Tuning, drop_caches, tune

ROOT = os.geteuid() == 0


@pytest.fixture
def place_with(tmp_path):
    made = []

    def make(**tuning):
        place = LocalPlace(
            start_local_probe, tmp_path / "work", path="/usr/bin:/bin", tuning=Tuning(**tuning)
        )
        made.append(place)
        return place

    yield make
    for place in made:
        place.close()


def status_of_a_command(place):
    request = RunRequest(
        cwd="/", env={"PATH": "/usr/bin:/bin"}, steps=(("cat", "/proc/self/status"),)
    )
    lines = place.site("git").probe.run(request).stdout.head.decode().splitlines()
    return dict(line.split(":", 1) for line in lines)


def test_commands_run_on_the_processor_asked_for_and_that_is_recorded(place_with):
    (cpu, *_) = sorted(os.sched_getaffinity(0))
    place = place_with(cpu=cpu)
    assert status_of_a_command(place)["Cpus_allowed_list"].strip() == str(cpu)
    place.recover()
    assert status_of_a_command(place)["Cpus_allowed_list"].strip() == str(cpu)
    assert place.describe().tuning == (f"pinned to processor {cpu}",)


def test_a_steadied_machine_is_of_another_class(tmp_path):
    plain = describe_machine("local", tmp_path)
    steadied = describe_machine("local", tmp_path, tuning=Tuning(realtime=True).words)
    assert plain.machine_class != steadied.machine_class
    assert plain.tuning == ()


def test_a_processor_that_is_not_there_is_told(place_with):
    with pytest.raises(ExecutorError, match="pinned to processor 4000"):
        place_with(cpu=4000)


@pytest.mark.skipif(not ROOT, reason="needs CAP_SYS_NICE")
def test_realtime_is_inherited_by_commands(place_with):
    pid = place_with(realtime=True).site("git").probe.hello.pid
    assert os.sched_getscheduler(pid) == os.SCHED_RR


@pytest.mark.skipif(not ROOT, reason="needs CAP_SYS_NICE")
def test_probe_and_commands_share_one_processor_in_real_time(place_with):
    """Profiling looks at a command all the time, which must not keep it from running."""
    (cpu, *_) = sorted(os.sched_getaffinity(0))
    probe = place_with(cpu=cpu, realtime=True).site("git").probe
    request = RunRequest(
        cwd="/", env={"PATH": "/usr/bin:/bin"}, steps=(("sleep", "0.02"),), sample_ms=1
    )
    for _ in range(20):
        answer = probe.run(request)
        assert answer.steps[0].exit_code == 0
        assert answer.wall_ns < 1e9


def test_what_is_not_allowed_is_told(monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    with pytest.raises(ExecutorError, match="CAP_SYS_NICE"):
        tune(os.getpid(), Tuning(realtime=True))


def test_cold_cache_is_dropped_or_refused(tmp_path, monkeypatch):
    written = tmp_path / "drop_caches"
    monkeypatch.setattr("tracker.measurement.tuning.DROP_CACHES", written)
    drop_caches()
    assert written.read_text() == "1\n"
    monkeypatch.setattr("tracker.measurement.tuning.DROP_CACHES", tmp_path / "no" / "such")
    with pytest.raises(ExecutorError, match="needs root"):
        drop_caches()
    assert DROP_CACHES.name == "drop_caches"
