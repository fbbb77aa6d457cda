"""The processes below the fallback probe: finding, sampling, reaping and ending them."""

import contextlib
import os
import resource
import signal
import sys
import time
from typing import NamedTuple

LINUX = sys.platform == "linux"
PR_SET_CHILD_SUBREAPER = 36
SMALL_FILE_BYTES = 1 << 16
RSS_UNIT = 1024 if LINUX else 1  # getrusage counts kilobytes on Linux, bytes on macOS


class OwnTraffic:
    """What the probe itself reads and writes, to be taken out of its children's."""

    def __init__(self) -> None:
        self.reads = self.read_bytes = self.writes = self.write_bytes = 0

    def read(self, descriptor: int, size: int) -> bytes:
        """Read once; the kernel counts the call even when it gives nothing."""
        self.reads += 1
        received = os.read(descriptor, size)
        self.read_bytes += len(received)
        return received

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Write once."""
        self.writes += 1
        written = os.write(descriptor, data)
        self.write_bytes += written
        return written

    def file(self, path: str) -> bytes:
        """Return a small file of /proc, empty when it cannot be read."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return b""
        try:
            return self.read(descriptor, SMALL_FILE_BYTES)
        except OSError:
            return b""
        finally:
            os.close(descriptor)


OWN = OwnTraffic()


class Process(NamedTuple):
    """A process as `/proc/PID/stat` shows it; CPU time with its reaped descendants."""

    pid: int
    parent: int
    session: int
    state: str
    started: int
    cpu_us: int


class Usage:
    """Sums over reaped processes; `max_rss` is that of the largest."""

    def __init__(self) -> None:
        self.user_us = self.system_us = self.max_rss = 0
        self.minor = self.major = self.voluntary = self.involuntary = 0

    def add(self, reaped: resource.struct_rusage) -> None:
        """Add one process."""
        self.user_us += round(reaped.ru_utime * 1e6)
        self.system_us += round(reaped.ru_stime * 1e6)
        self.max_rss = max(self.max_rss, reaped.ru_maxrss * RSS_UNIT)
        self.minor += reaped.ru_minflt
        self.major += reaped.ru_majflt
        self.voluntary += reaped.ru_nvcsw
        self.involuntary += reaped.ru_nivcsw


class Service:
    """The members of a daemon that outlives measured commands."""

    def __init__(self) -> None:
        self.members: dict[int, Process] = {}
        self.ended = Usage()

    def owns(self, process: Process) -> bool:
        """Return whether a process is known, below a member, or in a member's session."""
        return (
            process.parent in self.members
            or any(member.session == process.session for member in self.members.values())
            or getattr(self.members.get(process.pid), "started", None) == process.started
        )

    def cpu_us(self) -> int:
        """Return the CPU time of all members there ever were."""
        living = (read_process(pid) for pid in self.members)
        ended = self.ended.user_us + self.ended.system_us
        return ended + sum(process.cpu_us for process in living if process)


SERVICES: dict[str, Service] = {}


def become_subreaper() -> bool:
    """Let orphans below come to this process; False where the kernel cannot."""
    if not LINUX:
        return False
    import ctypes  # noqa: PLC0415  a megabyte that only Linux needs

    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def read_process(pid: int) -> Process | None:
    """Return a process, or None when it is gone."""
    text = OWN.file(f"/proc/{pid}/stat").decode("utf-8", "replace")
    fields = text[text.rfind(")") + 2 :].split()
    if not fields:
        return None
    ticks = sum(int(field) for field in fields[11:15])
    return Process(pid, int(fields[1]), int(fields[3]), fields[0], int(fields[19]), ticks * TICK_US)


TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")


def descendants() -> list[Process]:
    """Return every process below this one, parents before children; nothing without /proc."""
    if not LINUX:
        return []
    children: dict[int, list[Process]] = {}
    for name in os.listdir("/proc"):
        process = read_process(int(name)) if name.isdecimal() else None
        if process:
            children.setdefault(process.parent, []).append(process)
    found = list(children.get(os.getpid(), []))
    for process in found:  # grows while it is walked
        found += children.get(process.pid, [])
    return found


def measured(processes: list[Process]) -> list[Process]:
    """Return what belongs to no service; members met for the first time are noted."""
    for service in SERVICES.values():
        rest = []
        for process in processes:
            if service.owns(process):
                service.members[process.pid] = process
            else:
                rest.append(process)
        processes = rest
    return processes


def reap(usage: Usage | None) -> bool:
    """Reap what has ended; return False when there is no child at all."""
    while True:
        try:
            pid, _, reaped = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True
        owner = next((one for one in SERVICES.values() if one.members.pop(pid, None)), None)
        sums = owner.ended if owner else usage
        if sums is not None:
            sums.add(reaped)


def kill_descendants(usage: Usage | None, *, services: bool = False) -> int:
    """Kill and reap everything below, services only if asked; return how many were alive."""
    alive: int | None = None
    while reap(usage):
        found = descendants() if services else measured(descendants())
        if alive is None:
            alive = sum(process.state != "Z" for process in found)
        if not found:
            break
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        time.sleep(0.001)  # outside any clock
    return alive or 0


def kill_session(leader: int) -> None:
    """Kill what is left of a command's process group: all that macOS can find of it."""
    if not LINUX:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)


def memory_of(pid: int) -> dict[str, int]:
    """Return the memory of a process in bytes by its names in `/proc/PID/status`."""
    found = {}
    for line in OWN.file(f"/proc/{pid}/status").splitlines():
        name, _, value = line.partition(b":")
        if name in MEMORY_NAMES:
            found[name.decode()] = int(value.split()[0]) * 1024
    return found


MEMORY_NAMES = (b"VmRSS", b"VmSize", b"VmHWM", b"RssAnon", b"RssFile", b"RssShmem")


def io_of(pid: int) -> dict[str, int]:
    """Return the IO counters of a process, empty where they cannot be read."""
    lines = (line.split(b": ") for line in OWN.file(f"/proc/{pid}/io").splitlines())
    return {line[0].decode(): int(line[1]) for line in lines if len(line) == 2}  # noqa: PLR2004
