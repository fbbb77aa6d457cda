"""Trials on this machine: work copies in a folder, commands through one probe."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tracker.measurement.place import LocalPlace
from tracker.measurement.probe.client import ProbeClient
from tracker.measurement.trials import TrialExecutor
from tracker.measurement.tuning import Tuning
from tracker.models import FixtureRequest, RepositoryFixture
from tracker.vcs.base import Vcs


class LocalExecutor(TrialExecutor):
    """Executes trials on this machine.

    Parameters
    ----------
    start_probe : callable
        Starts a probe; called again when one is lost.
    fixture_provider : callable
        Request → repository. What it raises as `ExecutorError` skips the group.
    vcs_of : callable
        vcsType → system, such as `tracker.vcs.registry.get_vcs`.
    work_root : Path
        Folder of this session's work copies; it is removed by `close`.
    path : str
        PATH of the measured commands.
    systems : sequence of str
        The vcsTypes whose versions are told.
    cgroup : str, optional
        A memory cgroup the probe may join; its peak is then taken with every iteration.
    tuning : Tuning, optional
        What steadies the machine; recorded.
    builders : bool
        Whether every set-up has a probe of its own, so that several can be made at once.
    clock : callable
        Unix seconds, for an iteration that could not be started.
    """

    def __init__(
        self,
        start_probe: Callable[[], ProbeClient],
        fixture_provider: Callable[[FixtureRequest], RepositoryFixture],
        vcs_of: Callable[[str], Vcs],
        work_root: Path,
        *,
        path: str,
        systems: Sequence[str] = (),
        cgroup: str | None = None,
        tuning: Tuning | None = None,
        builders: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        place = LocalPlace(
            start_probe, work_root, path=path, cgroup=cgroup, tuning=tuning, builders=builders
        )
        super().__init__(place, fixture_provider, vcs_of, systems=systems, clock=clock)
