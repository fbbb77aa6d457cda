"""Trials in real containers: outcomes, faults, hardening, limits, and what is left behind."""

import contextlib
import gc
import itertools
import os
import re
import socket
import statistics
import subprocess
import threading
import time
from pathlib import Path

import docker
import pytest

from tests.measurement import plans
from tracker.measurement.docker.engine import engine_facts
from tracker.measurement.docker.limits import WORK
from tracker.measurement.docker.ownership import OWNER, sweep_engine
from tracker.measurement.engine import measure_plan
from tracker.measurement.executor import ExecutorError
from tracker.measurement.journal import Journal
from tracker.measurement.local import LocalExecutor
from tracker.measurement.probe.client import start_local_probe
from tracker.measurement.probe.protocol import RunRequest
from tracker.models import ErrorType, MetricType, OutcomeCheck, Test
from tracker.vcs.registry import get_vcs

pytestmark = [
    pytest.mark.docker,
    pytest.mark.vcs,
    # The engine's client library leaves a socket unclosed whose connection failed.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
    ),
]

STATUS = Test(
    id="status",
    name="status",
    command="git status --porcelain",
    mutates=False,
    outcome=OutcomeCheck(stdout=True, expect=""),
)
COMMIT = Test(
    id="commit",
    name="commit",
    command="git commit -q -m message",
    prepare=("git rm -q --cached {file}",),
    outcome=OutcomeCheck(tree="HEAD"),
)
LOG = Test(id="log", name="log", command="jj log", mutates=False, outcome=OutcomeCheck(stdout=True))


def own_containers(api):
    return api.containers(all=True, filters={"label": OWNER})


def measured(executor, folder, *groups, iterations=2, warmups=1):
    tokens = itertools.count()
    with Journal(folder / "journal.jsonl", sync=lambda _: None) as journal:
        return list(
            measure_plan(
                plans.plan(*groups, iterations=iterations, warmups=warmups),
                plans.session(executor.describe()),
                executor,
                journal,
                order=plans.rotated,
                token=lambda: f"{next(tokens):06x}",
            )
        )


def outcomes(results):
    return [(r.trials[0].status, r.trials[0].outcome, r.trials[0].success_rate) for r in results]


def test_git_has_the_same_outcomes_in_a_container_as_here(
    make_executor, git_image, fixture, tmp_path
):
    groups = [plans.group(test, (plans.GIT, plans.WORKTREES)) for test in (STATUS, COMMIT)]
    inside = make_executor(git_image, ("git", "git-worktrees"))
    there = measured(inside, tmp_path, *groups)
    here_executor = LocalExecutor(
        start_local_probe, lambda _: fixture, get_vcs, tmp_path / "work", path=os.environ["PATH"]
    )
    (tmp_path / "here").mkdir()
    here = measured(here_executor, tmp_path / "here", *groups)
    here_executor.close()
    assert [r.trials[0].reason for r in there] == [None, None]
    assert outcomes(there) == outcomes(here)
    assert outcomes(there)[1][1] is not None
    version = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True)
    assert inside.versions()["git"] in version.stdout


def test_jujutsu_is_measured_in_a_container(make_executor, git_image, jj, tmp_path):
    assert jj
    (result,) = measured(
        make_executor(git_image, ("jujutsu",)), tmp_path, plans.group(LOG, (plans.JUJUTSU,))
    )
    assert (result.trials[0].status, result.trials[0].reason) == ("finished", None)


def run(site, *steps, **options):
    values = {
        "cwd": f"{WORK}/session",
        "env": {"PATH": "/bin"},
        "steps": steps,
        "timeout_ms": 20_000,
    }
    return site.probe.run(RunRequest(**{**values, **options}))


def test_round_trip_adds_less_than_two_milliseconds(make_place, small_image):
    site = make_place(small_image).site("git")
    outside = []
    for _ in range(60):
        started = time.perf_counter_ns()
        answer = run(site, ("true",))
        outside.append((time.perf_counter_ns() - started - answer.wall_ns) / 1e6)
    quiet = statistics.quantiles(outside, n=10)[0]  # others make it wait, which is not its own time
    assert quiet <= 2


def test_timeout_ends_daemonised_grandchildren(make_place, small_image):
    site = make_place(small_image).site("git")
    answer = run(site, ("daemons",), timeout_ms=300)
    assert answer.timed_out
    assert answer.wall_ns < 5e9
    assert run(site, ("true",)).leftover_processes == 0
    assert living_processes(site) <= 3, "more than init, the probe and its worker"


