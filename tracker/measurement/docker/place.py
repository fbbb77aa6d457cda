"""Containers as a place of measurement: one for each distinct image, one volume for all."""

import contextlib
import io
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import APIError, DockerException

from tracker.measurement.docker.container import (
    Container,
    archive_of,
    archived_tree,
    folders_above,
)
from tracker.measurement.docker.creation import TOOLS, Volumes, volume_options
from tracker.measurement.docker.engine import (
    check_architecture,
    connect,
    engine_errors,
    engine_facts,
)
from tracker.measurement.docker.limits import MOUNTS, WORK, requested_limits, unmet
from tracker.measurement.docker.ownership import owner_labels, sweep_engine
from tracker.measurement.executor import ExecutorError, ExecutorLostError, Measured
from tracker.measurement.machine import cpu_name, machine_class
from tracker.measurement.place import Site, probe_facts
from tracker.measurement.probe.build import ProbeBuildError, build_probe
from tracker.measurement.probe.client import ProbeClient, ProbeLostError
from tracker.measurement.work_copy import folder_name
from tracker.models import ContainerLimits, ErrorType, Machine, RepositoryFixture
from tracker.models.config import DockerEnvironment

RECOVERY_SECONDS = 30.0
PAUSE_SECONDS = 0.25
SESSION_FOLDER = "session"
FIXTURES_FOLDER = "fixtures"


def image_of(wanted: DockerEnvironment, system: str) -> str:
    """Return the image of a system; a plug-in's runs in that of git."""
    images = wanted.base_images.model_dump()
    return str(images.get(system.replace("-", "_"), images["git"]))


class ContainerFiles:
    """Files on the work volume, as a container sees them."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it."""
        self._put((*folders_above(path), str(path.relative_to(WORK))), {})

    def write(self, path: Path, text: str) -> None:
        """Write a file, and make the folders above it."""
        self._put(folders_above(path), {str(path.relative_to(WORK)): text.encode()})

    def is_folder(self, path: Path) -> bool:
        """Return whether there is a folder."""
        shown = self._container.show(str(path)).get(str(path))
        return shown is not None and shown.is_folder

    def remove(self, path: Path) -> None:
        """Remove a folder and all in it, if it is there."""
        if self.is_folder(path):
            self._container.probe.remove(path, root=Path(WORK))

    def same(self, one: Path, other: Path) -> bool:
        """Return whether two entries have the same kind, mode and content."""
        first = self._container.digest(one)
        return first is not None and first == self._container.digest(other)

    def _put(self, folders: Sequence[str], files: Mapping[str, bytes]) -> None:
        self._container.put(WORK, io.BytesIO(archive_of(folders, files)))


@dataclass
class _Running:
    """A container and how often it refused a process so far."""

    container: Container
    refused: int | None


