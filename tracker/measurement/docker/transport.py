"""How lines travel to a probe that is the command of a container: over its attached socket."""

import contextlib
import time
from collections.abc import Callable
from typing import Any, Protocol

from tracker.measurement.docker.frames import FrameDecoder
from tracker.measurement.executor import ExecutorLostError
from tracker.measurement.probe.transport import TransportClosedError

READ_BYTES = 1 << 16


class Stream(Protocol):
    """A connected socket, or whatever stands for one over ssh or TLS."""

    def settimeout(self, value: float | None, /) -> None:
        """Bound what follows, in seconds."""
        ...

    def sendall(self, data: bytes, /) -> None:
        """Send all of it."""
        ...

    def recv(self, size: int, /) -> bytes:
        """Return what has arrived, nothing at the end."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class ContainerTransport:
    """Lines to and from the probe in a container.

    Parameters
    ----------
    stream : Stream
        Attached before the container was started.
    why_lost : callable
        Looks at engine and container and says what is gone.
    end : callable
        Removes the container, which ends all that runs in it; never raises.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        why_lost: Callable[[], ExecutorLostError],
        end: Callable[[], None],
    ) -> None:
        self._stream = stream
        self._why_lost = why_lost
        self._end = end
        self._frames = FrameDecoder()
        self._waiting = bytearray()
        self.cause: ExecutorLostError | None = None

    def write_line(self, line: bytes, timeout_s: float | None) -> None:
        """Send one line."""
        try:
            self._stream.settimeout(timeout_s)
            self._stream.sendall(line)
        except TimeoutError:
            raise TimeoutError("the probe did not take a request in time") from None
        except OSError as error:
            raise self._closed() from error

    def interject(self, line: bytes) -> None:
        """Send a short line while an answer is waited for; the deadline stays as it is."""
        with contextlib.suppress(OSError):  # what is gone needs no telling
            self._stream.sendall(line)

    def read_line(self, timeout_s: float | None) -> bytes:
        """Return the next line without its newline."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        scanned = 0
        while (end := self._waiting.find(b"\n", scanned)) < 0:
            scanned = len(self._waiting)
            self._waiting += self._frames.feed(self._received(deadline))
        line = bytes(self._waiting[:end])
        del self._waiting[: end + 1]
        return line

    def _received(self, deadline: float | None) -> bytes:
        left = None if deadline is None else max(1e-3, deadline - time.monotonic())
        try:
            self._stream.settimeout(left)
            received = self._stream.recv(READ_BYTES)
        except TimeoutError:
            raise TimeoutError("the probe did not answer in time") from None
        except OSError as error:
            raise self._closed() from error
        if not received:
            raise self._closed()
        return received

    def _closed(self) -> TransportClosedError:
        self.cause = self._why_lost()
        said = self._frames.errors.decode("utf-8", "replace").strip()
        return TransportClosedError(f"{self.cause}{f': {said}' if said else ''}")

    def close(self) -> None:
        """End the container and all in it."""
        with contextlib.suppress(OSError):
            self._stream.close()
        self._end()

    def kill(self) -> None:
        """End the container and all in it, which a stuck probe cannot prevent."""
        self.close()


def raw_stream(attached: Any) -> Stream:  # noqa: ANN401  a socket, a channel of ssh …
    """Return what can be given a deadline of whatever the client library attached."""
    stream: Stream = getattr(attached, "_sock", attached)
    return stream
