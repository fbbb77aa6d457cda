"""Where a session's work copies lie and its commands run: this machine, or containers."""

import contextlib
import filecmp
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tracker.measurement.executor import ExecutorLostError, Measured
from tracker.measurement.machine import describe_machine
from tracker.measurement.probe.client import ProbeClient, ProbeLostError
from tracker.measurement.sweep import claim
from tracker.measurement.traffic import Traffic, no_traffic_known
from tracker.measurement.tuning import Tuning, drop_caches, tune
from tracker.models import Machine, RepositoryFixture


class Files(Protocol):
    """The few things done with files outside of any clock and not by the probe."""

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it."""
        ...

    def write(self, path: Path, text: str) -> None:
        """Write a file, and make the folders above it."""
        ...

    def is_folder(self, path: Path) -> bool:
        """Return whether there is a folder."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a folder and all in it, if it is there."""
        ...

    def same(self, one: Path, other: Path) -> bool:
        """Return whether two entries have the same kind, mode and content."""
        ...


@dataclass(frozen=True)
class Site:
    """What the trials of one system work with.

    `path` is the PATH of commands, `source` says where a fixture lies as commands
    see it, `cgroup` is a memory cgroup the probe may join, and `traffic` tells the
    traffic of the commands alone, where they have a network of their own.
    """

    probe: ProbeClient
    files: Files
    path: str
    source: Callable[[RepositoryFixture], Path]
    cgroup: str | None = None
    traffic: Callable[[], Traffic | None] = no_traffic_known


class Place(Protocol):
    """Holds the sites of a session; one site may serve several systems."""

    @property
    def work_root(self) -> Path:
        """Return the folder of this session's work copies, as commands see it."""
        ...

    def site(self, system: str) -> Site:
        """Return the site of a system (vcsType)."""
        ...

    def describe(self) -> Machine:
        """Return where it is measured."""
        ...

    def builder(self, system: str) -> AbstractContextManager[ProbeClient | None]:
        """Lend a probe that sets up a work copy beside others; None where the site's own must."""
        ...

    def before_clock(self) -> None:
        """Do what was asked for just before each measured command."""
        ...

    def explained(self, system: str, measured: Measured) -> Measured:
        """Return a measurement with the limit that its command ran into, where one is known."""
        ...

    def cancel(self) -> None:
        """End the command that is running, if one is; a signal handler may call it."""
        ...

    def lost(self, error: ProbeLostError) -> ExecutorLostError:
        """Return what a lost probe means here."""
        ...

    def recover(self) -> None:
        """Replace every probe."""
        ...

    def close(self) -> None:
        """End every probe with all below it and remove the work copies."""
        ...


class LocalFiles:
    """Files of this machine."""

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it."""
        path.mkdir(parents=True, exist_ok=True)

    def write(self, path: Path, text: str) -> None:
        """Write a file, and make the folders above it."""
        self.make_folder(path.parent)
        path.write_text(text, encoding="utf-8")

    def is_folder(self, path: Path) -> bool:
        """Return whether there is a folder."""
        return path.is_dir()

    def remove(self, path: Path) -> None:
        """Remove a folder and all in it, if it is there."""
        if path.exists():
            shutil.rmtree(path)

    def same(self, one: Path, other: Path) -> bool:
        """Return whether two entries have the same kind, mode and content."""
        try:
            is_now, was = one.lstat(), other.lstat()
        except OSError:
            return False
        if is_now.st_mode != was.st_mode:
            return False
        if stat.S_ISLNK(is_now.st_mode):
            return one.readlink() == other.readlink()
        return filecmp.cmp(one, other, shallow=False)


class LocalPlace:
    """Work copies in a folder of this machine, and one probe for every system."""

    def __init__(
        self,
        start_probe: Callable[[], ProbeClient],
        work_root: Path,
        *,
        path: str,
        cgroup: str | None = None,
        tuning: Tuning | None = None,
        builders: bool = False,
    ) -> None:
        self._lends = builders
        self._builders: list[ProbeClient] = []
        self._tuning = tuning or Tuning()
        self._start_probe = start_probe
        self._work_root = work_root
        self._path = path
        self._cgroup = cgroup
        claim(work_root)
        self._probe = self._started()

    def _started(self) -> ProbeClient:
        probe = self._start_probe()
        try:
            tune(probe.hello.pid, self._tuning)
        except BaseException:
            probe.close()
            raise
        return probe

    @property
    def work_root(self) -> Path:
        """Return the folder of this session's work copies."""
        return self._work_root

    def site(self, system: str) -> Site:  # noqa: ARG002  one serves all
        """Return the one site there is."""
        return Site(self._probe, LocalFiles(), self._path, _where_it_is, self._cgroup)

    def describe(self) -> Machine:
        """Return this machine and the probe that measures on it."""
        known = probe_facts(self._probe)
        machine = describe_machine("local", self._work_root, tuning=self._tuning.words)
        return machine.model_copy(update=known)

    @contextlib.contextmanager
    def builder(self, system: str) -> Iterator[ProbeClient | None]:  # noqa: ARG002  one serves all
        """Start a probe for one set-up, where several are made at once."""
        if not self._lends:
            yield None
            return
        probe = self._start_probe()
        self._builders.append(probe)
        try:
            yield probe
        finally:
            self._builders.remove(probe)
            with contextlib.suppress(ProbeLostError):
                probe.close()

    def before_clock(self) -> None:
        """Drop the page cache where that was asked for."""
        if self._tuning.cold_cache:
            drop_caches()

    def explained(self, system: str, measured: Measured) -> Measured:  # noqa: ARG002
        """Return the measurement as it is: nothing is limited here."""
        return measured

    def cancel(self) -> None:
        """End the command that is running, if one is."""
        for probe in (self._probe, *self._builders):
            probe.cancel()

    def lost(self, error: ProbeLostError) -> ExecutorLostError:
        """Return what a lost probe means here."""
        return ExecutorLostError(str(error))

    def recover(self) -> None:
        """Start another probe."""
        with contextlib.suppress(ProbeLostError):
            self._probe.close()
        self._probe = self._started()

    def close(self) -> None:
        """End the probe with everything below it and remove the work copies."""
        with contextlib.suppress(ProbeLostError):
            self._probe.close()
        shutil.rmtree(self._work_root, ignore_errors=True)


def probe_facts(probe: ProbeClient) -> dict[str, str | int | None]:
    """Return what a machine says of its probe."""
    hello = probe.hello
    kind = f"{hello.implementation}{' (static)' if hello.static else ''}"
    return {
        "probe": f"{kind}, protocol {hello.protocol}",
        "probe_floor_bytes": hello.floor_bytes,
    }


def _where_it_is(fixture: RepositoryFixture) -> Path:
    return Path(fixture.path)
