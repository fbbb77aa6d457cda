"""One long-lived container with the probe as its command, and the files put into it."""

import contextlib
import io
import re
import stat
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

import docker
from docker.errors import DockerException, NotFound

from tracker.measurement.docker.creation import (
    PROBE,
    USER,
    Volumes,
    container_options,
    host_options,
)
from tracker.measurement.docker.engine import engine_errors
from tracker.measurement.docker.limits import (
    LIMIT_FILES,
    NETWORKS,
    WORK,
    effective_limits,
)
from tracker.measurement.docker.transport import ContainerTransport, raw_stream
from tracker.measurement.executor import ExecutorError, ExecutorLostError
from tracker.measurement.probe.client import ProbeClient, ProbeLostError, SpawnError
from tracker.measurement.probe.protocol import RunRequest
from tracker.measurement.traffic import Traffic, traffic_of
from tracker.models import ContainerLimits, ErrorType
from tracker.models.config import VolumeMount

SHOW_MS = 10_000
SHOWN_BYTES = 1 << 20
DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


class Container:
    """A started container; `warnings` is what the engine said when it was created."""

    def __init__(
        self,
        api: docker.APIClient,
        image: str,
        *,
        limits: ContainerLimits,
        volumes: Volumes,
        mounts: tuple[VolumeMount, ...],
        labels: Mapping[str, str],
        cores: int,
    ) -> None:
        self._api = api
        self._shares_network = limits.network == "host"
        with engine_errors():
            facts = api.inspect_image(image)  # type: ignore[no-untyped-call]
            self.image_id = str(facts["Id"])
            self.path = _path_of(facts["Config"].get("Env") or ())
            host = api.create_host_config(**host_options(limits, volumes, mounts, cores=cores))
            made = api.create_container(host_config=host, **container_options(image, labels))
        self.id = str(made["Id"])
        self.warnings = tuple(made.get("Warnings") or ())
        try:
            self.transport, self.probe = self._started()
        except BaseException:
            self.remove()
            raise

    def _started(self) -> tuple[ContainerTransport, ProbeClient]:
        wanted = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        with engine_errors():
            self._attached = self._api.attach_socket(self.id, params=wanted)
            self._api.start(self.id)
        transport = ContainerTransport(
            raw_stream(self._attached), why_lost=self.why_lost, end=self.remove
        )
        try:
            return transport, ProbeClient(transport)
        except ProbeLostError as error:
            raise ExecutorError(f"the container did not start its probe: {error}") from error

    def show(self, *paths: str) -> dict[str, "Shown"]:
        """Return files as they are inside the container; those that are not there are left out."""
        request = RunRequest(
            cwd="/",
            env={},
            steps=((PROBE, "--show", *paths),),
            timeout_ms=SHOW_MS,
            keep_bytes=SHOWN_BYTES,
        )
        answer = self.probe.run(request)
        return parse_shown(
            paths, (answer.stdout.head + answer.stdout.tail).decode("utf-8", "replace")
        )

    def digest(self, path: Path) -> str | None:
        """Return a digest of kind, mode and content of an entry; None when it is not there."""
        steps = ((PROBE, "--show", str(path)),)
        answer = self.probe.run(RunRequest(cwd="/", env={}, steps=steps, timeout_ms=SHOW_MS))
        return answer.stdout.sha256 if answer.steps[-1].exit_code == 0 else None

    def limits(self, requested: ContainerLimits) -> ContainerLimits:
        """Return the limits that are in force."""
        shown = self.show(*LIMIT_FILES)
        return effective_limits(
            lambda path: shown[path].content if path in shown else None, requested
        )

    def refused_processes(self) -> int | None:
        """Return how often a process could not be started because there were too many."""
        with contextlib.suppress(SpawnError):
            shown = self.show("/sys/fs/cgroup/pids/pids.events", "/sys/fs/cgroup/pids.events")
            found = [
                re.search(r"^max (\d+)", file.content, re.MULTILINE) for file in shown.values()
            ]
            return next((int(match[1]) for match in found if match), None)
        return None

    def traffic(self) -> Traffic | None:
        """Return the bytes that went over its interfaces; None where they are the host's."""
        if self._shares_network:
            return None
        shown = self.show(NETWORKS).get(NETWORKS)
        return traffic_of(shown.content) if shown else None

    def put(self, folder: str, archive: IO[bytes]) -> None:
        """Unpack a tar archive into a folder of the work volume."""
        with engine_errors():
            self._api.put_archive(self.id, folder, archive)

    def why_lost(self) -> ExecutorLostError:
        """Return what is gone: the engine, the way to the container, or the probe."""
        try:
            self._api.ping()
            state = self._api.inspect_container(self.id)["State"]
        except NotFound:
            return ExecutorLostError("the container was removed", ErrorType.ENGINE_LOST)
        except (DockerException, OSError) as error:
            return ExecutorLostError(
                f"the Docker engine does not answer ({error})", ErrorType.ENGINE_LOST
            )
        if state["Running"]:
            return ExecutorLostError("the connection to it was cut", ErrorType.ENGINE_LOST)
        how = "for want of memory" if state["OOMKilled"] else f"with exit code {state['ExitCode']}"
        return ExecutorLostError(f"its container ended {how}", ErrorType.PROBE_LOST)

    def remove(self) -> None:
        """Remove the container; one that cannot be reached is left to the next sweep."""
        attached = getattr(self, "_attached", None)
        if attached is not None:
            with contextlib.suppress(OSError):
                attached.close()
        with contextlib.suppress(DockerException, OSError):
            self._api.remove_container(self.id, force=True, v=True)


