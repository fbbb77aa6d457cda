"""The clock of the fallback probe: all steps of a command in one measured interval."""

import contextlib
import errno
import os
import resource
import select
import signal
import time
from collections.abc import Callable
from typing import Any

from tracker.measurement.probe.fallback_capture import Capture
from tracker.measurement.probe.fallback_processes import (
    LINUX,
    OWN,
    SERVICES,
    TICK_US,
    Usage,
    io_of,
    kill_descendants,
    kill_session,
    memory_of,
    reap,
)
from tracker.measurement.probe.fallback_series import IO_NAMES, Series

Json = dict[str, Any]
MOST_KEEP = 8 << 20


class RequestError(Exception):
    """What is asked for makes no sense."""


class Mark:
    """The counters of the machine and of this process at one moment."""

    def __init__(self) -> None:
        self.own = (OWN.reads, OWN.writes, OWN.read_bytes, OWN.write_bytes, 0, 0)
        self.io = io_of(os.getpid())
        fields = OWN.file("/proc/stat").split(b"\n", 1)[0].split()[1:9]
        ticks = [int(field) * TICK_US for field in fields]
        self.busy = sum(ticks[:3]) + sum(ticks[5:7]) if ticks else None
        self.steal = ticks[7] if ticks else None
        pressure = OWN.file("/proc/pressure/cpu").partition(b"total=")[2].split(b"\n")[0]
        self.pressure = int(pressure) if pressure else None
        self.services = sum(service.cpu_us() for service in SERVICES.values())


