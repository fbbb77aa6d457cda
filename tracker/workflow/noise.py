"""Null calibration: a command compared with itself, and what this machine could tell apart now."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from patterns.statistics.comparison import compare
from patterns.statistics.power import smallest_detectable_percent
from patterns.statistics.verdict import Comparison
from tracker import __version__
from tracker.analysis.samples import GroupSamples, collect
from tracker.config import InputError, default_config
from tracker.measurement.contamination import busy_share
from tracker.measurement.engine import measure_plan
from tracker.measurement.executor import Executor
from tracker.measurement.journal import Journal
from tracker.measurement.progress import Progress
from tracker.models import (
    GroupResult,
    OutcomeCheck,
    Plan,
    RepoSize,
    SessionInfo,
    Test,
    TestSuite,
    TrialGroup,
    Variant,
)
from tracker.models.base import Value
from tracker.models.enums import TestCategory
from tracker.plan import round_order
from tracker.workflow.archive import SessionFolder
from tracker.workflow.bench import local_executor
from tracker.workflow.fixtures import generated
from tracker.workflow.preparation import FIXTURE_SEED
from tracker.workflow.workspace import Workspace, open_workspace

COMMANDS = {"git": "git status --porcelain", "jujutsu": "jj log -n 20"}
"""One quick command and one that takes ten times as long."""

ROUNDS = 40
FEWEST_ROUNDS = 15
TOLD_ROUNDS = (15, 30, 100)
ALPHA = 0.05
METRICS = {"time_ms": "wall time", "cpu_ms": "CPU time"}


class NoiseRow(Value):
    """One command against itself on one metric; percentages, None is unknown.

    `ratio` and its interval would be 1 on a perfect machine; `smallest` maps a number of rounds to
    the slowdown that a single comparison of so many would find four times in five.
    """

    command: str
    metric: str
    rounds: int
    median_ms: float | None
    ratio: float | None
    interval: tuple[float, float] | None
    smallest: dict[int, float | None]
    others_percent: float | None


@dataclass(frozen=True)
class Calibration:
    """All rows, how many rounds were measured, and why a command could not be."""

    rows: tuple[NoiseRow, ...]
    rounds: int
    problems: tuple[str, ...]


Tell = Callable[[str, float | None], None]
MakeExecutor = Callable[[Workspace, Plan, SessionFolder, Tell], Executor]


def calibrate(
    project: Path | None,
    progress: Tell,
    *,
    rounds: int = ROUNDS,
    seed: int | None = None,
    make_executor: MakeExecutor = local_executor,
) -> Calibration:
    """Measure each command against itself, as a session would measure two variants.

    Nothing is stored: neither patterns nor runs nor a report.
    """
    if rounds < FEWEST_ROUNDS:
        raise InputError.single(
            "--rounds", f"{rounds} rounds say nothing of noise", advice=f"Take {FEWEST_ROUNDS}."
        )
    workspace = open_workspace(project)
    chosen = time.time_ns() % 2**32 if seed is None else seed
    plan = _plan(workspace, rounds, chosen)
    with tempfile.TemporaryDirectory(prefix="tracker-noise-") as name:
        folder = SessionFolder(Path(name) / f"benchmark-{time.time_ns() // 1_000_000}")
        executor = make_executor(workspace, plan, folder, progress)
        try:
            groups = _measured(plan, folder, executor, progress)
        finally:
            executor.close()
    rows = tuple(row for group, cores in groups for row in _rows(group, cores))
    return Calibration(rows, rounds, tuple(_problems([group for group, _ in groups])))


def _problems(groups: Sequence[GroupResult]) -> Iterator[str]:
    for group in groups:
        reasons = [trial.reason for trial in group.trials]
        reasons += [skipped.reason for skipped in group.skipped]
        yield from (f"{group.group.test.name}: {reason}" for reason in reasons if reason)


def _measured(
    plan: Plan,
    folder: SessionFolder,
    executor: Executor,
    progress: Tell,
) -> list[tuple[GroupResult, int | None]]:
    machine = executor.describe()
    session = SessionInfo(
        session_id=folder.session_id,
        config_id=plan.config.id,
        config_name="noise",
        config_hash="",
        started_ms=int(time.time() * 1000),
        seed=plan.seed,
        machine=machine,
        versions=executor.versions(),
        tracker_version=__version__,
    )

    def tell(step: Progress) -> None:
        progress(f"{step.group}: {step.step}", step.done / step.total if step.total else None)

    with Journal(folder.journal, sync=lambda _: None) as journal:
        results = measure_plan(
            plan,
            session,
            executor,
            journal,
            order=lambda name, number, count: round_order(plan.seed, name, number, count),
            progress=tell,
        )
        return [(result, machine.cores) for result in results]


def _plan(workspace: Workspace, rounds: int, seed: int) -> Plan:
    tests = tuple(
        Test(
            id=f"noise-{system}",
            name=command,
            command=command,
            vcs_types=(system,),
            mutates=False,
            outcome=OutcomeCheck(stdout=True, across=False),  # copies have own ids
        )
        for system, command in COMMANDS.items()
        if workspace.tool("jj" if system == "jujutsu" else system)
    )
    suite = TestSuite(id="noise", name="noise", category=TestCategory.EDGE_CASES, tests=tests)
    config = default_config((suite,), ("noise",))
    execution = config.execution.model_copy(update={"iterations": rounds})
    return Plan(
        config=config.model_copy(update={"execution": execution}),
        seed=seed,
        groups=tuple(
            TrialGroup(
                suite_id=suite.id,
                suite_name=suite.name,
                test=test,
                fixture=generated(RepoSize.SMALL, FIXTURE_SEED),
                variants=tuple(
                    Variant(name=name, vcs_type=test.vcs_types[0])
                    for name in (test.vcs_types[0], f"{test.vcs_types[0]}+again")
                ),
            )
            for test in tests
        ),
    )


def _rows(group: GroupResult, cores: int | None) -> tuple[NoiseRow, ...]:
    samples = collect(group)
    busy = busy_share(group.measured, cores)
    return tuple(_row(group, samples, metric, busy) for metric in METRICS)


def _row(group: GroupResult, samples: GroupSamples, metric: str, busy: float | None) -> NoiseRow:
    command, name = group.group.test.name, METRICS[metric]
    others = None if busy is None else 100 * busy
    if len(samples.variants) < 2:  # noqa: PLR2004  a pair
        return NoiseRow(
            command=command, metric=name, rounds=0, median_ms=None, ratio=None, interval=None,
            smallest={}, others_percent=others,
        )  # fmt: skip
    compared = compare(
        *(samples.column(metric, variant) for variant in samples.variants), paired=True, alpha=ALPHA
    )
    times = sorted(samples.column(metric, samples.variants[0]))
    interval = compared.interval
    return NoiseRow(
        command=command,
        metric=name,
        rounds=compared.n,
        median_ms=float(times[len(times) // 2]),
        ratio=compared.ratio,
        interval=(interval.low, interval.high) if interval else None,
        smallest={number: _smallest(compared, number) for number in TOLD_ROUNDS},
        others_percent=others,
    )


def _smallest(compared: Comparison, rounds: int) -> float | None:
    """Return what so many rounds would find: the standard error shrinks with their root."""
    if compared.standard_error is None or compared.n == 0:
        return None
    error = compared.standard_error * (compared.n / rounds) ** 0.5
    return smallest_detectable_percent(error, rounds - 1, ALPHA)


def as_table(rows: Sequence[NoiseRow]) -> list[dict[str, object]]:
    """Return the rows as a person reads them: percentages with two digits."""
    return [
        {
            "command": row.command,
            "metric": row.metric,
            "median ms": _short(row.median_ms, 3),
            "itself": _interval(row),
            **{f"{number} rounds": _percent(row.smallest.get(number)) for number in TOLD_ROUNDS},
            "others": _percent(row.others_percent),
        }
        for row in rows
    ]


def _interval(row: NoiseRow) -> str | None:
    if row.ratio is None or row.interval is None:
        return None
    low, high = row.interval
    return f"{row.ratio:.3f}× [{low:.3f}–{high:.3f}]"


def _percent(value: float | None) -> str | None:
    text = _short(value, 2)
    return None if text is None else f"{text} %"


def _short(value: float | None, digits: int) -> str | None:
    return None if value is None else f"{value:.{digits}g}"
