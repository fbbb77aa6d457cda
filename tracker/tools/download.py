"""Fetching one file over HTTPS, given up in seconds where there is no way out."""

import http.client
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol

from tracker.tools.installation import CannotObtainError

# Until the first byte of the answer, name resolution and redirects included.
CONNECT_TIMEOUT_S = 5.0
# For the whole file: 10 MB at 35 kB/s.
TRANSFER_TIMEOUT_S = 300.0
_CHUNK_BYTES = 1 << 16


class Fetch(Protocol):
    """Fetches an address into a file."""

    def __call__(self, url: str, target: Path) -> None:
        """Fetch `url` into `target`, or raise `CannotObtainError`."""


def fetch(
    url: str,
    target: Path,
    *,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
    transfer_timeout_s: float = TRANSFER_TIMEOUT_S,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Fetch `url` into `target`; proxies and certificates as the environment says."""
    deadline = clock() + transfer_timeout_s
    try:
        with _opened(url, connect_timeout_s) as answer, target.open("wb") as file:
            while chunk := answer.read(_CHUNK_BYTES):
                file.write(chunk)
                if clock() > deadline:
                    raise CannotObtainError(f"not complete after {transfer_timeout_s:g} s")
    except urllib.error.HTTPError as problem:
        problem.close()
        raise CannotObtainError(f"the server answered {problem.code} {problem.reason}") from problem
    except urllib.error.URLError as problem:
        raise CannotObtainError(f"cannot be reached: {problem.reason}") from problem
    except (OSError, http.client.HTTPException) as problem:
        raise CannotObtainError(f"cannot be reached: {problem}") from problem


def _opened(url: str, timeout_s: float) -> IO[bytes]:
    """Open an address within the time, in a thread.

    A socket's timeout holds for each step of its own but not for name
    resolution, which alone can take half a minute where packets are dropped.
    """
    answers: list[IO[bytes]] = []
    problems: list[Exception] = []
    abandoned = threading.Event()

    def connect() -> None:
        try:
            answer = urllib.request.urlopen(url, timeout=timeout_s)  # noqa: S310  every address is pinned
        except (OSError, http.client.HTTPException) as problem:
            problems.append(problem)
            return
        answers.append(answer)
        if abandoned.is_set():
            answer.close()

    worker = threading.Thread(target=connect, daemon=True)
    worker.start()
    worker.join(timeout_s)
    if problems:
        raise problems[0]
    if not answers:
        abandoned.set()
        raise CannotObtainError(f"no answer within {timeout_s:g} s")
    return answers[0]
