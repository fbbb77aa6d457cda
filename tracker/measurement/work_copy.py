"""A work copy: one variant's repository in its own HOME, and the way back to its first state."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tracker.measurement.executor import DiskUsage, ExecutorError
from tracker.measurement.place import Files, Site
from tracker.measurement.probe.client import ProbeClient
from tracker.measurement.probe.protocol import RunRequest
from tracker.measurement.probe_runner import ProbeRunner
from tracker.models import RepositoryFixture, SetupScript, Variant
from tracker.models.plan import Service
from tracker.vcs.base import CommandError, Vcs
from tracker.vcs.commands import expand, split

PREPARE_MS = 600_000
"""Longest preparation of a variant: a commit graph of a very large history."""

SERVICE_MS = 120_000
"""Longest start of a service: it may have to look at every file first."""

NS_PER_MS = 1e6

HOME = "home/"


@dataclass
class WorkCopy:
    """A folder `tree` with HOME and repository, and `pristine`, its copy.

    Both are restored together: a system may keep state in HOME. The folder is
    the same for every iteration, because worktrees hold absolute paths. It is
    `stale` once files were restored: they are new to Git's index, which knows
    them by inode and change time and would read each of them again.
    """

    base: Path
    vcs: Vcs
    variant: Variant
    fixture: RepositoryFixture
    runner: ProbeRunner
    files: Files
    words: Mapping[str, str] = field(default_factory=dict)
    one_off_ms: float | None = None
    service_start_ms: float | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    stale: bool = False

    @property
    def tree(self) -> Path:
        """Return what is restored: HOME and repository."""
        return self.base / "tree"

    @property
    def pristine(self) -> Path:
        """Return the copy of the tree that it is restored from."""
        return self.base / "pristine"

    @property
    def root(self) -> Path:
        """Return the folder that holds working copy and repository."""
        return self.tree / "root"

    @property
    def workdir(self) -> Path:
        """Return where commands run."""
        return self.vcs.workdir(self.root)

    @property
    def service(self) -> str | None:
        """Return the name of the running service, None without one."""
        return None if self.service_start_ms is None else str(self.base)

    def start_service(self, probe: ProbeClient, wanted: Service) -> None:
        """Start the variant's service; raise CommandError when it does not stay alive."""
        request = self._service_request(wanted.start)
        started = probe.service_start(str(self.base), request)
        if started.service.alive == 0:
            probe.service_stop(str(self.base))
            raise CommandError(request.steps[-1], problem="left no service running")
        self.service_start_ms = started.run.wall_ns / NS_PER_MS

    def stop_service(self, probe: ProbeClient) -> None:
        """End the service, by its own commands first."""
        wanted, name = self.variant.service, self.service
        if wanted is not None and name is not None:
            self.service_start_ms = None
            probe.service_stop(name, self._service_request(wanted.stop) if wanted.stop else None)

    def discard(self, probe: ProbeClient) -> None:
        """End what runs beside the work copy and remove what lies beside it."""
        self.stop_service(probe)
        if self.variant.service is not None:
            self.runner(["rm", "-rf", scratch_of(self.base)], cwd=self.base)

    def _service_request(self, commands: Sequence[str]) -> RunRequest:
        return RunRequest(
            cwd=str(self.workdir),
            env=self.runner.environment,
            steps=self.argument_vectors(commands),
            timeout_ms=SERVICE_MS,
        )

    def argument_vectors(
        self, commands: Sequence[str], *, shell: bool = False
    ) -> tuple[tuple[str, ...], ...]:
        """Return commands as argument vectors, their placeholders replaced."""
        landmarks = self.fixture.landmarks
        if shell:
            return tuple(("/bin/sh", "-c", self.expanded(command)) for command in commands)
        return tuple(expand(split(command), landmarks, self.words) for command in commands)

    def expanded(self, text: str) -> str:
        """Return a text that is not split with its placeholders replaced."""
        return expand((text,), self.fixture.landmarks, self.words)[0]

    def run(self, commands: Sequence[str], *, timeout_ms: int, shell: bool = False) -> float:
        """Run commands in the work copy outside any clock; return their time in ms."""
        vectors = self.argument_vectors(commands, shell=shell)
        answer = self.runner.script(vectors, cwd=self.workdir, timeout_ms=timeout_ms)
        return answer.wall_ns / NS_PER_MS

    def restore(self, probe: ProbeClient) -> None:
        """Put back what differs from the pristine state."""
        self.stale = probe.restore(self.tree).changed > 0 or self.stale

    def renew(self, probe: ProbeClient) -> None:
        """Make the copy as good as new for another trial: pristine, and its caches true again.

        Without this every trial would pay for the files that the ones before it changed.
        """
        self.restore(probe)
        if self.stale:
            if self.variant.service is not None:  # it saw the restoring, which is nobody's work
                self.stop_service(probe)
                self.start_service(probe, self.variant.service)
            self.vcs.refresh(self.runner, self.root)
            probe.remove(self.pristine, root=self.base)
            probe.snapshot(self.tree, self.pristine)
            self.stale = False

    def scan(self, probe: ProbeClient) -> DiskUsage:
        """Return what working copy and repository allocate."""
        disk = probe.scan([self.root])
        return DiskUsage(allocated_bytes=disk.allocated_bytes, entries=disk.entries)

    def changed_paths(self, probe: ProbeClient) -> frozenset[str]:
        """Return the paths below the root whose kind, mode or content is not the pristine one.

        A file that was written anew with the same content is not changed: an index
        that was only refreshed is no other state of the repository.
        """
        found = probe.differences(self.tree)
        paths = [path for path in found.paths if not path.startswith(HOME)]
        changed = {
            path.removeprefix("root/")
            for path in paths
            if not self.files.same(self.tree / path, self.pristine / path)
        }
        unnamed = found.different > len(found.paths)
        return frozenset(changed | ({"more than can be named"} if unnamed else set()))


