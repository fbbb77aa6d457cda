"""Versions of one tool measured in turns on one test until the evidence decides."""

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tracker.config import InputError
from tracker.measurement.executor import Executor, ExecutorError, TrialSpec, Turn
from tracker.measurement.turn import RunningTrial, TurnTaker
from tracker.models import Plan, RawMetric, TrialGroup, Variant
from tracker.vcs.registry import get_vcs
from tracker.workflow.archive import folder_of
from tracker.workflow.bench import Report, local_executor
from tracker.workflow.workspace import Workspace

WARM_UPS = 2
"""Rounds that are discarded."""

MOST_ROUNDS = 2_000

MOST_FAILED = 3
"""Rounds that may fail before a duel is given up."""

TIMEOUT_MS = 300_000


class DuelError(ExecutorError):
    """A version could not be measured; exit code 4."""


def _cpu(raw: RawMetric) -> float | None:
    cpu = raw.performance.cpu
    if cpu.user_time is None or cpu.system_time is None:
        return None
    return cpu.user_time + cpu.system_time


VALUES: Mapping[str, Callable[[RawMetric], float | None]] = {
    "time": lambda raw: raw.execution.duration_ms,
    "cpu": _cpu,
    "memory": lambda raw: raw.performance.memory.peak,
}
"""Metric → where an iteration has it."""


@dataclass(frozen=True)
class Version:
    """A tool's program, as a variant that names its path."""

    name: str
    variant: Variant


@dataclass
class Rounds:
    """The log ratios of every complete round, by metric."""

    log_ratios: dict[str, list[float]] = field(default_factory=dict)
    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    failed: int = 0
    seconds: float = 0.0

    def add(self, old: RawMetric, new: RawMetric, metrics: Sequence[str]) -> None:
        """Take in a round."""
        for metric in metrics:
            before, after = VALUES[metric](old), VALUES[metric](new)
            if before is None or after is None or before <= 0 or after <= 0:
                continue
            self.log_ratios.setdefault(metric, []).append(math.log(after / before))
            kept = self.values.setdefault(metric, {"old": [], "new": []})
            kept["old"].append(before)
            kept["new"].append(after)


def version_of(program: Path, vcs_type: str, name: str) -> Version:
    """Return the version that a program is.

    Raises
    ------
    InputError
        Where there is no such program.
    """
    path = program.expanduser().absolute()
    if not path.is_file():
        raise InputError.single(program, "is no program", advice="Give the path of the tool.")
    tool = get_vcs(vcs_type).tools[0]
    variant = Variant(name=name, vcs_type=vcs_type, tools={tool: str(path)})
    return Version(str(program), variant)


@contextmanager
def opened_executor(
    workspace: Workspace, plan: Plan, progress: Report, *, clock: Callable[[], float] = time.time
) -> Iterator[Executor]:
    """Open what runs a duel on this machine, and close it whatever happens."""
    folder = folder_of(workspace.project, f"benchmark-{int(clock() * 1000)}")
    executor = local_executor(workspace, plan, folder, progress)
    try:
        yield executor
    finally:
        executor.close()


def measure_rounds(
    executor: Executor,
    group: TrialGroup,
    old: Version,
    new: Version,
    *,
    metrics: Sequence[str],
    decided: Callable[[Rounds], bool],
    budget_s: float,
    seed: int,
    monotonic: Callable[[], float] = time.monotonic,
    clock: Callable[[], float] = time.time,
    progress: Callable[[Rounds], None] = lambda _: None,
) -> Rounds:
    """Measure two versions in rounds of random order until decided or out of budget.

    Parameters
    ----------
    group : TrialGroup
        Test and repository.
    decided : callable
        Asked after every round; its answer may depend on everything seen.
    budget_s : float
        Seconds, warm-up included; the round at hand is finished.

    Raises
    ------
    DuelError
        When a version fails three rounds, or cannot be set up.
    """
    # A seeded order can be repeated; it guards no secret.
    order = random.Random(seed)  # noqa: S311
    taker = TurnTaker(executor, executor.describe(), clock)
    began = monotonic()
    rounds = Rounds()
    with _begun(executor, group, (old, new)) as trials:
        for number in range(1, MOST_ROUNDS + WARM_UPS + 1):
            warm = number <= WARM_UPS
            raws = _round(taker, trials, number, order, warm=warm)
            rounds.seconds = monotonic() - began
            if raws is None:
                rounds.failed += 1
                _check_hope(rounds, group, trials)
            elif not warm:
                rounds.add(*raws, metrics)
                progress(rounds)
            if rounds.seconds >= budget_s or (raws and not warm and decided(rounds)):
                break
    return rounds


@contextmanager
def _begun(
    executor: Executor, group: TrialGroup, versions: Sequence[Version]
) -> Iterator[list[RunningTrial]]:
    """Begin the trials of some versions, and end those that were begun."""
    trials: list[RunningTrial] = []
    try:
        fixture = executor.fixture(group.fixture)
        for version in versions:
            trial = _trial(group, version, fixture, len(trials))
            executor.begin(trial.spec)
            trials.append(trial)
        yield trials
    except ExecutorError as error:
        if isinstance(error, DuelError):
            raise
        raise DuelError(f"{group.test.id}: {error}") from error
    finally:
        for trial in trials:
            executor.end(trial.spec, failed=False)


def _check_hope(rounds: Rounds, group: TrialGroup, trials: Sequence[RunningTrial]) -> None:
    if rounds.failed < MOST_FAILED:
        return
    reasons = {
        f"{trial.spec.variant.name}: {reason}"
        for trial in trials
        for reason in trial.failures
        if reason is not None
    }
    raise DuelError(f"{group.test.id}: {MOST_FAILED} rounds failed ({'; '.join(sorted(reasons))})")


def _trial(group: TrialGroup, version: Version, fixture: object, place: int) -> RunningTrial:
    test = group.test
    spec = TrialSpec.model_validate(
        {
            "group": group.key,
            "suite_id": group.suite_id,
            "test": test,
            "variant": version.variant,
            "fixture": fixture,
            "run_id": f"duel-{place}",
            "setup": group.setup,
            "teardown": group.teardown,
            "timeout_ms": test.timeout or TIMEOUT_MS,
        }
    )
    return RunningTrial(spec=spec, wanted=test.for_vcs(version.variant.vcs_type))


def _round(
    taker: TurnTaker,
    trials: Sequence[RunningTrial],
    number: int,
    order: random.Random,
    *,
    warm: bool,
) -> tuple[RawMetric, RawMetric] | None:
    """Return what both made of a round, old first; None where one failed."""
    places = [0, 1]
    order.shuffle(places)
    raws: dict[int, RawMetric] = {}
    for turn_order, place in enumerate(places):
        turn = Turn(phase="warm-up" if warm else "measured", round=number, order=turn_order)
        result = taker.take(trials[place], turn)
        raw = result.record.raw
        trials[place].failures.append(None if raw.quality.success else result.reason or "failed")
        raws[place] = raw
    if not all(raw.quality.success for raw in raws.values()):
        return None
    return raws[0], raws[1]
