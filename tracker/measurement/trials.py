"""Trials executed: work copies in a place, commands through its probes."""

import contextlib
import errno
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracker.measurement.executor import (
    KEPT_BYTES,
    Begun,
    DiskUsage,
    Ended,
    ExecutorError,
    Measured,
    OutcomeResult,
    TrialSpec,
    Turn,
)
from tracker.measurement.judgement import cause_of_text
from tracker.measurement.outcome import compared_value, output_value
from tracker.measurement.place import Place, Site
from tracker.measurement.probe.client import ProbeError, ProbeLostError, SpawnError
from tracker.measurement.probe.protocol import RunRequest
from tracker.measurement.probe_answer import DiskScans, measured_of
from tracker.measurement.probe_runner import ProbeRunner
from tracker.measurement.services import service_state, with_service
from tracker.measurement.tallies import tallied
from tracker.measurement.traffic import Traffic, with_traffic
from tracker.measurement.work_copy import WorkCopy, folder_name, make_work_copy, work_copy_at
from tracker.models import (
    ErrorType,
    FixtureRequest,
    Machine,
    MetricType,
    OutcomeCheck,
    RepositoryFixture,
    Variant,
)
from tracker.models.suite import SystemSteps
from tracker.vcs.base import CommandError, MaterialiseError, Vcs

TEARDOWN_MS = 60_000
"""Longest teardown, as long as a setup may take by default."""

LOOKED_AT_BYTES = 4 << 20
"""Of each end of an output that the test looks into, where a record keeps 32 KiB."""

OUTPUT_LIMIT_BYTES = 256 << 20
"""A command that prints more is ended: the probe hashes what it reads, at some 50 MB a second on a
busy machine, so that with more it is the probe that is measured."""

SHORT_MS = 20.0
LONG_MS = 1000.0
"""A profiling iteration samples every 1 ms below the first, every 5 ms above the second."""


@dataclass
class _ActiveTrial:
    """A trial that has begun; `before` and `after` are the disk scans that stay valid."""

    copy: WorkCopy
    site: Site
    wanted: SystemSteps
    steps: tuple[tuple[str, ...], ...]
    before: DiskUsage | None = None
    after: DiskUsage | None = None
    prepared: frozenset[str] = frozenset()
    changes_known: bool = False
    last_ms: float = 0.0


