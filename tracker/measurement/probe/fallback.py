"""A probe in Python's standard library alone, for machines without a C compiler.

It speaks the protocol of the C probe. Its own memory, `floorBytes`, is the least that
it can tell of a command; control groups are left to the C probe.
"""

import contextlib
import json
import os
import select
import signal
import sys
from typing import Any, NoReturn

if __name__ == "__main__":  # isolated: nothing is on the path that was not put there
    sys.path.insert(0, os.path.abspath(os.path.join(os.path.dirname(__file__), *[".."] * 3)))

from tracker.measurement.probe import fallback_service, fallback_tree
from tracker.measurement.probe.fallback_processes import (
    LINUX,
    OWN,
    become_subreaper,
    io_of,
    kill_descendants,
    memory_of,
    reap,
)
from tracker.measurement.probe.fallback_run import Json, RequestError, Run, Watch

PROTOCOL = 1
LONGEST_LINE = 8 << 20
CHUNK = 1 << 16


class Probe:
    """The request lines on standard input, and what may interrupt a command."""

    def __init__(self) -> None:
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        self.wake, waker = os.pipe()
        for descriptor in (self.wake, waker):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda got, _: leave(128 + got))
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        pidfd = hasattr(os, "pidfd_open") and "TRACKER_PROBE_NO_PIDFD" not in os.environ
        if not pidfd:
            signal.signal(signal.SIGCHLD, lambda *_: None)  # wakes the poll
        self.subreaper = become_subreaper()
        self.watch = Watch(null, (0, self.wake), pidfd=pidfd)
        self.watch.cancelled = self.cancelled
        self.waiting = bytearray()
        self.skipping = False

    def take_in(self, ready: set[int]) -> None:
        """Read what is there; end with everything below when the master is gone."""
        if self.wake in ready:
            with contextlib.suppress(BlockingIOError):
                woken = len(OWN.read(self.wake, CHUNK))
                OWN.writes += woken  # by the interpreter, one byte for each signal
                OWN.write_bytes += woken
        if 0 in ready:
            received = OWN.read(0, CHUNK)
            if not received:
                leave(0)
            self.waiting += received

    def cancelled(self, ready: set[int]) -> bool:
        """Return whether the master has sent a cancel request, which is taken out."""
        self.take_in(ready)
        line, end, rest = self.waiting.partition(b"\n")
        if not end or b'"cancel"' not in line:
            return False
        try:
            found: bool = json.loads(line).get("op") == "cancel"
        except (ValueError, AttributeError):
            return False
        if found:
            self.waiting = rest
        return found

    def next_line(self) -> bytes | None:
        """Return the next line; None stands for one that was too long."""
        poll = select.poll()
        poll.register(0, select.POLLIN)
        poll.register(self.wake, select.POLLIN)
        while True:
            line, end, rest = self.waiting.partition(b"\n")
            if end:
                self.waiting = rest
                if not self.skipping:
                    return bytes(line) if len(line) < LONGEST_LINE else None
                self.skipping = False
                continue
            if len(self.waiting) > LONGEST_LINE or self.skipping:
                self.waiting.clear()
                if not self.skipping:
                    self.skipping = True
                    return None
            self.take_in({descriptor for descriptor, _ in poll.poll()})
            reap(None)

    def answer(self, line: bytes | None) -> tuple[Json, bool]:
        """Return the answer to one line, and whether to go on."""
        if line is None:
            return {"id": None, **_error("request", "a line is longer than 8 MiB")}, True
        try:
            request = json.loads(line)
        except (ValueError, RecursionError) as error:
            return {"id": None, **_error("request", str(error))}, True
        operation = request.get("op") if isinstance(request, dict) else None
        if not isinstance(operation, str):
            message = "a request must be an object whose op is a string"
            identity = request.get("id") if isinstance(request, dict) else None
            return {"id": identity, **_error("request", message)}, True
        members = self.perform(operation, request)
        return {"id": request.get("id"), **members}, operation != "quit"

    def perform(self, operation: str, request: Json) -> Json:
        """Return the members of an answer, an error included."""
        try:
            if operation in fallback_tree.OPERATIONS:
                return fallback_tree.OPERATIONS[operation](request)
            if operation in fallback_service.OPERATIONS:
                return fallback_service.OPERATIONS[operation](request, self.watch)
            return self.command(operation, request)
        except RequestError as error:
            return _error("request", str(error))
        except OSError as error:
            return _error("filesystem", f"{error.filename or operation}: {error.strerror}")

    def command(self, operation: str, request: Json) -> Json:
        """Answer a request that is about neither trees nor services."""
        if operation == "run":
            return Run(request, self.watch).answer()
        if operation == "hello":
            return self.hello()
        if operation == "cancel":
            return {"cancelled": False}
        if operation == "quit":
            return {"leaving": True}
        return _error("operation", "op is not known to this probe")

    def hello(self) -> Json:
        """Say who this is."""
        return {
            "protocol": PROTOCOL,
            "implementation": "python",
            "static": False,
            "pid": os.getpid(),
            "floorBytes": memory_of(os.getpid()).get("VmHWM"),
            "capabilities": {
                "pidfd": self.watch.pidfd,
                "cgroup": None,
                "children": LINUX,
                "io": bool(io_of(os.getpid())),
                "pressure": bool(OWN.file("/proc/pressure/cpu")),
                "subreaper": self.subreaper,
            },
        }


def _error(kind: str, message: str) -> Json:
    return {"error": {"type": kind, "message": message}}


def leave(code: int) -> NoReturn:
    """Kill everything below the probe and exit."""
    signal.set_wakeup_fd(-1)
    kill_descendants(None, services=True)
    os._exit(code)


def send(answer: Json) -> None:
    """Write one answer whole."""
    left = memoryview(json.dumps(answer, separators=(",", ":")).encode() + b"\n")
    while left:
        try:
            left = left[OWN.write(1, left) :]
        except BlockingIOError:
            select.select([], [1], [])
        except OSError:
            leave(0)


def main() -> Any:  # noqa: ANN401  it never returns
    """Answer requests until told to quit, or until the master is gone."""
    probe = Probe()
    go_on = True
    while go_on:
        answer, go_on = probe.answer(probe.next_line())
        send(answer)
    leave(0)


if __name__ == "__main__":
    main()
