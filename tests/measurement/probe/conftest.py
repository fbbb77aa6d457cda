"""Both probes, started once for a test, and the requests the tests send."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tracker.measurement.probe.client import start_local_probe
from tracker.measurement.probe.protocol import RunRequest


@pytest.fixture(scope="session")
def probe_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def compiler(require_service):
    found = shutil.which("cc")
    require_service("cc", found is not None, "install gcc")
    require_service("Linux", sys.platform == "linux", "the C probe needs it")
    return found


@pytest.fixture
def c_probe(request, probe_cache):
    request.getfixturevalue("compiler")
    with start_local_probe("c", cache=probe_cache) as client:
        yield client


@pytest.fixture(params=["c", "python"])
def kind(request):
    if request.param == "c":
        request.getfixturevalue("compiler")
    return request.param


@pytest.fixture
def probe(kind, probe_cache):
    with start_local_probe(kind, cache=probe_cache) as client:
        yield client


@pytest.fixture
def command(tmp_path):
    """Return a function that makes a request of argument vectors."""

    def make(*steps, **fields):
        fields.setdefault("cwd", str(tmp_path))
        fields.setdefault("env", {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C"})
        return RunRequest(steps=steps, **fields)

    return make


@pytest.fixture
def python_script(command):
    """Return a function that makes a request running a piece of Python."""

    def make(source, **fields):
        return command((sys.executable, "-I", "-S", "-c", source), **fields)

    return make


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.fixture
def alive():
    return is_alive