def living_processes(site):
    answer = run(
        site,
        (
            "/opt/vcs-tracker/probe",
            "--show",
            "/sys/fs/cgroup/pids/pids.current",
            "/sys/fs/cgroup/pids.current",
        ),
    )
    numbers = re.findall(rb"^(\d+)$", answer.stdout.head, re.MULTILINE)
    return int(numbers[0]) - 1  # the one that shows it


FAULTS = {
    "daemons": (ErrorType.TIMEOUT, {}),
    "eat": (ErrorType.OOM, {"environment": {"resources": {"memory": 64 << 20}}}),
    "bomb": (ErrorType.PROCESS_LIMIT, {}),
    "fill": (
        ErrorType.DISK_FULL,
        {"environment": {"storage": "tmpfs", "resources": {"diskQuota": 8 << 20}}},
    ),
    "spew": (ErrorType.OUTPUT_LIMIT, {}),
}


@pytest.mark.parametrize("command", FAULTS)
def test_fault_has_its_own_error_type_and_leaves_nothing(
    make_executor, faulty_image, tmp_path, api, command
):
    kind, place = FAULTS[command]
    before = {item["Id"] for item in own_containers(api)}
    executor = make_executor(faulty_image, ("git",), **place)
    test = Test(id="fault", name="fault", command=command, outcome=None, timeout=20_000)
    if kind is ErrorType.TIMEOUT:
        test = test.model_copy(update={"timeout": 1000})
    group = plans.group(test, (plans.GIT,))
    (result,) = measured(executor, tmp_path, group, iterations=1, warmups=0)
    assert {record.raw.quality.error_type for record in result.measured} == {kind}
    assert result.trials[0].status == "failed", result.trials[0].reason
    assert living_processes(executor._place.site("git")) <= 3, "more than init, probe and worker"
    executor.close()
    assert {item["Id"] for item in own_containers(api)} <= before


def test_container_is_hardened(make_place, small_image):
    site = make_place(small_image).site("git")
    status = run(
        site, ("/opt/vcs-tracker/probe", "--show", "/proc/self/status")
    ).stdout.head.decode()
    facts = dict(re.findall(r"^(\w+):\t(.*)$", status, re.MULTILINE))
    assert int(facts["CapEff"], 16) == 0
    assert facts["NoNewPrivs"] == "1"
    assert facts["Seccomp"] == "2"
    assert facts["Uid"].split() == ["1000"] * 4
    assert run(site, ("write-root",)).steps[0].exit_code == 0


def test_limits_in_force_are_those_asked_for(make_place, small_image):
    place = make_place(small_image)
    assert place.warnings == ()
    assert place.effective.cpus == 1
    assert place.effective.memory_bytes == 256 << 20
    assert place.effective.pids == 256
    assert place.effective.network == "none"
    machine = place.describe()
    assert machine.storage.endswith(" volume")
    assert machine.image_id.startswith("sha256:")
    assert machine.requested_limits == place.requested


def test_every_metric_has_a_figure(make_executor, git_image, tmp_path):
    test = STATUS.model_copy(update={"metrics": tuple(MetricType)})
    executor = make_executor(git_image, environment={"network": "none"})
    (result,) = measured(executor, tmp_path, plans.group(test, (plans.GIT,)), iterations=1)
    (record,) = result.measured
    performance = record.raw.performance
    assert record.raw.execution.duration_ms > 0
    assert performance.cpu.total_time > 0
    assert performance.memory.peak > 0
    assert performance.io.read_ops > 0
    assert performance.disk.inodes > 12
    assert (performance.network.rx_bytes, performance.network.tx_bytes) == (0, 0)
    assert record.raw.performance.cpu.time_series is None, "only profiling iterations have one"
    environment = record.raw.environment
    assert environment.container_id
    assert None not in environment.model_dump().values()


def test_tmpfs_has_the_quota_asked_for(make_place, small_image):
    place = make_place(
        small_image, environment={"storage": "tmpfs", "resources": {"diskQuota": 16 << 20}}
    )
    assert place.warnings == ()
    assert place.effective.disk_bytes == 16 << 20
    assert place.describe().storage == "tmpfs in memory"


def test_limit_that_is_not_in_force_is_named(make_place, small_image, api):
    cores = engine_facts(api).cores
    said = []
    make_place(small_image, warn=said.append, environment={"resources": {"cpus": cores + 1}})
    assert [line for line in said if line.startswith("cpus:")]


