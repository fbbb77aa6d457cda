"""The frames in which an engine sends the output of a container without a terminal."""

import struct

HEADER = struct.Struct(">BxxxL")
"""Stream number and length; three bytes of padding between them."""

STDOUT, STDERR = 1, 2
KEPT_ERRORS = 4096
"""Bytes of standard error that are kept to say why a container ended."""


class FrameDecoder:
    """Takes bytes as they arrive and gives what was written to standard output."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self.errors = b""

    def feed(self, received: bytes) -> bytes:
        """Take bytes that were received; return the whole frames of standard output in them."""
        self._waiting += received
        output = bytearray()
        while len(self._waiting) >= HEADER.size:
            stream, length = HEADER.unpack_from(self._waiting)
            end = HEADER.size + length
            if len(self._waiting) < end:
                break
            payload = bytes(self._waiting[HEADER.size : end])
            del self._waiting[:end]
            if stream == STDERR:
                self.errors = (self.errors + payload)[-KEPT_ERRORS:]
            else:
                output += payload
        return bytes(output)
