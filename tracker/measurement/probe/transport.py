"""How lines travel to a probe and back; the local way is a pair of pipes."""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

CLOSE_SECONDS = 5.0
TERMINATE_SECONDS = 2.0
READ_BYTES = 1 << 16


class TransportClosedError(Exception):
    """The other end is gone."""


class Transport(Protocol):
    """A pair of byte streams to a probe.

    Writing and reading may raise TransportClosedError or TimeoutError.
    """

    def write_line(self, line: bytes, timeout_s: float | None) -> None:
        """Send one line, which ends with a newline."""
        ...

    def interject(self, line: bytes) -> None:
        """Send a short line while an answer is waited for, as a signal handler may."""
        ...

    def read_line(self, timeout_s: float | None) -> bytes:
        """Return the next line, with or without its newline."""
        ...

    def close(self) -> None:
        """Let the probe end: it kills everything below it. Returns when it is gone."""
        ...

    def kill(self) -> None:
        """End a probe that does not answer, with everything below it."""
        ...


class LocalTransport:
    """A probe started as a child of this process, in a session of its own."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            env=dict(environment or {}),
            start_new_session=True,  # an interrupt at the terminal is the tracker's to handle
            bufsize=0,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise TransportClosedError("the probe has no pipes")
        self._input, self._output = self._process.stdin, self._process.stdout
        os.set_blocking(self._input.fileno(), False)
        os.set_blocking(self._output.fileno(), False)
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self._output, select.POLLIN)
        self._writable.register(self._input, select.POLLOUT)
        self._waiting = bytearray()

    @property
    def pid(self) -> int:
        """Return the probe's process number."""
        return self._process.pid

    def write_line(self, line: bytes, timeout_s: float | None) -> None:
        """Send one line."""
        deadline = _deadline(timeout_s)
        left = memoryview(line)
        while left:
            try:
                left = left[os.write(self._input.fileno(), left) :]
            except BlockingIOError:
                _wait(self._writable, deadline, "take a request")
            except (OSError, ValueError) as error:
                raise TransportClosedError(self._how_it_ended()) from error

    def interject(self, line: bytes) -> None:
        """Send a short line while an answer is waited for; a pipe takes it whole or not at all."""
        with contextlib.suppress(OSError, ValueError):  # what is gone needs no telling
            os.write(self._input.fileno(), line)

    def read_line(self, timeout_s: float | None) -> bytes:
        """Return the next line without its newline."""
        deadline = _deadline(timeout_s)
        scanned = 0
        while (end := self._waiting.find(b"\n", scanned)) < 0:
            scanned = len(self._waiting)
            _wait(self._readable, deadline, "answer")
            self._waiting += self._read()
        line = bytes(self._waiting[:end])
        del self._waiting[: end + 1]
        return line

    def _read(self) -> bytes:
        try:
            received = os.read(self._output.fileno(), READ_BYTES)
        except BlockingIOError:
            return b""
        except (OSError, ValueError) as error:
            raise TransportClosedError(str(error)) from error
        if not received:
            raise TransportClosedError(self._how_it_ended())
        return received

    def _how_it_ended(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(timeout=1)
            return f"it ended by signal {-code}" if code < 0 else f"it ended with exit code {code}"
        return "it closed its output"

    def close(self) -> None:
        """Close the probe's input and wait for its end; one that does not end is killed."""
        self._input.close()
        try:
            self._process.wait(timeout=CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._output.close()

    def kill(self) -> None:
        """Ask the probe to end its tree; failing that, end probe and tree from here."""
        self._process.terminate()
        try:
            self._process.wait(timeout=TERMINATE_SECONDS)
        except subprocess.TimeoutExpired:
            below = _descendants(self._process.pid)
            self._process.kill()
            for process in below:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process, signal.SIGKILL)
            self._process.wait()
        self._input.close()
        self._output.close()


def _deadline(timeout_s: float | None) -> float | None:
    return None if timeout_s is None else time.monotonic() + timeout_s


def _wait(poll: select.poll, deadline: float | None, what: str) -> None:
    left_ms = None if deadline is None else max(0.0, (deadline - time.monotonic()) * 1000)
    if not poll.poll(left_ms):
        raise TimeoutError(f"the probe did not {what} in time")


def _descendants(root: int) -> list[int]:
    """Return the processes below `root`, where the kernel lists them."""
    found: list[int] = []
    pending = [root]
    while pending:
        for listed in Path(f"/proc/{pending.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                children = [int(number) for number in listed.read_text().split()]
                found += children
                pending += children
    return found