def test_strict_limits_refuse_what_is_not_in_force(make_place, small_image, api):
    cores = engine_facts(api).cores
    wanted = {"resources": {"cpus": cores + 1}}
    with pytest.raises(ExecutorError, match=r"strict-limits.*cpus"):
        make_place(small_image, strict_limits=True, environment=wanted)


def test_io_weight_is_in_force_or_named(make_place, small_image):
    place = make_place(small_image, environment={"resources": {"ioWeight": 300}})
    assert place.effective.io_weight == 300 or any("ioWeight" in line for line in place.warnings)


def test_missing_image_is_told_with_what_to_do(make_place):
    with pytest.raises(ExecutorError, match="images build"):
        make_place("vcs-tracker-test:no-such")


def test_nothing_is_left_after_a_session(make_place, small_image, api):
    before = {item["Id"] for item in own_containers(api)}
    place = make_place(small_image)
    place.close()
    assert {item["Id"] for item in own_containers(api)} <= before


def test_killed_container_is_a_lost_probe_and_the_trial_goes_on(
    make_executor, faulty_image, tmp_path, api
):
    executor = make_executor(faulty_image)
    container = executor.describe().container_id
    test = Test(id="sleep", name="sleep", command="sleep-5", outcome=None, timeout=8000)
    killer = threading.Timer(3, lambda: docker.APIClient(version="auto").kill(container))
    killer.start()
    (result,) = measured(executor, tmp_path, plans.group(test, (plans.GIT,)), iterations=1)
    killer.join()
    assert result.trials[0].status == "finished", result.trials[0].reason
    assert executor.describe().container_id != container


class Proxy:
    """Stands between client and engine and can be cut, as when an engine dies."""

    def __init__(self, folder):
        self.path = folder / "engine.sock"
        self.pairs = []
        self.listening = None
        self.open()

    def open(self):
        self.path.unlink(missing_ok=True)
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(self.path))
        self.listening.listen()
        threading.Thread(target=self._accept, args=(self.listening,), daemon=True).start()

    def _accept(self, listening):
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            engine.connect("/var/run/docker.sock")
            self.pairs += [client, engine]
            for source, target in ((client, engine), (engine, client)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def cut(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.path.unlink()
        for one in self.pairs:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for one in self.pairs:
            one.close()
        self.pairs.clear()


@pytest.fixture
def proxy(tmp_path_factory, require_service, api):
    require_service("docker", Path("/var/run/docker.sock").exists(), "no socket of an engine here")
    made = Proxy(tmp_path_factory.mktemp("proxy"))
    yield made
    made.cut()
    gc.collect()  # what the client library left open is found here, not in a later test


def through(proxy):
    def connect_engine():
        try:
            return docker.APIClient(base_url=f"unix://{proxy.path}", version="auto", timeout=20)
        except docker.errors.DockerException as error:
            raise ExecutorError(str(error), ErrorType.ENGINE_LOST) from error

    return connect_engine


def test_lost_engine_is_waited_for_and_the_round_measured_again(
    make_executor, faulty_image, tmp_path, proxy
):
    executor = make_executor(faulty_image, connect_engine=through(proxy))

    def cut_and_open():
        proxy.cut()
        time.sleep(1)
        proxy.open()

    test = Test(id="sleep", name="sleep", command="sleep-5", outcome=None, timeout=8000)
    cutter = threading.Timer(3, cut_and_open)
    cutter.start()
    (result,) = measured(executor, tmp_path, plans.group(test, (plans.GIT,)), iterations=1)
    cutter.join()
    executor.close()
    assert result.trials[0].status == "finished", result.trials[0].reason
    events = (tmp_path / "journal.jsonl").read_text()
    assert "sleep" in events


def test_engine_that_stays_away_is_a_lost_engine(make_executor, faulty_image, tmp_path, proxy):
    executor = make_executor(faulty_image, connect_engine=through(proxy), recovery_seconds=0.5)
    test = Test(id="sleep", name="sleep", command="sleep-5", outcome=None, timeout=8000)
    cutter = threading.Timer(3, proxy.cut)
    cutter.start()
    with pytest.raises(ExecutorError) as caught:
        measured(executor, tmp_path, plans.group(test, (plans.GIT,)), iterations=1)
    cutter.join()
    assert caught.value.error_type is ErrorType.ENGINE_LOST
    del caught
    proxy.open()


def test_sweep_leaves_the_living_alone(make_place, small_image, api):
    place = make_place(small_image)
    sweep_engine(api)
    assert run(place.site("git"), ("true",)).steps[0].exit_code == 0