class DockerPlace:
    """The containers of one session.

    Parameters
    ----------
    wanted : DockerEnvironment
        Images, limits, storage, network and volumes.
    systems : sequence of str
        The vcsTypes that are measured.
    session : str
        Stands in the labels.
    strict_limits : bool
        Whether a limit that is not in force is an error.
    warn : callable
        Told of each limit that is not in force.
    connect_engine : callable
        Gives a connection; asked again when the engine was lost.
    recovery_seconds : float
        How long a lost engine is waited for.
    """

    def __init__(
        self,
        wanted: DockerEnvironment,
        systems: Sequence[str],
        session: str,
        *,
        strict_limits: bool = False,
        warn: Callable[[str], None] = lambda _: None,
        connect_engine: Callable[[], docker.APIClient] = connect,
        recovery_seconds: float = RECOVERY_SECONDS,
    ) -> None:
        self._wanted = wanted
        self._images = {system: image_of(wanted, system) for system in systems}
        self._labels = owner_labels(session)
        self._connect = connect_engine
        self._recovery_seconds = recovery_seconds
        self._running: dict[str, _Running] = {}
        self._placed: set[str] = set()
        self.requested = requested_limits(wanted)
        self._api = connect_engine()
        try:
            self.swept = sweep_engine(self._api)
            self._facts = engine_facts(self._api)
            check_architecture(self._facts)
            self._volumes, self._has_quota = self._made_volumes()
            self._start()
            self.effective = self._effective()
            self.warnings = self._judged(strict=strict_limits)
        except BaseException:
            self.close()
            raise
        for warning in self.warnings:
            warn(warning)

    @property
    def work_root(self) -> Path:
        """Return the folder of the work copies on the volume."""
        return Path(WORK, SESSION_FOLDER)

    def site(self, system: str) -> Site:
        """Return the site of a system's image."""
        container = self.container(system)
        files = ContainerFiles(container)
        return Site(container.probe, files, container.path, self._source, traffic=container.traffic)

    def describe(self) -> Machine:
        """Return the engine's machine, the containers on it, and their limits."""
        first = next(iter(self._running.values())).container
        facts, storage = self._facts, self._storage(first)
        cpu = cpu_name((first.show("/proc/cpuinfo"))["/proc/cpuinfo"].content)
        images = {system: self.container(system).image_id for system in self._images}
        distinct = sorted(set(images.values()))
        image_id = (
            distinct[0]
            if len(distinct) == 1
            else ", ".join(f"{system}={image}" for system, image in sorted(images.items()))
        )
        limits = self.effective.model_dump(exclude={"volumes"})
        return Machine(
            machine_class=machine_class(
                cpu=cpu,
                cores=facts.cores,
                memory_bytes=facts.memory_bytes,
                storage=storage,
                kernel=facts.kernel,
                environment=f"docker {limits}",
                image_id=image_id,
            ),
            os=facts.os,
            kernel=facts.kernel,
            cpu=cpu,
            cores=facts.cores,
            memory_bytes=facts.memory_bytes,
            storage=storage,
            environment="docker",
            image_id=image_id,
            docker=f"{facts.version}, API {facts.api_version}, {facts.storage_driver}",
            container_id=first.id,
            cgroup=facts.cgroup,
            requested_limits=self.requested,
            effective_limits=self.effective,
            limit_warnings=self.warnings,
        ).model_copy(update=probe_facts(first.probe))

    def builder(self, system: str) -> AbstractContextManager[ProbeClient | None]:  # noqa: ARG002
        """Lend none: a container has one probe, so that set-ups follow one another."""
        return contextlib.nullcontext()

    def before_clock(self) -> None:
        """Do nothing: what steadies a machine is the engine's to decide."""

    def explained(self, system: str, measured: Measured) -> Measured:
        """Say `process-limit` where the kernel refused a process of a command that failed."""
        failed = any(step.signal or step.exit_code for step in measured.steps)
        if not failed or measured.timed_out or measured.oom_killed:
            return measured
        running = self._running[self._images[system]]
        before, running.refused = running.refused, running.container.refused_processes()
        if before is None or running.refused is None or running.refused <= before:
            return measured
        reason = f"more than {self.effective.pids} processes were asked for"
        return measured.model_copy(
            update={"failure": ErrorType.PROCESS_LIMIT, "failure_reason": reason}
        )

    def cancel(self) -> None:
        """End the command that is running, if one is."""
        for running in self._running.values():
            running.container.probe.cancel()

    def lost(self, error: ProbeLostError) -> ExecutorLostError:
        """Return whether the engine or a probe is gone."""
        causes = (running.container.transport.cause for running in self._running.values())
        found = next((cause for cause in causes if cause is not None), None)
        return ExecutorLostError(str(error), found.error_type if found else ErrorType.PROBE_LOST)

    def recover(self) -> None:
        """Wait for the engine and start every container anew."""
        self._stop()
        deadline = time.monotonic() + self._recovery_seconds
        while True:
            try:
                self._api.close()
                self._api = self._connect()
                self._start()
            except ExecutorError as error:
                self._stop()
                if error.error_type is not ErrorType.ENGINE_LOST or time.monotonic() > deadline:
                    raise
                time.sleep(PAUSE_SECONDS)
            else:
                return

    def close(self) -> None:
        """Remove containers and volumes; what cannot be reached is left to the next sweep."""
        self._stop()
        for name in self._volume_names():
            with contextlib.suppress(DockerException, OSError):
                self._api.remove_volume(name, force=True)
        self._api.close()

    def _volume_names(self) -> tuple[str, ...]:
        volumes: Volumes | None = getattr(self, "_volumes", None)
        return (volumes.work, volumes.tools) if volumes else ()

    def _made_volumes(self) -> tuple[Volumes, bool]:
        """Make both volumes; return whether the engine took the quota of the one on disk."""
        token = secrets.token_hex(6)
        names = Volumes(work=f"vcs-tracker-work-{token}", tools=f"vcs-tracker-tools-{token}")
        options = volume_options(self._wanted.storage, self.requested)
        by_engine = "size" in options
        with engine_errors():
            try:
                self._api.create_volume(names.work, driver_opts=options, labels=self._labels)
            except APIError:
                if not by_engine:
                    raise
                by_engine = False
                self._api.create_volume(names.work, labels=self._labels)
            self._api.create_volume(names.tools, labels=self._labels)
            self._volumes = names
            self._put_probe(names)
        return names, by_engine

    def _put_probe(self, names: Volumes) -> None:
        """Copy the probe onto its volume through a container that is never started."""
        try:
            built = build_probe()
        except ProbeBuildError as error:
            raise ExecutorError(f"the probe of the containers: {error}") from error
        if built.linking != "static":
            raise ExecutorError("the probe of the containers needs a static C library")
        image = next(iter(self._images.values()))
        host = self._api.create_host_config(binds={names.tools: {"bind": TOOLS, "mode": "rw"}})
        helper = self._api.create_container(
            image, entrypoint=["probe"], host_config=host, labels=self._labels
        )["Id"]
        try:
            program = archive_of((), {"probe": built.path.read_bytes()}, owner=0, mode=0o755)
            self._api.put_archive(helper, TOOLS, program)
        finally:
            self._api.remove_container(helper, force=True)

    def _start(self) -> None:
        for image in dict.fromkeys(self._images.values()):
            container = Container(
                self._api,
                image,
                limits=self.requested,
                volumes=self._volumes,
                mounts=self._wanted.volumes,
                labels=self._labels,
                cores=self._facts.cores,
            )
            self._running[image] = _Running(container, None)
            folders = archive_of((SESSION_FOLDER,), {})
            container.put(WORK, io.BytesIO(folders))
            self._running[image].refused = container.refused_processes()

    def _stop(self) -> None:
        for running in self._running.values():
            with contextlib.suppress(ProbeLostError):
                running.container.probe.close()
            running.container.remove()
        self._running.clear()
        self._placed.clear()  # a volume in memory is empty once no container has it

    def container(self, system: str) -> Container:
        """Return the container of a system."""
        running = self._running.get(self._images[system])
        if running is None:
            raise ExecutorLostError("the container is gone", ErrorType.ENGINE_LOST)
        return running.container

    def _source(self, fixture: RepositoryFixture) -> Path:
        """Return where a fixture lies on the volume; it is copied there once."""
        name = folder_name(fixture.id)
        if name not in self._placed:
            container = next(iter(self._running.values())).container
            container.put(WORK, io.BytesIO(archive_of((FIXTURES_FOLDER,), {}, owner=0)))
            with archived_tree(Path(fixture.path), f"{FIXTURES_FOLDER}/{name}") as archive:
                container.put(WORK, archive)
            self._placed.add(name)
        return Path(WORK, FIXTURES_FOLDER, name)

    def _effective(self) -> ContainerLimits:
        """Return the limits in force; those of containers with one configuration are the same."""
        first = next(iter(self._running.values())).container
        found = first.limits(self.requested)
        if self._has_quota and found.disk_bytes is None:
            return found.model_copy(update={"disk_bytes": self.requested.disk_bytes})
        return found

    def _judged(self, *, strict: bool) -> tuple[str, ...]:
        said = unmet(self.requested, self.effective)
        of_engine = dict.fromkeys(
            warning for running in self._running.values() for warning in running.container.warnings
        )
        if strict and (said or of_engine):
            raise ExecutorError(f"--strict-limits: {'; '.join((*said, *of_engine))}")
        return (*said, *of_engine)

    def _storage(self, container: Container) -> str | None:
        for line in container.show(MOUNTS)[MOUNTS].content.splitlines():
            fields, _, rest = line.partition(" - ")
            if fields.split()[4:5] == [WORK]:
                kind = rest.split()[0]
                return "tmpfs in memory" if kind == "tmpfs" else f"{kind} volume"
        return None