def make_work_copy(
    site: Site,
    base: Path,
    *,
    vcs: Vcs,
    variant: Variant,
    fixture: RepositoryFixture,
    setup: SetupScript | None = None,
    builder: ProbeClient | None = None,
) -> WorkCopy:
    """Make a work copy and its pristine state, in this order.

    HOME with the variant's files, the repository, what the variant prepares (its
    cost is measured), the suite's setup, caches refreshed, pristine copy. A `builder` runs
    the commands up to the service; what the site's own probe must know is its own to do.
    """
    site.files.remove(base)
    copy = work_copy_at(site, base, vcs=vcs, variant=variant, fixture=fixture)
    own = copy.runner
    runner = copy.runner = ProbeRunner(builder, own.environment) if builder else own
    site.files.make_folder(home_of(base))
    if variant.tools:
        _link_tools(site, runner, variant, base)
        copy.versions = vcs.versions(runner, home_of(base))
    _write_files(site.files, vcs, variant, home_of(base))
    site.files.make_folder(copy.root)
    vcs.materialise(runner, site.source(fixture), copy.root, fixture, variant)
    copy.words = vcs.words(runner, copy.workdir)
    if variant.prepare:
        copy.one_off_ms = copy.run(variant.prepare, timeout_ms=PREPARE_MS)
    if setup is not None:
        copy.run(setup.commands, timeout_ms=setup.timeout)
    runner = copy.runner = own
    if variant.service is not None:
        runner(["mkdir", "-p", "-m", "700", scratch_of(base)], cwd=base)
        copy.start_service(site.probe, variant.service)
    if variant.prepare or setup is not None or variant.service is not None:
        vcs.refresh(runner, copy.root)
    site.probe.snapshot(copy.tree, copy.pristine)
    return copy


def work_copy_at(
    site: Site, base: Path, *, vcs: Vcs, variant: Variant, fixture: RepositoryFixture
) -> WorkCopy:
    """Return the work copy in `base` as it lies there, whole or not."""
    path = f"{tools_of(base)}:{site.path}" if variant.tools else site.path
    environment = vcs.environment(variant, home_of(base), path)
    if variant.service is not None:
        environment["TMPDIR"] = scratch_of(base)
    runner = ProbeRunner(site.probe, environment)
    return WorkCopy(base, vcs, variant, fixture, runner, site.files)


def _link_tools(site: Site, runner: ProbeRunner, variant: Variant, base: Path) -> None:
    """Put the variant's own tools before all others on the PATH of its commands."""
    site.files.make_folder(tools_of(base))
    script = 'ln -s "$(command -v "$1")" "$2"'
    for name, program in variant.tools.items():
        link = str(tools_of(base) / name)
        runner(["/bin/sh", "-c", script, "sh", program, link], cwd=base)


def _write_files(place: Files, vcs: Vcs, variant: Variant, home: Path) -> None:
    try:
        files = vcs.files(variant)
    except ValueError as error:
        raise ExecutorError(f"settings of variant {variant.name}: {error}") from error
    for name, content in files.items():
        place.write(home / name, content)


def home_of(base: Path) -> Path:
    """Return HOME of the work copy in `base`."""
    return base / "tree" / "home"


def tools_of(base: Path) -> Path:
    """Return the folder of links to the variant's own tools."""
    return base / "tools"


def scratch_of(base: Path) -> str:
    """Return the temporary folder of a service; the path of a socket has at most 107 bytes."""
    return f"/tmp/vcs-tracker-{hashlib.sha256(bytes(base)).hexdigest()[:16]}"  # noqa: S108


def folder_name(text: str) -> str:
    """Return a name that is one plain path component.

    Examples
    --------
    >>> folder_name("../a b")
    '..-a-b'
    >>> folder_name("..")
    '_..'
    """
    name = re.sub(r"[^A-Za-z0-9.+_-]", "-", text)
    return f"_{name}" if name.strip(".") == "" else name
