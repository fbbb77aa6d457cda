"""What the probe reports of a command."""

import hashlib
import json
import os
import statistics
import subprocess
import time
from pathlib import Path

import pytest

from tracker.measurement.probe.client import ProbeError, SpawnError

MIB = 1 << 20
TWICE_DETACHED = (
    "import os,sys,time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        os.setsid()\n"
    "        open('pid', 'w').write(str(os.getpid()))\n"
    "        time.sleep(1000)\n"
    "    os._exit(0)\n"
    "while not os.path.exists('pid') or not open('pid').read(): time.sleep(0.01)\n"
)


def test_exit_codes_and_times_of_all_steps_are_reported(probe, command):
    answer = probe.run(command(("sh", "-c", "sleep 0.05"), ("sh", "-c", "exit 3")))
    assert [step.exit_code for step in answer.steps] == [0, 3]
    assert answer.steps[0].wall_ns >= 50_000_000
    assert sum(step.wall_ns for step in answer.steps) <= answer.wall_ns
    assert answer.end_ms - answer.start_ms == pytest.approx(answer.wall_ns / 1e6, abs=0.01)


def test_steps_after_a_failure_are_not_run(probe, command):
    steps = (("false",), ("true",))
    assert len(probe.run(command(*steps)).steps) == 1
    assert len(probe.run(command(*steps, stop_on_failure=False)).steps) == 2
    assert len(probe.run(command(*steps, expected_exits=((0, 1),))).steps) == 2


def test_death_by_signal_is_not_an_exit_code(probe, command):
    [step] = probe.run(command(("sh", "-c", "kill -9 $$"))).steps
    assert (step.exit_code, step.signal) == (None, "SIGKILL")


def test_command_that_cannot_start_is_no_failed_command(probe, command, tmp_path):
    with pytest.raises(SpawnError, match=r"no-such-command: No such file"):
        probe.run(command(("no-such-command",)))
    (tmp_path / "plain").write_text("text")
    with pytest.raises(SpawnError, match=r"/plain: Permission denied"):
        probe.run(command((str(tmp_path / "plain"),)))
    with pytest.raises(SpawnError, match=r"/nowhere: No such file"):
        probe.run(command(("true",), cwd="/nowhere"))
    assert probe.run(command(("true",))).steps[0].exit_code == 0


def test_program_is_found_on_the_path_of_the_given_environment(probe, command, tmp_path):
    (tmp_path / "bin").mkdir()
    tool = tmp_path / "bin" / "tool"
    tool.write_text("#!/bin/sh\necho found\n")
    tool.chmod(0o755)
    assert probe.run(command(("tool",), env={"PATH": f"{tmp_path}/bin"})).stdout.head == b"found\n"
    assert probe.run(command(("tool",), env={"PATH": "bin"})).stdout.head == b"found\n"
    assert probe.run(command(("bin/tool",), env={})).stdout.head == b"found\n"
    with pytest.raises(SpawnError):
        probe.run(command(("tool",), env={"PATH": "/usr/bin"}))


def test_program_made_by_an_earlier_step_is_found(probe, command, tmp_path):
    make = "printf '#!/bin/sh\\necho made\\n' > late && chmod +x late"
    answer = probe.run(
        command(("sh", "-c", make), ("late",), env={"PATH": f"/usr/bin:/bin:{tmp_path}"})
    )
    assert answer.stdout.head == b"made\n"


def test_environment_is_exactly_the_given_one(probe, command):
    answer = probe.run(command(("/usr/bin/env",), env={"ONE": "a=b", "TWO": "ü"}))
    assert sorted(answer.stdout.head.decode().splitlines()) == ["ONE=a=b", "TWO=ü"]


def test_standard_input_is_empty(probe, command):
    assert probe.run(command(("cat",), timeout_ms=5000)).stdout.total_bytes == 0


def test_output_is_counted_hashed_and_cut_in_the_middle(probe, python_script):
    lines = "".join(f"{number:07}\n" for number in range(20_000)).encode()
    source = "import sys\nfor n in range(20000): sys.stdout.write(f'{n:07}\\n')\nsys.stderr.write('short')"
    answer = probe.run(python_script(source, keep_bytes=1000))
    assert answer.stdout.total_bytes == len(lines)
    assert answer.stdout.sha256 == hashlib.sha256(lines).hexdigest()
    assert (answer.stdout.head, answer.stdout.tail) == (lines[:1000], lines[-1000:])
    assert (answer.stderr.head, answer.stderr.tail) == (b"short", b"")


