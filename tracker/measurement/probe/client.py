"""The client of a probe: requests out, answers in, and a deadline for a probe that is stuck."""

import json
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from tracker.measurement.probe.build import ProbeBuildError, build_probe
from tracker.measurement.probe.protocol import (
    PROTOCOL_VERSION,
    Copied,
    Differences,
    Disk,
    Hello,
    Restored,
    RunAnswer,
    RunRequest,
    ServiceStarted,
    ServiceState,
    ServiceStopped,
)
from tracker.measurement.probe.transport import LocalTransport, Transport, TransportClosedError

ANSWER_SECONDS = 30.0
"""Time beyond a command's own timeout: killing a tree and writing the answer take less."""
TREE_SECONDS = 600.0
"""Time for a request that copies or walks a tree."""
HELLO_SECONDS = 10.0
LONGEST_LINE_BYTES = 8 * 1024 * 1024

CANCEL = b'{"id":"cancel","op":"cancel"}\n'
CANCEL_ANSWER = b'{"id":"cancel",'
"""Comes only when the command had ended before it could be cancelled."""


class ProbeError(Exception):
    """The probe refused a request or could not do it; `kind` is its error type."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class SpawnError(ProbeError):
    """A command could not be started at all, which is something else than a failing command."""


class ProbeLostError(Exception):
    """The probe is gone or stuck and has been ended; a new one must be started."""


class ProbeClient:
    """Speaks to one probe, one request at a time, over any pair of byte streams.

    Threads may share it; each waits for the others' requests.

    Parameters
    ----------
    transport : Transport
        Carries the lines; the client closes it.
    answer_seconds : float
        How much longer than a command's timeout an answer may take.
    """

    def __init__(self, transport: Transport, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._transport = transport
        self._answer_seconds = answer_seconds
        self._one_at_a_time = threading.Lock()
        self._last_id = 0
        self._runs = self._waits = self._is_cancelled = False
        self._lost: str | None = None
        self.hello = self._greet()

    def _greet(self) -> Hello:
        answer = self.request("hello", timeout_s=HELLO_SECONDS)
        if answer.get("protocol") != PROTOCOL_VERSION:
            self._lose(f"it speaks protocol {answer.get('protocol')}, not {PROTOCOL_VERSION}")
        return Hello.model_validate(_without_id(answer))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the probe and everything it started."""
        if self._lost is None:
            self._lost = "it has been closed"
            self._transport.close()

    def request(self, op: str, *, timeout_s: float | None = None, **fields: Any) -> dict[str, Any]:  # noqa: ANN401  any JSON
        """Send one request and return its answer; the names of fields are those of the protocol."""
        with self._one_at_a_time:
            line = self._exchange(op, fields, timeout_s)
        answer: dict[str, Any] = json.loads(line)
        _refuse(answer)
        return answer

    def run(self, request: RunRequest) -> RunAnswer:
        """Run the steps in one clock; raise SpawnError when a step cannot be started."""
        with self._one_at_a_time:
            self._is_cancelled, self._runs = False, True
            try:
                line = self._exchange("run", _fields(request), self._run_seconds(request))
            finally:
                self._runs = self._waits = False
            failed = line.startswith(b'{"id":%d,"error"' % self._last_id)
        if failed:
            _refuse(json.loads(line))
        return RunAnswer.model_validate_json(line)

    def cancel(self) -> None:
        """End the command that is running, if one is; its answer says `interrupted`.

        May be called by a signal handler or another thread while `run` waits.
        """
        self._is_cancelled = self._runs
        if self._waits:  # before that it would get into the middle of the request
            self._transport.interject(CANCEL)

    def scan(self, paths: Sequence[Path]) -> Disk:
        """Return what files and directories allocate."""
        return Disk.model_validate(self._tree("scan", paths=[str(path) for path in paths]))

    def snapshot(self, work: Path, pristine: Path) -> Copied:
        """Copy a work tree to an empty place and remember what it looks like."""
        return Copied.model_validate(self._tree("snapshot", work=str(work), pristine=str(pristine)))

    def restore(self, work: Path) -> Restored:
        """Put a work tree back by what differs from its snapshot."""
        return Restored.model_validate(self._tree("restore", work=str(work)))

    def differences(self, work: Path) -> Differences:
        """Return what a command changed since the snapshot or the last restore."""
        return _differences(self._tree("differences", work=str(work)))

    def verify(self, work: Path) -> Differences:
        """Compare a work tree with its pristine copy by content, mode and time."""
        return _differences(self._tree("verify", work=str(work)))

    def copy(self, source: Path, target: Path) -> Copied:
        """Copy a tree with modes and times to an empty place."""
        return Copied.model_validate(self._tree("copy", source=str(source), target=str(target)))

    def remove(self, path: Path, *, root: Path) -> int:
        """Delete a tree that must lie below `root`; return how many entries it had."""
        return int(self._tree("remove", path=str(path), root=str(root))["removed"])

    def service_start(self, name: str, request: RunRequest) -> ServiceStarted:
        """Run the steps; what they leave alive becomes the service and survives commands."""
        answer = self.request(
            "serviceStart", timeout_s=self._run_seconds(request), name=name, **_fields(request)
        )
        service = ServiceState.model_validate(answer.pop("service"))
        return ServiceStarted(run=_run_answer(answer), service=service)

    def service_status(self, name: str) -> ServiceState:
        """Return what a service uses and has used."""
        answer = self.request("serviceStatus", timeout_s=self._answer_seconds, name=name)
        return ServiceState.model_validate(_without_id(answer))

    def service_stop(self, name: str, request: RunRequest | None = None) -> ServiceStopped:
        """Run the stopping steps, if any, then end what is left of the service."""
        fields = _fields(request) if request else {}
        seconds = self._run_seconds(request) if request else self._answer_seconds
        answer = self.request("serviceStop", timeout_s=seconds, name=name, **fields)
        return ServiceStopped(
            before=ServiceState.model_validate(answer["before"]),
            cpu_us=answer["cpuUs"],
            max_rss_bytes=answer["maxRssBytes"],
        )

    def _tree(self, op: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401  any JSON
        return _without_id(self.request(op, timeout_s=TREE_SECONDS, **fields))

    def _run_seconds(self, request: RunRequest) -> float | None:
        """Return how long the probe may take; None for a command that may run for ever."""
        return request.timeout_ms / 1000 + self._answer_seconds if request.timeout_ms else None

    def _exchange(self, op: str, fields: Mapping[str, Any], timeout_s: float | None) -> bytes:
        if self._lost is not None:
            raise ProbeLostError(f"the probe is gone: {self._lost}")
        self._last_id += 1
        line = json.dumps({"id": self._last_id, "op": op, **fields}, separators=(",", ":"))
        if len(line) >= LONGEST_LINE_BYTES:  # ASCII: anything else is escaped
            raise ProbeError("request", f"{op}: the request is longer than 8 MiB")
        try:
            self._transport.write_line(line.encode() + b"\n", timeout_s)
            self._waits = self._runs
            if self._is_cancelled and self._waits:
                self._transport.interject(CANCEL)
            answer = self._transport.read_line(timeout_s)
            while answer.startswith(CANCEL_ANSWER):
                answer = self._transport.read_line(timeout_s)
        except (TransportClosedError, TimeoutError) as error:
            self._lose(str(error), error)
        except BaseException:  # an interrupt in the middle: the answer would be taken for the next
            self._lost = "it was left in the middle of a request"
            self._transport.kill()
            raise
        if not answer.startswith(b'{"id":%d,' % self._last_id):
            self._lose(f"it gave an answer to another request: {answer[:80]!r}")
        return answer

    def _lose(self, why: str, cause: Exception | None = None) -> None:
        self._lost = why
        self._transport.kill()
        raise ProbeLostError(f"the probe is gone: {why}") from cause


def _fields(request: RunRequest) -> dict[str, Any]:
    return request.model_dump(by_alias=True, exclude_none=True)


def _without_id(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "id"}


def _run_answer(answer: Mapping[str, Any]) -> RunAnswer:
    return RunAnswer.model_validate_json(json.dumps(answer))


def _differences(answer: dict[str, Any]) -> Differences:
    """Return the answer with file names that are not UTF-8 made printable."""
    paths = [path.encode("utf-8", "backslashreplace").decode() for path in answer["paths"]]
    return Differences.model_validate({**answer, "paths": paths})


def _refuse(answer: Mapping[str, Any]) -> None:
    error = answer.get("error")
    if error is None:
        return
    message = str(error["message"]).encode("utf-8", "backslashreplace").decode()
    if error["type"] == "spawn":
        raise SpawnError("spawn", message)
    raise ProbeError(error["type"], message)


def start_local_probe(
    prefer: Literal["auto", "c", "python"] = "auto", *, cache: Path | None = None
) -> ProbeClient:
    """Start a probe on this machine.

    Parameters
    ----------
    prefer : {"auto", "c", "python"}
        `auto` takes the C probe and falls back to Python where it cannot be compiled.
    cache : Path, optional
        Where compiled probes are kept; by default in the user's cache.

    Raises
    ------
    ProbeBuildError
        If the C probe was asked for and cannot be compiled here.
    """
    if prefer != "python":
        try:
            return ProbeClient(LocalTransport([str(build_probe(cache).path)]))
        except ProbeBuildError:
            if prefer == "c":
                raise
    return ProbeClient(LocalTransport(python_probe_command()))


def python_probe_command() -> list[str]:
    """Return the command line of the fallback probe: no site packages, no user settings."""
    return [sys.executable, "-I", "-S", "-E", str(Path(__file__).with_name("fallback.py"))]
