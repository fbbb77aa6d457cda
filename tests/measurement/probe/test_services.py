"""Daemons of a variant that outlive its iterations."""

import time
from pathlib import Path

import pytest

from tracker.measurement.probe.client import ProbeError

DAEMON = (
    "import os,time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        end = time.process_time() + 0.1\n"
    "        while time.process_time() < end: pass\n"
    "        print('still writing', flush=True)\n"
    "        open('pid.part', 'w').write(str(os.getpid())); os.rename('pid.part', 'pid')\n"
    "        time.sleep(1000)\n"
    "    os._exit(0)\n"
    "while not os.path.exists('pid'): time.sleep(0.01)\n"
)


@pytest.fixture
def pid_file(tmp_path):
    return tmp_path / "pid"


def test_service_survives_commands_and_is_measured_apart(probe, python_script, alive, pid_file):
    started = probe.service_start("watcher", python_script(DAEMON))
    assert started.service.alive == 1
    answer = probe.run(
        python_script(
            "import os\nif os.fork() == 0:\n    os.setsid(); import time; time.sleep(100)"
        )
    )
    assert answer.leftover_processes == 1
    assert alive(pid_file.read_text())
    state = probe.service_status("watcher")
    assert state.alive == 1
    assert state.cpu_us >= 50_000
    assert state.rss_bytes > 1 << 20
    stopped = probe.service_stop("watcher")
    assert stopped.cpu_us >= 90_000
    assert stopped.max_rss_bytes > 1 << 20
    assert not alive(pid_file.read_text())


def test_stopping_steps_run_before_the_rest_is_ended(probe, python_script, command, tmp_path):
    probe.service_start("watcher", python_script(DAEMON))
    probe.service_stop("watcher", command(("sh", "-c", "echo stopped > said")))
    assert (tmp_path / "said").read_text() == "stopped\n"
    with pytest.raises(ProbeError, match="no such service"):
        probe.service_status("watcher")


def test_service_that_cannot_start_is_no_service(probe, python_script, alive, pid_file):
    answer = probe.request(
        "serviceStart",
        name="watcher",
        **python_script(DAEMON + "raise SystemExit(3)").model_dump(by_alias=True),
    )
    assert answer["steps"][0]["exitCode"] == 3
    assert "service" not in answer
    assert not alive(pid_file.read_text())
    with pytest.raises(ProbeError, match="no such service"):
        probe.service_status("watcher")


def test_two_services_of_one_name_are_refused(probe, python_script, command):
    probe.service_start("watcher", python_script(DAEMON))
    with pytest.raises(ProbeError, match="already"):
        probe.service_start("watcher", command(("true",)))


def test_closing_the_probe_ends_services(probe, python_script, alive, pid_file):
    probe.service_start("watcher", python_script(DAEMON))
    pid = pid_file.read_text()
    probe.close()
    time.sleep(0.1)
    assert not alive(pid)
    assert not Path(f"/proc/{pid}").exists()