def find_program(name: str, env: dict[str, str], cwd: str) -> str | None:
    """Return a program's path on the PATH of the command's own environment."""
    if "/" in name:
        return name if os.path.exists(os.path.join(cwd, name)) else None
    for folder in env.get("PATH", "/usr/bin:/bin").split(":"):
        path = os.path.join(cwd, folder, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def checked(request: Json) -> None:
    """Refuse a request whose fields are of the wrong kind."""
    env, steps = request.get("env"), request.get("steps")
    texts = [request.get("cwd")]
    if not isinstance(env, dict):
        raise RequestError("env: must be an object of strings, the complete environment")
    if not isinstance(steps, list) or not steps or not all(isinstance(one, list) for one in steps):
        raise RequestError("steps: must be a list of at least one argument vector")
    texts += [*env, *env.values(), *(argument for step in steps for argument in step)]
    if not all(isinstance(text, str) and "\0" not in text for text in texts):
        raise RequestError("cwd, env and steps: must be made of strings without NUL")
    if not all(step and step[0] for step in steps) or any("=" in name for name in env):
        raise RequestError("steps: every step must begin with the program's name")
    for name in ("timeoutMs", "outputLimitBytes", "keepBytes", "sampleMs"):
        value = request.get(name, 0)
        if not isinstance(value, int) or value < 0 or (name == "keepBytes" and value > MOST_KEEP):
            raise RequestError(f"{name}: must be 0 or more")


class Run:
    """One measured command."""

    def __init__(self, request: Json, watch: "Watch", *, for_service: bool = False) -> None:
        checked(request)
        self.request, self.watch, self.for_service = request, watch, for_service
        keep = request.get("keepBytes", 32_768)
        self.output, self.errors = (Capture(keep, in_file=for_service) for _ in range(2))
        self.limit = request.get("outputLimitBytes", 1 << 62)
        self.steps: list[Json] = []
        self.delays: list[int | None] = []
        self.usage, self.leftover_usage = Usage(), Usage()
        self.leftovers: int | None = 0
        self.reason: str | None = None
        self.pid = self.pidfd = -1
        self.poll = select.poll()

    def answer(self) -> Json:
        """Run, and return the members of the answer."""
        reap(None)
        try:
            error = self._measure()
        finally:
            os.chdir("/")
        return {"error": error} if error else self._result()

    def _measure(self) -> Json | None:
        error = self._enter()
        self.floor = memory_of(os.getpid()).get("VmHWM")
        self.before = Mark()
        self.start_ms = time.time_ns() / 1e6
        self.start = self.end = time.monotonic_ns()
        self.series = Series(self.request.get("sampleMs", 0), self.start)
        timeout = self.request.get("timeoutMs", 0)
        self.deadline = self.start + timeout * 1_000_000 if timeout else None
        error = error or self._run_steps()
        self._after_clock()
        return error

    def _enter(self) -> Json | None:
        try:
            os.chdir(self.request["cwd"])
        except OSError as error:
            return _spawn_error(self.request["cwd"], error, 0)
        return None

    def _run_steps(self) -> Json | None:
        expected = self.request.get("expectedExits") or []
        for index, arguments in enumerate(self.request["steps"]):
            begin = self.end
            try:
                self._spawn(arguments)
            except OSError as error:
                return _spawn_error(arguments[0], error, index)
            self._wait()
            code = self.steps[-1]["exitCode"]
            self.steps[-1]["wallNs"] = self.end - begin
            accepted = expected[index] if index < len(expected) else [0]
            if self.reason or (code not in accepted and self.request.get("stopOnFailure", True)):
                break
        return None

    def _spawn(self, arguments: list[str]) -> None:
        env, cwd = self.request["env"], self.request["cwd"]
        program = find_program(arguments[0], env, cwd)
        if program is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        actions = [
            (os.POSIX_SPAWN_DUP2, self.watch.null, 0),
            (os.POSIX_SPAWN_DUP2, self.output.writer, 1),
            (os.POSIX_SPAWN_DUP2, self.errors.writer, 2),
        ]
        own_session: Json = {"setsid": True} if LINUX else {"setpgroup": 0}
        with limited(self.request.get("limits") or {}):
            self.pid = os.posix_spawn(
                program,
                arguments,
                env,
                file_actions=actions,
                setsigmask=(),
                setsigdef=(signal.SIGPIPE, signal.SIGINT),
                **own_session,
            )
        self.pidfd = os.pidfd_open(self.pid) if self.watch.pidfd else -1

    def _wait(self) -> None:
        """Return when the step has ended."""
        sources = {self.output.reader: self.output, self.errors.reader: self.errors}
        for descriptor in (self.pidfd, *sources, *self.watch.descriptors):
            if descriptor >= 0:
                self.poll.register(descriptor, select.POLLIN)
        if self.watch.cancelled(set()):  # it came in one piece with the request
            self._kill("interrupted")
        while True:
            ready = {descriptor for descriptor, _ in self.poll.poll(self._timeout_ms())}
            now = time.monotonic_ns()
            if (self.pidfd in ready or self.pidfd < 0) and self._reaped(now):
                break
            for descriptor in ready & sources.keys():
                self._take_in(sources[descriptor])
            self._look_after(now, ready)
        if self.pidfd >= 0:
            self.poll.unregister(self.pidfd)
            os.close(self.pidfd)

    def _timeout_ms(self) -> float | None:
        """Return the time to the next event; without a pidfd SIGCHLD wakes the poll."""
        until = [self.series.next] if self.series.interval else []
        if self.deadline and not self.reason:
            until.append(self.deadline)
        return max(0.0, (min(until) - time.monotonic_ns()) / 1e6) if until else None

    def _reaped(self, now: int) -> bool:
        waited = OWN.file(f"/proc/{self.pid}/schedstat").split()
        pid, status, reaped = os.wait4(self.pid, os.WNOHANG)
        if pid == 0:
            return False
        self.end = now
        self.usage.add(reaped)
        known = len(waited) > 1 and waited[:2] != [b"0", b"0"]
        self.delays.append(int(waited[1]) if known else None)
        code = os.waitstatus_to_exitcode(status)
        name = signal.Signals(-code).name if code < 0 and -code in set(signal.Signals) else None
        self.steps.append(
            {
                "exitCode": code if code >= 0 else None,
                "signal": name or f"SIG{-code}" if code < 0 else None,
            }
        )
        return True

    def _take_in(self, source: Capture) -> None:
        descriptor = source.reader
        source.read()
        if self.output.total + self.errors.total > self.limit:
            self._kill("outputLimited")
            source.close_reader()
        if source.reader < 0:
            self.poll.unregister(descriptor)

    def _look_after(self, now: int, ready: set[int]) -> None:
        if self.deadline and now >= self.deadline:
            self._kill("timedOut")
        if self.series.interval and now >= self.series.next:
            self.series.take(now)
        if self.watch.cancelled(ready):
            self._kill("interrupted")

    def _kill(self, reason: str) -> None:
        if not self.reason:
            self.reason = reason
            os.kill(self.pid, signal.SIGKILL)

    def _after_clock(self) -> None:
        self.loaded = Mark()
        reap(self.usage)
        self.output.finish()
        self.errors.finish()
        self.after = Mark()
        if not self.for_service:
            kill_session(self.pid)
            self.leftovers = kill_descendants(self.leftover_usage) if LINUX else None

    def succeeded(self) -> bool:
        """Return whether every step was run and ended as expected."""
        expected = self.request.get("expectedExits") or []
        accepted = [*expected, *([0] for _ in self.request["steps"][len(expected) :])]
        codes = [step["exitCode"] for step in self.steps]
        return (
            not self.reason
            and len(codes) == len(self.request["steps"])
            and all(code in allowed for code, allowed in zip(codes, accepted, strict=False))
        )

    def _io(self) -> Json | None:
        before, after = self.before, self.after
        if "rchar" not in before.io or "rchar" not in after.io:
            return None
        pairs = zip(IO_NAMES.items(), before.own, after.own, strict=True)
        return {
            name: max(0, after.io[source] - before.io[source] - (new - old))
            for (name, source), old, new in pairs
        }

    def _result(self) -> Json:
        usage, delays = self.usage, self.delays
        return {
            "startMs": round(self.start_ms, 3),
            "endMs": round(self.start_ms + (self.end - self.start) / 1e6, 3),
            "wallNs": self.end - self.start,
            "steps": self.steps,
            **{name: self.reason == name for name in ("timedOut", "outputLimited", "interrupted")},
            "userUs": usage.user_us,
            "systemUs": usage.system_us,
            "maxRssBytes": usage.max_rss,
            "minorFaults": usage.minor,
            "majorFaults": usage.major,
            "voluntarySwitches": usage.voluntary,
            "involuntarySwitches": usage.involuntary,
            "io": self._io(),
            "runQueueDelayNs": None if None in delays else sum(filter(None, delays)),
            "leftoverProcesses": self.leftovers,
            "leftoverCpuUs": self.leftover_usage.user_us + self.leftover_usage.system_us,
            "peakTreeBytes": self.series.peak,
            "peakTreeSource": None if self.series.peak is None else "sampled",
            "cgroupVersion": None,
            "oomKilled": None,
            "floorBytes": self.floor,
            "load": self._load(),
            "stdout": self.output.answer(),
            "stderr": self.errors.answer(),
            "samples": self.series.samples,
        }

    def _load(self) -> Json:
        before, after = self.before, self.loaded
        own = self.usage.user_us + self.usage.system_us + after.services - before.services
        return {
            "othersCpuUs": _rise(before.busy, after.busy, own),
            "stealUs": _rise(before.steal, after.steal, 0),
            "cpuPressureUs": _rise(before.pressure, after.pressure, 0),
        }


def _rise(before: int | None, after: int | None, own: int) -> int | None:
    return None if before is None or after is None else max(0, after - before - own)


def _spawn_error(name: str, error: OSError, step: int) -> Json:
    return {"type": "spawn", "message": f"{name}: {error.strerror}", "step": step}


class Watch:
    """What may interrupt a command: its master, and signals."""

    def __init__(self, null: int, descriptors: tuple[int, ...], *, pidfd: bool) -> None:
        self.null, self.descriptors, self.pidfd = null, descriptors, pidfd
        self.cancelled: Callable[[set[int]], bool] = lambda _: False


@contextlib.contextmanager
def limited(limits: Json) -> Any:  # noqa: ANN401  a generator
    """Take on the limits of a command while it is spawned."""
    wanted = {
        kind: limits[name]
        for name, kind in (
            ("fileSizeBytes", resource.RLIMIT_FSIZE),
            ("processes", resource.RLIMIT_NPROC),
        )
        if limits.get(name) is not None
    }
    before = {kind: resource.getrlimit(kind) for kind in wanted}
    try:
        for kind, value in wanted.items():
            hard = before[kind][1]
            soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (soft, hard))
        yield
    finally:
        for kind, values in before.items():
            resource.setrlimit(kind, values)
