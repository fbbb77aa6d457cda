"""Sessions in containers whose tracker or whose engine is killed: what is left, and how it goes on."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import docker
import psutil
import pytest

from tests.measurement.docker.conftest import GIT_LINKS, import_image
from tracker.measurement.docker.ownership import OWNER, sweep_engine
from tracker.measurement.journal import RoundEnded, load_journal

pytestmark = [
    pytest.mark.docker,
    pytest.mark.vcs,
    # The engine's client library leaves a socket unclosed whose connection failed.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
    ),
]

ROOT = Path(__file__).parents[3]
PATIENCE_S = 90


class Session:
    """A session in a process of its own, on the engine of `host`."""

    def __init__(self, image, folder, fixture, command, iterations, host=None):
        self.journal = folder / "journal.jsonl"
        (folder / "fixture.json").write_text(fixture.to_json())
        arguments = [image, self.journal, folder / "fixture.json", command, iterations]
        script = [sys.executable, "-m", "tests.measurement.docker.session_process"]
        self.command = [*script, *map(str, arguments)]
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        if host is not None:
            self.environment["DOCKER_HOST"] = host
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True
        )
        return self

    def wait_for(self, text, count=1):
        deadline = time.monotonic() + PATIENCE_S
        while not self.journal.exists() or self.journal.read_text().count(text) < count:
            assert time.monotonic() < deadline, f"waited in vain for {text}"
            assert self.process.poll() is None, self.process.communicate()[0]
            time.sleep(0.02)

    def end(self):
        output, _ = self.process.communicate(timeout=PATIENCE_S)
        return output.strip()

    def sealed(self):
        return sum(isinstance(event, RoundEnded) for event in load_journal(self.journal))


@pytest.fixture
def session():
    made = []

    def make(*arguments, **options):
        made.append(Session(*arguments, **options))
        return made[-1]

    yield make
    for one in made:
        one.process.kill()
        one.process.wait()
        one.process.stdout.close()


def containers_of(api, pid):
    """Return the containers that a process made."""
    listed = api.containers(all=True, filters={"label": OWNER})
    return [item for item in listed if f'"pid":{pid},' in item["Labels"][OWNER].replace(" ", "")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_end_it_ends_the_command_at_once_and_leaves_nothing(
    session, faulty_image, fixture, tmp_path, api, number
):
    one = session(faulty_image, tmp_path, fixture, "sleep-5", 1).start()
    one.wait_for('"event":"trial-begun"')
    time.sleep(0.7)  # now it sleeps
    asked = time.monotonic()
    one.process.send_signal(number)
    assert one.end() == "interrupted 0"
    assert time.monotonic() - asked < 4.5, "it waited for the command"
    assert containers_of(api, one.process.pid) == []


def test_killed_it_leaves_nothing_after_the_next_sweep_and_goes_on(
    session, faulty_image, fixture, tmp_path, api
):
    one = session(faulty_image, tmp_path, fixture, "true", 12).start()
    one.wait_for('"event":"round-ended"', 3)
    below = psutil.Process(one.process.pid).children(recursive=True)
    one.process.kill()
    one.process.wait()
    assert not any(child.is_running() for child in below)
    sealed = one.sealed()
    sweep_engine(api)
    assert containers_of(api, one.process.pid) == []
    again = session(faulty_image, tmp_path, fixture, "true", 12).start()
    assert again.end() == "finished 12"
    assert sealed >= 3


class OwnEngine:
    """An engine of the test's own, which can be killed without harm to others."""

    def __init__(self, folder):
        self.folder = folder
        self.host = f"unix://{folder}/d.sock"
        self.process = None

    def start(self):
        """Start it, again where it gives up on the containerd of the one that was killed."""
        deadline = time.monotonic() + PATIENCE_S
        self._launch()
        while not self._answers():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()[-2000:]
            if self.process.poll() is not None:
                self._launch()
            time.sleep(0.2)
        return docker.APIClient(base_url=self.host, version="auto", timeout=60)

    def _launch(self):
        places = {"data-root": "data", "exec-root": "exec", "pidfile": "d.pid"}
        options = [f"--{name}={self.folder}/{place}" for name, place in places.items()]
        (self.folder / "d.pid").unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["dockerd", f"--host={self.host}", *options, "--bridge=none", "--iptables=false"],
                stdout=log,
                stderr=log,
            )

    def _answers(self):
        """Ask by the command, as a client that finds nobody leaves its socket open."""
        asked = ["docker", "--host", self.host, "version"]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        """End it and what it started; only processes that name its folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)
        for process in psutil.process_iter(["cmdline"]):
            if str(self.folder) in " ".join(process.info["cmdline"] or ()):
                process.kill()


@pytest.fixture
def engine(require_service, tmp_path_factory):
    able = os.geteuid() == 0 and shutil.which("dockerd") is not None
    require_service("an engine of its own", available=able, reason="it needs root and dockerd")
    folder = tmp_path_factory.mktemp("e")
    made = OwnEngine(folder)
    yield made
    made.close()
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for target in reversed([one for one in mounts if one.startswith(str(folder))]):
        subprocess.run(["umount", "--lazy", target], check=False)
    shutil.rmtree(folder, ignore_errors=True)


def test_engine_killed_in_mid_run_is_engine_lost_and_nothing_stays(
    session, engine, git_files, program_files, fixture, tmp_path
):
    client = engine.start()
    image = import_image(client, "faulty", {**git_files, **program_files}, GIT_LINKS)
    client.close()
    one = session(image, tmp_path, fixture, "true", 400, host=engine.host).start()
    one.wait_for('"event":"round-ended"', 3)
    engine.kill()
    assert one.end() == "engine-lost"
    sealed = one.sealed()
    assert sealed >= 3
    client = engine.start()
    left = client.containers(all=True, filters={"label": OWNER})
    assert left, "a killed engine leaves its containers"
    again = session(image, tmp_path, fixture, "true", sealed + 5, host=engine.host).start()
    assert again.end() == f"finished {sealed + 5}"
    assert client.containers(all=True, filters={"label": OWNER}) == []
    assert not client.volumes(filters={"label": OWNER})["Volumes"]
    client.close()
