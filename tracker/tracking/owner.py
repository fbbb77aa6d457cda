"""Which process writes a run, and whether it still lives."""

import hashlib
import os
import platform
import subprocess
from functools import cache
from pathlib import Path
from typing import Self

from tracker.models import Value

PROC = Path("/proc")


class Owner(Value):
    """A process, told apart from a later one with the same number by its start.

    `host` is a digest: the names of machines stay out of a shared store.
    """

    host: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}:{self.started}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the owner written as `host:pid:started`, or None."""
        host, _, rest = text.partition(":")
        pid, _, started = rest.partition(":")
        if not (host and pid.isdecimal() and started):
            return None
        return cls(host=host, pid=int(pid), started=started)

    @classmethod
    def current(cls) -> Self:
        """Return this process."""
        pid = os.getpid()
        return cls(host=this_host(), pid=pid, started=process_start(pid) or "unknown")

    def is_dead(self) -> bool:
        """Say whether the process has ended for certain; one on another host may live."""
        return self.host == this_host() and process_start(self.pid) != self.started


@cache
def this_host() -> str:
    """Return a digest of the machine's name, its id and the space of process numbers."""
    parts = [platform.node(), _first_text(Path("/etc/machine-id"))]
    namespace = PROC / "self/ns/pid"
    if namespace.is_symlink():
        parts.append(str(namespace.readlink()))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def process_start(pid: int) -> str | None:
    """Return when a process started, exact enough to tell it from a successor; None if it ended."""
    if not PROC.joinpath("self/stat").exists():
        return _start_by_ps(pid)
    try:
        stat = PROC.joinpath(str(pid), "stat").read_text()
    except OSError:
        return None
    # The name in parentheses may hold anything; state and start are fields 3 and 22.
    fields = stat.rpartition(")")[2].split()
    if fields[0] in {"Z", "X"}:
        return None
    return f"{_boot()}-{fields[19]}"


@cache
def _boot() -> str:
    return _first_text(PROC / "sys/kernel/random/boot_id")[:8]


def _first_text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _start_by_ps(pid: int) -> str | None:
    done = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C", "PATH": "/bin:/usr/bin"},
    )
    return "-".join(done.stdout.split()) or None
