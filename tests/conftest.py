"""Fixtures every test may use, and the rule on missing services."""

import os
import shutil
import signal

import pytest
from xdist.scheduler import LoadFileScheduling

ENGINE = "tests/measurement/docker/"
"""Where the tests are that use the Docker engine."""

# A shell that starts the tests in the background leaves SIGINT ignored, and children inherit it;
# tests of Ctrl-C need what a terminal gives.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class _ByFile(LoadFileScheduling):
    """One worker for each file, and one for all that use the engine.

    What a module prepares is prepared once, and tests that look for containers left behind see
    none of another worker's.
    """

    def _split_scope(self, nodeid):
        return ENGINE if nodeid.startswith(ENGINE) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    return _ByFile(config, log)


def _require_service(name: str, available: bool, reason: str) -> None:
    """Skip when a service is missing, or fail where every service is promised to be there."""
    if available:
        return
    message = f"{name} is missing: {reason}"
    if os.environ.get("TRACKER_REQUIRE_SERVICES") == "1":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def require_service():
    """Return a function (name, available, reason) that skips, or fails under TRACKER_REQUIRE_SERVICES=1."""
    return _require_service


@pytest.fixture(scope="session")
def jj(require_service):
    """Return the path of jj, or skip."""
    path = os.environ.get("TRACKER_JJ") or shutil.which("jj")
    require_service("jj", path is not None, "run `tracker tools install jj` or put jj on PATH")
    return path


@pytest.fixture(scope="session")
def git(require_service):
    """Return the path of git, or skip."""
    path = shutil.which("git")
    require_service("git", path is not None, "install git")
    return path