@pytest.mark.parametrize(
    "size", [0, 1, 55, 56, 63, 64, 65, 999, 1000, 1001, 1500, 2000, 2001, 262_145]
)
def test_every_size_of_output_is_kept_right(probe, python_script, size):
    expected = bytes(number % 251 for number in range(size))
    source = f"import os; data = bytes(n % 251 for n in range({size}))\nwhile data: data = data[os.write(1, data):]"
    stream = probe.run(python_script(source, keep_bytes=1000)).stdout
    assert stream.sha256 == hashlib.sha256(expected).hexdigest()
    assert stream.head == expected[:1000]
    assert stream.tail == expected[1000:][-1000:]


def test_bytes_that_are_no_text_survive_in_both_directions(probe, tmp_path):
    arguments = ["printf", "%s", '\udcff\udc80 “quoted” " \\ \n\t 😀']
    answer = probe.request(
        "run", cwd=str(tmp_path), env={"PATH": "/usr/bin:/bin"}, steps=[arguments]
    )
    import base64

    assert base64.b64decode(answer["stdout"]["head"]) == os.fsencode(arguments[2])


@pytest.mark.parametrize(
    "fields",
    [
        {"steps": [["printf", "a\0b"]]},
        {"steps": []},
        {"steps": [[]]},
        {"steps": "true"},
        {"env": {"A": 1}},
        {"env": {"A=B": "1"}},
        {"env": None},
        {"cwd": None},
        {"timeoutMs": -1},
        {"keepBytes": 1 << 40},
    ],
    ids=str,
)
def test_request_that_makes_no_sense_is_refused(probe, fields):
    fields = {"cwd": "/", "env": {"PATH": "/usr/bin:/bin"}, "steps": [["true"]], **fields}
    with pytest.raises(ProbeError) as refused:
        probe.request("run", **fields)
    assert refused.value.kind == "request"


def test_output_over_the_limit_ends_the_tree(probe, command, alive):
    limit = 64 * MIB
    answer = probe.run(command(("sh", "-c", "yes & echo $! >pid; wait"), output_limit_bytes=limit))
    assert answer.output_limited
    assert limit < answer.stdout.total_bytes < limit + MIB
    assert not alive(Path(command(("true",)).cwd, "pid").read_text().strip())


def test_a_gigabyte_of_output_takes_little_memory(c_probe, command):
    answer = c_probe.run(command(("yes",), output_limit_bytes=1 << 30))
    assert answer.output_limited
    answer = c_probe.run(command(("true",)))  # the floor is that before the clock
    assert answer.floor_bytes < 4 * MIB


def test_memory_of_the_tracker_is_not_that_of_the_command(c_probe, command, git):
    ballast = bytearray(b"x") * (500 * MIB)
    answer = c_probe.run(command((git, "--version")))
    assert len(ballast) == 500 * MIB
    assert 3_000_000 <= answer.max_rss_bytes <= 6_000_000
    assert answer.floor_bytes < 2 * MIB


def test_peak_is_never_below_the_floor(probe, command):
    answer = probe.run(command(("true",)))
    assert answer.floor_bytes <= answer.max_rss_bytes + MIB // 2  # the kernel counts in batches


def test_two_children_at_once_show_in_the_sampled_tree(probe, python_script):
    child = "import time; data = bytearray(b'x') * (50 << 20); time.sleep(0.5)"
    source = f"import os, sys\nif os.fork() == 0:\n    {child}; os._exit(0)\n{child}; os.wait()"
    answer = probe.run(python_script(source, sample_ms=10))
    assert answer.peak_tree_source == "sampled"
    assert 100 * MIB <= answer.peak_tree_bytes <= 130 * MIB
    assert answer.max_rss_bytes < 80 * MIB


def test_a_command_that_is_over_before_the_first_sample_still_has_a_peak(c_probe, command):
    peaks = [c_probe.run(command(("true",), sample_ms=1000)).peak_tree_bytes for _ in range(20)]
    seen = [peak for peak in peaks if peak is not None]
    assert seen
    assert max(seen) < 4 * MIB


