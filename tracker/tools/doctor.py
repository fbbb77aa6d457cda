"""What is there for a measurement, what is missing, and how to get it."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tracker.models.base import Value
from tracker.tools.command import Runner, run_command
from tracker.tools.presence import ToolPresence, find_tool, tools_folder
from tracker.tools.store_address import StoreAddress
from tracker.tools.versions import jj_git_conflict

# A session of the default suites keeps fixtures, work copies and a journal of a few hundred MB.
FREE_BYTES_NEEDED = 2 * 1024**3
# Above this share of the cores busy with something else, wall times scatter.
QUIET_LOAD_PER_CORE = 0.5
DOCKER_TIMEOUT_S = 5.0
GOVERNOR_FILE = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
PYTHON_FIRST, PYTHON_AFTER = (3, 11), (3, 14)


class CheckStatus(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


class DoctorCheck(Value):
    """One thing that was looked at; `required` tells that nothing can be measured without it."""

    name: str
    status: CheckStatus
    found: str | None = None
    advice: str | None = None
    required: bool = False


class DoctorReport(Value):
    """Every check, in the order a person should read them."""

    checks: tuple[DoctorCheck, ...]

    @property
    def can_measure(self) -> bool:
        """Tell whether everything required is there."""
        return not any(
            check.required and check.status is CheckStatus.MISSING for check in self.checks
        )


def _load_average() -> float | None:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _governor() -> str | None:
    try:
        return GOVERNOR_FILE.read_text(encoding="ascii").strip()
    except OSError:
        return None


@dataclass(frozen=True)
class Machine:
    """The machine a doctor looks at; every part can be given in its place."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    run: Runner = run_command
    python_version: tuple[int, int, int] = sys.version_info[:3]
    cores: int | None = field(default_factory=os.cpu_count)
    load_average: Callable[[], float | None] = _load_average
    governor: Callable[[], str | None] = _governor
    free_bytes: Callable[[Path], int] = _free_bytes

    def find(self, name: str) -> ToolPresence | None:
        """Return a tool of this machine."""
        return find_tool(name, environ=self.environ, run=self.run)


def examine(
    project: Path,
    *,
    store_url: str,
    tracking_uri: str,
    probe: str | None = None,
    machine: Machine | None = None,
) -> DoctorReport:
    """Look at everything a measurement needs.

    Parameters
    ----------
    project : Path
        The project folder; relative addresses of the stores are anchored in it.
    store_url, tracking_uri : str
        Where patterns and MLflow runs are kept.
    probe : str, optional
        The kind of probe that would measure, when the caller knows it.
    machine : Machine, optional
        The machine to look at; this one by default.
    """
    machine = machine or Machine()
    git, jj = machine.find("git"), machine.find("jj")
    return DoctorReport(
        checks=(
            _python(machine),
            _git(git),
            _jj(jj, git),
            _compiler(machine.find("cc"), probe),
            _docker(machine),
            _optional(machine.find("watchman"), "watchman", "variants that use watchman"),
            _disk(project, machine),
            _load(machine),
            _governor_check(machine),
            _tools_folder(machine),
            _store("pattern store", store_url, project),
            _store("MLflow store", tracking_uri, project),
        )
    )


def _python(machine: Machine) -> DoctorCheck:
    supported = PYTHON_FIRST <= machine.python_version[:2] < PYTHON_AFTER
    return DoctorCheck(
        name="python",
        status=CheckStatus.OK if supported else CheckStatus.WARNING,
        found=".".join(map(str, machine.python_version)),
        advice=None if supported else "Use Python 3.11, 3.12 or 3.13: the others are not tested.",
    )


def _git(git: ToolPresence | None) -> DoctorCheck:
    if git is None:
        return DoctorCheck(
            name="git",
            status=CheckStatus.MISSING,
            advice="Install git by your system's packages: fixtures are made with it.",
            required=True,
        )
    return DoctorCheck(name="git", status=CheckStatus.OK, found=_described(git), required=True)