@dataclass(frozen=True)
class Shown:
    """A file as the probe shows it."""

    mode: int
    content: str

    @property
    def is_folder(self) -> bool:
        """Return whether it is a folder."""
        return stat.S_ISDIR(self.mode)


def parse_shown(paths: Sequence[str], text: str) -> dict[str, Shown]:
    r"""Return what the probe printed for `--show`, by path.

    Examples
    --------
    >>> shown = parse_shown(["/a", "/b"], "@ -\n@ 100644\nmax\n")
    >>> list(shown), shown["/b"].content
    (['/b'], 'max\n')
    """
    parts = re.split(r"^@ (-|[0-7]+)\n", text, flags=re.MULTILINE)[1:]
    shown = zip(paths, parts[::2], parts[1::2], strict=True)
    return {path: Shown(int(mode, 8), content) for path, mode, content in shown if mode != "-"}


def folders_above(path: Path) -> tuple[str, ...]:
    """Return the folders of a path on the work volume, outermost first, relative to it."""
    inside = PurePosixPath(path).relative_to(WORK)
    above = [str(folder) for folder in inside.parents if str(folder) != "."]
    return tuple(reversed(above))


def archive_of(
    folders: Sequence[str],
    files: Mapping[str, bytes],
    *,
    owner: int = USER,
    mode: int = 0o644,
) -> bytes:
    """Return a tar archive of folders and files that belong to `owner`; `mode` is the files'."""
    made = io.BytesIO()
    now = time.time()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name in folders:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, now
            entry.uid = entry.gid = owner
            archive.addfile(entry)
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(content), mode, now
            entry.uid = entry.gid = owner
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


@contextlib.contextmanager
def archived_tree(source: Path, name: str) -> Iterator[IO[bytes]]:
    """Give a tar archive of a folder that belongs to root, so that no command can change it."""

    def owned(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mode |= 0o555 if entry.isdir() else 0o444
        return entry

    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(source, arcname=name, filter=owned)
        file.seek(0)
        yield file


def _path_of(environment: Sequence[str]) -> str:
    found = [entry.partition("=")[2] for entry in environment if entry.startswith("PATH=")]
    return found[-1] if found else DEFAULT_PATH