class TrialExecutor:
    """Executes trials in a place.

    Parameters
    ----------
    place : Place
        This machine or containers. It holds the work copies: one per fixture and variant,
        used again by the next trial unless its suite has a setup.
    fixture_provider : callable
        Request → repository. What it raises as `ExecutorError` skips the group.
    vcs_of : callable
        vcsType → system, such as `tracker.vcs.registry.get_vcs`.
    systems : sequence of str
        The vcsTypes whose versions are told.
    clock : callable
        Unix seconds, for an iteration that could not be started.
    """

    def __init__(
        self,
        place: Place,
        fixture_provider: Callable[[FixtureRequest], RepositoryFixture],
        vcs_of: Callable[[str], Vcs],
        *,
        systems: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._place = place
        self._fixture_provider = fixture_provider
        self._vcs_of = vcs_of
        self._systems = tuple(systems)
        self._clock = clock
        self._copies: dict[tuple[str, str], WorkCopy] = {}
        self._active: dict[str, _ActiveTrial] = {}

    def describe(self) -> Machine:
        """Return the machine and the probe that measures on it."""
        with self._translated():
            return self._place.describe()

    def versions(self) -> dict[str, str]:
        """Return the tool versions of every system that is there."""
        found: dict[str, str] = {}
        for system in self._systems:
            with contextlib.suppress(ExecutorError):
                found |= self.tool_versions(system)
        return found

    def tool_versions(self, system: str) -> dict[str, str]:
        """Return the versions of a system's tools; raise ExecutorError if one is missing."""
        vcs = self._vcs_of(system)
        home = self._place.work_root / "home" / folder_name(system)
        with self._translated():
            site = self._place.site(system)
            site.files.make_folder(home)
            variant = Variant(name=system, vcs_type=system)
            environment = vcs.environment(variant, home, site.path)
            return vcs.versions(ProbeRunner(site.probe, environment), home)

    def fixture(self, request: FixtureRequest) -> RepositoryFixture:
        """Return the repository from the provider."""
        return self._fixture_provider(request)

    def begin(self, trial: TrialSpec) -> Begun:
        """Make or reuse the work copy; with a setup script it is made for this trial alone."""
        wanted = trial.test.for_vcs(trial.variant.vcs_type)
        with self._translated():
            site = self._place.site(trial.variant.vcs_type)
            copy = self._made(trial, site) if trial.setup else self._shared_copy(trial, site)
            steps = copy.argument_vectors(wanted.steps, shell=trial.test.shell)
            copy.argument_vectors(wanted.prepare or (), shell=trial.test.shell)
            active = _ActiveTrial(copy, site, wanted, steps)
            if MetricType.DISK_USAGE in trial.test.metrics:
                active.before = copy.scan(site.probe)
        self._active[trial.run_id] = active
        return Begun(
            one_off_ms=copy.one_off_ms,
            service_start_ms=copy.service_start_ms,
            versions=dict(copy.versions),
        )

    def prepare(self, trial: TrialSpec) -> None:
        """Run the test's preparation; what it changes is not the measured command's doing."""
        active = self._active[trial.run_id]
        if not active.wanted.prepare:
            return
        with self._translated():
            active.copy.run(
                active.wanted.prepare, timeout_ms=trial.timeout_ms, shell=trial.test.shell
            )
            if not trial.test.mutates and not active.changes_known:
                active.prepared = active.copy.changed_paths(active.site.probe)
            if active.before is not None:
                active.before = active.copy.scan(active.site.probe)

    def measure(self, trial: TrialSpec, turn: Turn) -> Measured:
        """Run the steps in one clock; disk scans lie outside of it."""
        active = self._active[trial.run_id]
        sample_ms = _sample_ms(active.last_ms) if turn.phase == "profile" else 0
        with self._translated():
            before = service_state(active.copy, active.site.probe)
            sent = self._traffic(trial, active)
            self._place.before_clock()
            try:
                answer = active.site.probe.run(self._request(trial, active, sample_ms))
            except SpawnError as error:
                return self._not_started(error)
            measured = measured_of(answer, self._scans(trial, active), sample_ms=sample_ms)
            measured = self._place.explained(trial.variant.vcs_type, measured)
            measured = with_traffic(measured, sent, self._traffic(trial, active))
            measured = with_service(measured, active.copy, active.site.probe, before)
        active.last_ms = answer.wall_ns / 1e6
        return measured

    def _request(self, trial: TrialSpec, active: _ActiveTrial, sample_ms: int) -> RunRequest:
        earlier = ((0,),) * (len(active.steps) - 1)
        expected = active.wanted.expected_exit_code or 0
        return RunRequest(
            cwd=str(active.copy.workdir),
            env=active.copy.runner.environment,
            steps=active.steps,
            timeout_ms=trial.timeout_ms,
            output_limit_bytes=OUTPUT_LIMIT_BYTES,
            keep_bytes=LOOKED_AT_BYTES if _looks_into_output(active.wanted) else KEPT_BYTES,
            expected_exits=(*earlier, (expected,)),
            sample_ms=sample_ms,
            cgroup=active.site.cgroup,
        )

    def _scans(self, trial: TrialSpec, active: _ActiveTrial) -> DiskScans:
        """Scan after each execution that may change something, else once per trial."""
        if active.before is None:
            return DiskScans()
        if trial.test.mutates or active.wanted.prepare or active.after is None:
            active.after = active.copy.scan(active.site.probe)
        return DiskScans(before=active.before, after=active.after)

    def _traffic(self, trial: TrialSpec, active: _ActiveTrial) -> Traffic | None:
        wanted = MetricType.NETWORK_TRAFFIC in trial.test.metrics
        return active.site.traffic() if wanted else None

    def _not_started(self, error: SpawnError) -> Measured:
        now_ms = self._clock() * 1000
        return Measured(
            started_ms=now_ms,
            ended_ms=now_ms,
            failure=ErrorType.EXIT_CODE,
            failure_reason=f"the command could not be started: {error}",
        )

    def cancel(self) -> None:
        """End the command that is running, measured or not."""
        self._place.cancel()

    def undeclared_changes(self, trial: TrialSpec) -> tuple[str, ...]:
        """Return what differs from the pristine state and was not prepared."""
        active = self._active[trial.run_id]
        active.changes_known = True
        with self._translated():
            return tuple(sorted(active.copy.changed_paths(active.site.probe) - active.prepared))

    def outcome(self, trial: TrialSpec, measured: Measured) -> OutcomeResult:
        """Return the value of the test's outcome check."""
        active = self._active[trial.run_id]
        check = active.wanted.outcome
        if check is None:
            return OutcomeResult(value=None, reason="the test has no outcome check")
        try:
            value = self._outcome_value(check, active.copy, measured, shell=trial.test.shell)
            counts = tallied(active.wanted.counts or {}, active.copy, measured)
        except (CommandError, ValueError) as error:
            return OutcomeResult(value=None, reason=f"outcome check: {error}")
        except ProbeLostError as error:
            raise self._place.lost(error) from error
        return OutcomeResult(value=value, counts=counts)

    def _outcome_value(
        self, check: OutcomeCheck, copy: WorkCopy, measured: Measured, *, shell: bool
    ) -> str:
        if check.tree is not None:
            return copy.vcs.tree_id(copy.runner, copy.root, copy.expanded(check.tree))
        if check.command is not None:
            (argv,) = copy.argument_vectors((check.command,), shell=shell)
            return compared_value(check, copy.runner(argv, cwd=copy.workdir).stdout)
        if measured.stdout is None:
            raise ValueError("the command's output is unknown")
        return output_value(check, measured.stdout)

    def restore(self, trial: TrialSpec) -> None:
        """Put back what differs from the pristine state."""
        with self._translated():
            active = self._active[trial.run_id]
            if trial.renews:
                active.copy.renew(active.site.probe)
            else:
                active.copy.restore(active.site.probe)

    def end(self, trial: TrialSpec, *, failed: bool) -> Ended:
        """Run the teardown where the work copy is; remove a copy that was this trial's own."""
        active = self._active.pop(trial.run_id, None)
        try:
            return self._tear_down(trial, failed=failed)
        finally:
            if trial.setup is not None:
                with contextlib.suppress(ExecutorError), self._translated():
                    if active is not None:
                        active.copy.discard(active.site.probe)
                    self._place.site(trial.variant.vcs_type).files.remove(self._base(trial))

    def _tear_down(self, trial: TrialSpec, *, failed: bool) -> Ended:
        teardown = trial.teardown
        if teardown is None or (failed and not teardown.always_run):
            return Ended()
        copy = self._opened(trial)
        if not copy.files.is_folder(copy.workdir):
            return Ended(teardown="not run", problem="teardown: there is no work copy")
        try:
            copy.words = copy.vcs.words(copy.runner, copy.workdir)
            copy.run(teardown.commands, timeout_ms=TEARDOWN_MS)
        except CommandError as error:
            return Ended(teardown="failed", problem=f"teardown: {error}")
        except ProbeLostError as error:
            raise self._place.lost(error) from error
        return Ended(teardown="done")

    def recover(self) -> None:
        """Start other probes; they know no pristine states, so every work copy is made anew."""
        self._copies.clear()
        self._active.clear()
        with self._translated():
            self._place.recover()

    def close(self) -> None:
        """End services and probes with everything below them, and remove the work copies."""
        for copy in self._copies.values():
            with contextlib.suppress(
                ProbeError, ProbeLostError, CommandError
            ):  # it ends with the probe
                copy.discard(self._place.site(copy.variant.vcs_type).probe)
        self._place.close()

    def _shared_copy(self, trial: TrialSpec, site: Site) -> WorkCopy:
        key = (trial.fixture.id, trial.variant.name)
        copy = self._copies.get(key)
        if copy is None:
            copy = self._copies[key] = self._made(trial, site)
        else:
            copy.renew(site.probe)
        return copy

    def _made(self, trial: TrialSpec, site: Site) -> WorkCopy:
        with self._place.builder(trial.variant.vcs_type) as builder:
            return make_work_copy(
                site,
                self._base(trial),
                vcs=self._vcs_of(trial.variant.vcs_type),
                variant=trial.variant,
                fixture=trial.fixture,
                setup=trial.setup,
                builder=builder,
            )

    def _opened(self, trial: TrialSpec) -> WorkCopy:
        """Return a trial's work copy as it lies there, whole or not."""
        return work_copy_at(
            self._place.site(trial.variant.vcs_type),
            self._base(trial),
            vcs=self._vcs_of(trial.variant.vcs_type),
            variant=trial.variant,
            fixture=trial.fixture,
        )

    def _base(self, trial: TrialSpec) -> Path:
        name = folder_name(trial.variant.name)
        own = "" if trial.setup is None else f"_{folder_name(trial.suite_id)}"
        return self._place.work_root / folder_name(trial.fixture.id) / f"{name}{own}"

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what goes wrong outside the clock into the executor's own errors."""
        try:
            yield
        except ProbeLostError as error:
            raise self._place.lost(error) from error
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            kind = ErrorType.DISK_FULL if full else ErrorType.EXIT_CODE
            raise ExecutorError(str(error), kind) from error
        except (ProbeError, CommandError, MaterialiseError) as error:
            raise ExecutorError(str(error), cause_of_text(str(error))) from error


def _looks_into_output(wanted: SystemSteps) -> bool:
    """Return whether a test needs more of its output than a record keeps."""
    outcome, validation = wanted.outcome, wanted.validation
    counted = any(tally.command is None for tally in (wanted.counts or {}).values())
    return (
        counted
        or (outcome is not None and outcome.stdout)
        or (validation is not None and validation.output_matches is not None)
    )


def _sample_ms(last_ms: float) -> int:
    if last_ms < SHORT_MS:
        return 1
    return 2 if last_ms < LONG_MS else 5