def _jj(jj: ToolPresence | None, git: ToolPresence | None) -> DoctorCheck:
    if jj is None:
        return DoctorCheck(
            name="jj",
            status=CheckStatus.MISSING,
            advice="Run `tracker tools install jj`; without it jujutsu is not measured.",
        )
    conflict = jj_git_conflict(jj.version, None if git is None else git.version)
    return DoctorCheck(
        name="jj",
        status=CheckStatus.OK if conflict is None else CheckStatus.WARNING,
        found=_described(jj),
        advice=conflict,
    )


def _compiler(compiler: ToolPresence | None, probe: str | None) -> DoctorCheck:
    if compiler is None:
        return DoctorCheck(
            name="C compiler",
            status=CheckStatus.MISSING,
            found=probe,
            advice="Install one (Debian: gcc libc6-dev); until then a slower probe in Python "
            "measures, with a higher floor that every report states.",
        )
    described = _described(compiler)
    found = described if probe is None else f"{described}; probe: {probe}"
    return DoctorCheck(name="C compiler", status=CheckStatus.OK, found=found)


def _docker(machine: Machine) -> DoctorCheck:
    client = machine.find("docker")
    if client is None:
        return _optional(None, "docker", "--environment docker")
    answer = machine.run(
        [str(client.path), "version", "--format", "{{.Server.Version}}"],
        timeout_s=DOCKER_TIMEOUT_S,
        environ=machine.environ,
    )
    engine = answer.stdout.strip() if answer.succeeded else ""
    if not engine:
        return DoctorCheck(
            name="docker",
            status=CheckStatus.WARNING,
            found=f"client {client.version or 'of unknown version'}, no engine answers",
            advice="Start the engine; only --environment docker needs it.",
        )
    return DoctorCheck(name="docker", status=CheckStatus.OK, found=f"engine {engine}")


def _optional(tool: ToolPresence | None, name: str, needed_by: str) -> DoctorCheck:
    if tool is None:
        return DoctorCheck(
            name=name, status=CheckStatus.MISSING, advice=f"Needed only by {needed_by}."
        )
    return DoctorCheck(name=name, status=CheckStatus.OK, found=_described(tool))


def _disk(project: Path, machine: Machine) -> DoctorCheck:
    free = machine.free_bytes(project)
    enough = free >= FREE_BYTES_NEEDED
    return DoctorCheck(
        name="disk space",
        status=CheckStatus.OK if enough else CheckStatus.WARNING,
        found=f"{free / 1024**3:.1f} GiB free",
        advice=None
        if enough
        else f"Make room: fixtures and work copies want {FREE_BYTES_NEEDED / 1024**3:.0f} GiB.",
    )


def _load(machine: Machine) -> DoctorCheck:
    load = machine.load_average()
    if load is None or not machine.cores:
        return DoctorCheck(name="load", status=CheckStatus.OK, found=None)
    quiet = load / machine.cores <= QUIET_LOAD_PER_CORE
    return DoctorCheck(
        name="load",
        status=CheckStatus.OK if quiet else CheckStatus.WARNING,
        found=f"{load:.1f} on {machine.cores} cores",
        advice=None
        if quiet
        else "Wait for other work to end: wall times scatter under load, CPU times less.",
    )


def _governor_check(machine: Machine) -> DoctorCheck:
    governor = machine.governor()
    steady = governor in (None, "performance")
    return DoctorCheck(
        name="CPU governor",
        status=CheckStatus.OK if steady else CheckStatus.WARNING,
        found=governor or "not visible, as in most virtual machines",
        advice=None
        if steady
        else "The clock follows the load: `cpupower frequency-set -g performance` steadies it.",
    )


def _tools_folder(machine: Machine) -> DoctorCheck:
    return DoctorCheck(
        name="tools folder", status=CheckStatus.OK, found=str(tools_folder(machine.environ))
    )


def _store(name: str, url: str, project: Path) -> DoctorCheck:
    address = StoreAddress.parse(url, project)
    problem = address.problem()
    return DoctorCheck(
        name=name,
        status=CheckStatus.OK if problem is None else CheckStatus.MISSING,
        found=address.shown,
        advice=problem,
        required=True,
    )


def _described(tool: ToolPresence) -> str:
    return f"{tool.version or 'unknown version'} ({tool.path})"