@pytest.fixture
def memory_group(require_service):
    group = Path("/sys/fs/cgroup/memory/tracker-probe-test")
    try:
        group.mkdir(exist_ok=True)
    except OSError as error:
        require_service("a writable memory control group", available=False, reason=str(error))
    yield group
    for _ in range(50):
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.02)
        else:
            break


def test_two_children_at_once_show_in_the_control_group(memory_group, c_probe, python_script):
    child = "import time; data = bytearray(b'x') * (50 << 20); time.sleep(0.2)"
    source = f"import os, sys\nif os.fork() == 0:\n    {child}; os._exit(0)\n{child}; os.wait()"
    request = python_script(source, cgroup=str(memory_group))
    for _ in range(2):  # the peak of the first must not be that of the second
        answer = c_probe.run(request)
        assert (answer.peak_tree_source, answer.cgroup_version) == ("cgroup", 1)
        assert 100 * MIB <= answer.peak_tree_bytes <= 130 * MIB
    small = c_probe.run(python_script("pass", cgroup=str(memory_group)))
    assert small.peak_tree_bytes < 20 * MIB
    assert small.oom_killed is False
    c_probe.close()


def test_command_ended_for_want_of_memory_is_told(memory_group, c_probe, python_script):
    (memory_group / "memory.limit_in_bytes").write_text(str(40 * MIB))
    answer = c_probe.run(python_script("bytearray(b'x') * (200 << 20)", cgroup=str(memory_group)))
    assert answer.oom_killed is True
    assert answer.steps[0].signal == "SIGKILL"
    c_probe.close()


def test_group_that_cannot_be_used_leaves_the_peak_unknown(probe, command):
    answer = probe.run(command(("true",), cgroup="/nowhere"))
    assert (answer.peak_tree_bytes, answer.peak_tree_source) == (None, None)


def test_what_grandchildren_write_is_counted_to_the_byte(probe, command):
    one = "head -c 1048576 /dev/zero"
    answer = probe.run(
        command(
            ("sh", "-c", f"(({one}) >a &  ({one}) >b & wait)"),
        )
    )
    assert 2 * MIB <= answer.io.write_bytes <= 2 * MIB + 1024


def test_draining_the_output_is_not_counted_as_the_commands_reading(probe, command):
    quiet = probe.run(command(("head", "-c", "1048576", "/dev/zero"))).io
    assert 2 * MIB > quiet.read_bytes >= MIB
    assert quiet.write_bytes == MIB


def test_true_reads_and_writes_next_to_nothing(probe, command):
    io = probe.run(command(("true",))).io
    assert io.write_bytes == io.write_ops == 0
    assert io.read_ops <= 12
    assert io.read_bytes <= 16_384


def test_cpu_time_counts_grandchildren(probe, python_script):
    spin = "import time\nend = time.process_time() + 0.1\nwhile time.process_time() < end: pass"
    answer = probe.run(
        python_script(f"import os\nif os.fork() == 0:\n  exec({spin!r}); os._exit(0)\nos.wait()")
    )
    assert 100_000 <= answer.user_us + answer.system_us <= 400_000


def test_timeout_ends_daemons_too(probe, python_script, alive, tmp_path):
    started = time.monotonic()
    answer = probe.run(python_script(TWICE_DETACHED + "time.sleep(1000)", timeout_ms=1500))
    assert answer.timed_out
    assert answer.steps[0].signal == "SIGKILL"
    assert answer.leftover_processes == 1
    assert time.monotonic() - started < 5
    assert not alive((tmp_path / "pid").read_text())


def test_daemon_left_behind_is_counted_and_ended(probe, python_script, alive, tmp_path):
    answer = probe.run(python_script(TWICE_DETACHED))
    assert answer.steps[0].exit_code == 0
    assert answer.leftover_processes == 1
    assert not alive((tmp_path / "pid").read_text())
    assert probe.run(python_script("pass")).leftover_processes == 0


def test_timeout_holds_for_all_steps_together(probe, command):
    answer = probe.run(command(("sleep", "0.2"), ("sleep", "0.2"), ("sleep", "9"), timeout_ms=300))
    assert answer.timed_out
    assert len(answer.steps) == 2


