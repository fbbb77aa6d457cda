"""The client when the probe, or its own process, comes to an end."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tracker.measurement.probe.client import CANCEL, ProbeClient, ProbeLostError, start_local_probe
from tracker.measurement.probe.transport import LocalTransport, TransportClosedError

SLEEPER = (
    "import os,time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        open('daemon', 'w').write(str(os.getpid())); time.sleep(1000)\n"
    "    os._exit(0)\n"
    "open('root', 'w').write(str(os.getpid())); time.sleep(1000)\n"
)
MASTER = """
import os, sys
from pathlib import Path
from tracker.measurement.probe.client import start_local_probe
from tracker.measurement.probe.protocol import RunRequest
client = start_local_probe(sys.argv[1], cache=Path(sys.argv[2]))
Path("probe").write_text(str(client.hello.pid))
steps = ((sys.executable, "-I", "-S", "-c", sys.argv[3]),)
client.run(RunRequest(cwd=os.getcwd(), env={"PATH": "/usr/bin:/bin"}, steps=steps))
"""


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def read_pids(folder, *names):
    return [int((folder / name).read_text() or 0) for name in names if (folder / name).exists()]


def test_killed_tracker_leaves_nothing_running(kind, probe_cache, tmp_path, alive):
    root = str(Path(__file__).parents[3])
    command = [sys.executable, "-c", MASTER, kind, str(probe_cache), SLEEPER]
    with subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": root}) as master:
        names = ("probe", "root", "daemon")
        assert wait_until(
            lambda: all([*read_pids(tmp_path, *names), len(read_pids(tmp_path, *names)) == 3]), 30
        )
        pids = read_pids(tmp_path, *names)
        assert all(alive(pid) for pid in pids)
        master.kill()
    assert wait_until(lambda: not any(alive(pid) for pid in pids), 2)


def test_close_leaves_no_zombie(kind, probe_cache):
    client = start_local_probe(kind, cache=probe_cache)
    client.close()
    client.close()
    assert not Path(f"/proc/{client.hello.pid}").exists()
    with pytest.raises(ProbeLostError, match="closed"):
        client.request("hello")


def test_killed_probe_is_lost_and_says_how(probe):
    os.kill(probe.hello.pid, signal.SIGKILL)
    with pytest.raises(ProbeLostError, match="ended by signal 9"):
        probe.request("hello")
    with pytest.raises(ProbeLostError, match="ended by signal 9"):
        probe.request("hello")


def test_terminated_probe_ends_its_tree(probe, python_script, tmp_path, alive):
    def terminate():
        wait_until(lambda: len(read_pids(tmp_path, "root", "daemon")) == 2, 10)
        os.kill(probe.hello.pid, signal.SIGTERM)

    killer = threading.Thread(target=terminate)
    killer.start()
    with pytest.raises(ProbeLostError):
        probe.run(python_script(SLEEPER))
    killer.join()
    assert not any(alive(pid) for pid in read_pids(tmp_path, "root", "daemon"))


def test_stuck_probe_is_ended_at_the_outer_deadline(
    kind, probe_cache, python_script, tmp_path, alive
):
    with start_local_probe(kind, cache=probe_cache) as starter:
        command = starter._transport._process.args
    client = ProbeClient(LocalTransport(command), answer_seconds=0.2)

    def stop():
        wait_until(lambda: len(read_pids(tmp_path, "root", "daemon")) == 2, 10)
        os.kill(client.hello.pid, signal.SIGSTOP)

    stopper = threading.Thread(target=stop)
    stopper.start()
    with pytest.raises(ProbeLostError, match="did not answer in time"):
        client.run(python_script(SLEEPER, timeout_ms=1500))
    stopper.join()
    assert wait_until(lambda: not any(alive(pid) for pid in read_pids(tmp_path, "root")), 2)
    assert not Path(f"/proc/{client.hello.pid}").exists()


def test_interrupt_in_the_middle_ends_the_probe(probe, command, alive):
    timer = threading.Timer(
        0.3, lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    )
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        probe.run(command(("sleep", "1000")))
    timer.join()
    assert not alive(probe.hello.pid)


class ScriptedTransport:
    """Any pair of streams will do: here, prepared lines."""

    def __init__(self, *answers):
        self.answers, self.sent, self.ended = list(answers), [], None

    def write_line(self, line, _timeout_s):
        self.sent.append(line)

    def read_line(self, _timeout_s):
        if not self.answers:
            raise TransportClosedError("no more")
        return self.answers.pop(0)

    def close(self):
        self.ended = "closed"

    def kill(self):
        self.ended = "killed"


HELLO = (
    b'{"id":1,"protocol":%d,"implementation":"c","static":true,"pid":7,"floorBytes":1,"capabilities":'
    b'{"pidfd":true,"cgroup":null,"children":true,"io":true,"pressure":true,"subreaper":true}}'
)


def test_client_speaks_over_any_transport():
    transport = ScriptedTransport(HELLO % 1, b'{"id":2,"allocatedBytes":512,"entries":1}\n')
    with ProbeClient(transport) as client:
        assert client.scan([Path("/x")]).allocated_bytes == 512
    assert transport.sent[1] == b'{"id":2,"op":"scan","paths":["/x"]}\n'
    assert transport.ended == "closed"


def test_probe_of_another_protocol_is_refused():
    transport = ScriptedTransport(HELLO % 99)
    with pytest.raises(ProbeLostError, match="speaks protocol 99"):
        ProbeClient(transport)
    assert transport.ended == "killed"


def test_answer_to_another_request_is_never_taken():
    transport = ScriptedTransport(HELLO % 1, b'{"id":1,"late":true}')
    client = ProbeClient(transport)
    with pytest.raises(ProbeLostError, match="another request"):
        client.request("cancel")
    assert transport.ended == "killed"


def test_cancelled_command_ends_at_once_and_the_next_one_runs(probe, command):
    timer = threading.Timer(0.3, probe.cancel)
    timer.start()
    started = time.monotonic()
    answer = probe.run(command(("sleep", "100"), timeout_ms=100_000))
    timer.join()
    assert answer.interrupted
    assert time.monotonic() - started < 20
    assert probe.run(command(("true",))).steps[0].exit_code == 0


def test_cancel_that_comes_too_late_cancels_nothing(probe, command):
    probe.cancel()
    probe._transport.interject(CANCEL)  # as when the command has just ended
    for _ in range(2):
        answer = probe.run(command(("true",)))
        assert not answer.interrupted
        assert answer.steps[0].exit_code == 0


def test_cancel_between_the_start_of_a_run_and_its_request_is_kept(probe, command):
    send = probe._transport.write_line

    def cancel_first(line, timeout_s):
        probe.cancel()
        send(line, timeout_s)

    probe._transport.write_line = cancel_first
    for _ in range(20):
        assert probe.run(command(("sleep", "100"), timeout_ms=20_000)).interrupted
