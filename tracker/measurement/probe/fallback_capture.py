"""One output stream of a command in the fallback probe: counted, hashed, its ends kept."""

import binascii
import contextlib
import fcntl
import importlib
import os
import struct
import termios
from typing import Any

from tracker.measurement.probe.fallback_processes import OWN

Json = dict[str, Any]
CHUNK = 1 << 16


def new_sha256() -> Any:  # noqa: ANN401  a hash object
    """Return a SHA-256 without OpenSSL, which would raise the floor by four megabytes."""
    for module in ("_sha2", "_sha256"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(module).sha256()
    return importlib.import_module("hashlib").sha256()


class Capture:
    """One output stream of a command: counted, hashed, its first and last bytes kept."""

    def __init__(self, keep: int, *, in_file: bool) -> None:
        self.keep, self.total, self.in_file = keep, 0, in_file
        self.head, self.tail, self.hash = bytearray(), bytearray(), new_sha256()
        self.reader = -1
        if in_file and hasattr(os, "memfd_create"):
            self.writer = os.memfd_create("output")
        elif in_file:
            self.writer = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        else:
            self.reader, self.writer = os.pipe()
            os.set_blocking(self.reader, False)

    def read(self, most: int = CHUNK) -> int:
        """Take in once what is there; close at the end of the stream."""
        try:
            received = OWN.read(self.reader, most)
        except BlockingIOError:
            return 0
        if not received:
            self.close_reader()
        self.add(received)
        return len(received)

    def add(self, received: bytes) -> None:
        """Count, hash and keep."""
        self.total += len(received)
        self.hash.update(received)
        room = self.keep - len(self.head)
        self.head += received[:room]
        self.tail += received[room:]
        if len(self.tail) > 2 * self.keep:
            del self.tail[: len(self.tail) - self.keep]

    def finish(self) -> None:
        """Take in what the pipe holds now, no more, and close it."""
        if self.in_file and hasattr(os, "memfd_create"):
            self.add(os.pread(self.writer, CHUNK, 0))
        if self.reader >= 0:
            waiting = struct.unpack("i", fcntl.ioctl(self.reader, termios.FIONREAD, b"\0" * 4))[0]
            while waiting > 0 and self.reader >= 0 and (got := self.read(min(waiting, CHUNK))) > 0:
                waiting -= got
        self.close_reader()
        os.close(self.writer)

    def close_reader(self) -> None:
        """Close the probe's end."""
        if self.reader >= 0:
            os.close(self.reader)
        self.reader = -1

    def answer(self) -> Json:
        """Return the stream as the protocol describes it."""
        last = self.tail[-self.keep :] if self.keep else b""
        return {
            "bytes": self.total,
            "sha256": self.hash.hexdigest(),
            "head": binascii.b2a_base64(self.head, newline=False).decode(),
            "tail": binascii.b2a_base64(last, newline=False).decode(),
        }