def test_timeout_does_not_change_what_is_measured(probe, command):
    plain = command(("sleep", "0.05"))
    limited = command(("sleep", "0.05"), timeout_ms=60_000)
    for _ in range(8):  # a machine that others use may disturb an attempt
        pairs = [(probe.run(plain).wall_ns, probe.run(limited).wall_ns) for _ in range(25)]
        without, with_it = (statistics.median(times) for times in zip(*pairs, strict=True))
        if with_it / without == pytest.approx(1, abs=0.02):  # 1 ms of 50
            return
    pytest.fail(f"{with_it} ns with a timeout, {without} ns without")


def test_no_pidfd_is_no_different(kind, probe_cache, command):
    from tracker.measurement.probe.build import build_probe
    from tracker.measurement.probe.client import ProbeClient, python_probe_command
    from tracker.measurement.probe.transport import LocalTransport

    program = [str(build_probe(probe_cache).path)] if kind == "c" else python_probe_command()
    environment = {"TRACKER_PROBE_NO_PIDFD": "1"}
    with ProbeClient(LocalTransport(program, environment)) as probe:
        assert not probe.hello.capabilities.pidfd
        answer = probe.run(command(("sleep", "0.05"), ("sh", "-c", "exit 3")))
        assert [step.exit_code for step in answer.steps] == [0, 3]
        assert 50_000_000 <= answer.wall_ns < 500_000_000
        assert probe.run(command(("sleep", "9"), timeout_ms=100)).timed_out


def test_series_shows_the_tree_over_time(probe, python_script):
    source = "import time\ndata = bytearray(b'x') * (30 << 20)\nend = time.time() + 0.4\nwhile time.time() < end: pass"
    samples = probe.run(python_script(source, sample_ms=20)).samples
    assert 10 <= len(samples) <= 40
    assert [sample.t_ms for sample in samples] == sorted(sample.t_ms for sample in samples)
    assert [sample.cpu_ms for sample in samples] == sorted(sample.cpu_ms for sample in samples)
    last = max(samples, key=lambda sample: sample.rss_anon_bytes)
    assert last.rss_anon_bytes >= 30 * MIB
    assert last.vms_bytes >= last.rss_bytes >= last.rss_anon_bytes
    assert last.read_bytes > 0
    assert samples[-1].cpu_ms >= 50


def test_iterations_without_sampling_have_no_series(probe, command):
    answer = probe.run(command(("true",)))
    assert (answer.samples, answer.peak_tree_bytes, answer.peak_tree_source) == ((), None, None)


def test_limits_of_the_kernel_hold_for_the_command_alone(probe, command):
    big = ("sh", "-c", "head -c 3000000 /dev/zero > big")
    assert probe.run(command(big, limits={"file_size_bytes": MIB})).steps[0].exit_code != 0
    assert Path(command(big).cwd, "big").stat().st_size == MIB
    assert probe.run(command(big)).steps[0].exit_code == 0


def test_load_of_others_is_known_and_not_the_commands_own(probe, python_script):
    spin = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
    load = probe.run(python_script(spin)).load
    assert load.others_cpu_us is not None
    assert load.others_cpu_us < 10_000_000


def test_what_the_kernel_knows_is_reported(probe, command):
    answer = probe.run(command(("sh", "-c", "sleep 0.02; ls / >/dev/null")))
    assert answer.minor_faults > 0
    assert answer.voluntary_switches > 0
    assert answer.run_queue_delay_ns is not None


def test_cancel_ends_a_running_command(kind, probe_cache, command):
    from tracker.measurement.probe.build import build_probe
    from tracker.measurement.probe.client import python_probe_command

    program = [str(build_probe(probe_cache).path)] if kind == "c" else python_probe_command()
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        request = command(("sleep", "1000")).model_dump(by_alias=True, exclude_defaults=True)
        process.stdin.write(json.dumps({"id": 1, "op": "run", **request}).encode() + b"\n")
        process.stdin.flush()
        time.sleep(0.3)
        process.stdin.write(b'{"id":2,"op":"cancel"}\n{"id":3,"op":"hello"}\n')
        process.stdin.flush()
        first, second = (json.loads(process.stdout.readline()) for _ in range(2))
        process.stdin.close()
    assert (first["id"], first["interrupted"]) == (1, True)
    assert second["id"] == 3
