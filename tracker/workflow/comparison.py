"""`tracker compare`: sessions, variants or runs against one another."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from patterns.models import PatternRecord, TrialRow, Value
from tracker.analysis.contrast import ContrastTable, Match, Side, contrast, counts
from tracker.analysis.samples import FloatArray, collect
from tracker.config import InputError
from tracker.models import GroupResult, Machine, SessionInfo
from tracker.models.config import Analysis
from tracker.vcs.registry import get_vcs
from tracker.workflow.archive import SessionFolder, all_sessions, find_session
from tracker.workflow.reports import recorded_groups
from tracker.workflow.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from patterns.store import PatternStore

Metric = Literal["time", "cpu", "memory", "io"]

COLUMNS: Mapping[str, str] = {
    "time": "time_ms",
    "cpu": "cpu_ms",
    "memory": "memory_bytes",
    "io": "io_ops",
}
"""What `--metric` calls the samples."""

SESSION = re.compile(r"benchmark-[0-9]+")
RUN = re.compile(r"run-[0-9]+-[0-9a-f]{6}")

Place = tuple[str, str, str, str]
"""Suite, test, repository, variant."""


class Compared(Value):
    """What was compared with what, and what came out."""

    kind: Literal["sessions", "variants", "runs"]
    baseline: str
    candidate: str
    counts: dict[str, int]
    table: ContrastTable
    warnings: tuple[str, ...] = ()

    @property
    def regressed(self) -> bool:
        """Return whether anything got worse."""
        return self.counts["regressed"] > 0

    @property
    def undecided(self) -> bool:
        """Return whether something could not be decided."""
        return self.counts["inconclusive"] + self.counts["missing"] > 0


@dataclass(frozen=True)
class _Measured:
    """A session that was read back."""

    info: SessionInfo
    groups: Sequence[GroupResult]
    settings: Analysis


def compare_sides(
    project: Path | None,
    baseline: str | None,
    candidate: str | None,
    *,
    metric: Metric = "time",
    session: str | None = None,
    other_machine: bool = False,
) -> Compared:
    """Compare two sessions, two variants of one session, or two runs.

    Parameters
    ----------
    baseline, candidate : str, optional
        Session ids, names of variants or run ids, both of one kind. Without them: the latest
        session against the one before it of the same configuration and machine class.
    metric : {'time', 'cpu', 'memory', 'io'}
        Less is better in each.
    session : str, optional
        Where variants are looked up; else the latest session.
    other_machine : bool
        Compare sessions of different machine classes all the same, with a warning.

    Raises
    ------
    InputError
        When a side is unknown, kinds differ, or the machines do.
    """
    workspace = open_workspace(project)
    if baseline is None or candidate is None:
        if baseline is not None:
            raise InputError.single(
                baseline, "has nothing to be compared with", advice="Give BASELINE and CANDIDATE."
            )
        baseline, candidate = _latest_two(workspace)
    kinds = {_kind(baseline), _kind(candidate)}
    if len(kinds) > 1:
        raise InputError.single(
            f"{baseline} {candidate}",
            "are not of one kind",
            advice="Give two sessions (benchmark-…), two runs (run-…) or two variants.",
        )
    (kind,) = kinds
    if kind == "sessions":
        return _sessions(workspace, baseline, candidate, metric, other_machine=other_machine)
    if kind == "runs":
        return _runs(workspace, baseline, candidate, metric, other_machine=other_machine)
    return _variants(workspace, baseline, candidate, metric, session)


def _kind(name: str) -> Literal["sessions", "variants", "runs"]:
    if SESSION.fullmatch(name):
        return "sessions"
    return "runs" if RUN.fullmatch(name) else "variants"


def _latest_two(workspace: Workspace) -> tuple[str, str]:
    finished = [one for one in all_sessions(workspace.project) if one.finished]
    if finished:
        last = finished[-1].session()
        for folder in reversed(finished[:-1]):
            info = folder.session()
            same_machine = info.machine.machine_class == last.machine.machine_class
            if info.config_id == last.config_id and same_machine:
                return info.session_id, last.session_id
    raise InputError.single(
        workspace.project.sessions,
        "holds no two sessions of one configuration and machine class",
        advice="Measure twice, or name what to compare: tracker compare BASELINE CANDIDATE",
    )


def _read(folder: SessionFolder) -> _Measured:
    return _Measured(folder.session(), recorded_groups(folder), folder.plan().config.analysis)


def _sessions(
    workspace: Workspace, baseline: str, candidate: str, metric: Metric, *, other_machine: bool
) -> Compared:
    folders = [find_session(workspace.project, one) for one in (baseline, candidate)]
    old, new = (_read(folder) for folder in folders)
    warnings = _machines(old.info.machine, new.info.machine, other_machine=other_machine)
    sides = [dict(_sides(one, COLUMNS[metric])) for one in (old, new)]
    matches = [
        Match(place[1], place[2], place[3], sides[0].get(place), sides[1].get(place))
        for place in dict.fromkeys([*sides[0], *sides[1]])
    ]
    table = contrast(
        matches,
        metric,
        new.settings,
        paired=False,
        earlier_noise=None if warnings or metric != "time" else lambda: _earlier_noise(folders),
    )
    return _compared("sessions", baseline, candidate, table, warnings)


def _earlier_noise(folders: Sequence[SessionFolder]) -> float | None:
    """Return the noise between sessions that the report of either session found in its history."""
    for folder in reversed(folders):
        if folder.finished:
            floor = folder.report().historical.noise_floor
            if floor is not None:
                return floor
    return None


def _variants(
    workspace: Workspace, baseline: str, candidate: str, metric: Metric, session: str | None
) -> Compared:
    measured = _read(find_session(workspace.project, session))
    names = {one.name for group in measured.groups for one in group.group.variants}
    for name in (baseline, candidate):
        if name not in names:
            raise InputError.single(
                name,
                f"is no variant of {measured.info.session_id}",
                advice=f"It has {', '.join(sorted(names))}.",
            )
    sides = dict(_sides(measured, COLUMNS[metric]))
    places = dict.fromkeys(place[:3] for place in sides if place[3] in (baseline, candidate))
    matches = [
        Match(
            place[1],
            place[2],
            candidate,
            sides.get((*place, baseline)),
            sides.get((*place, candidate)),
        )
        for place in places
    ]
    table = contrast(matches, metric, measured.settings, paired=True)
    where = f" in {measured.info.session_id}"
    return _compared("variants", baseline, candidate + where, table, ())


def _sides(measured: _Measured, column: str) -> Iterable[tuple[Place, Side]]:
    for group in measured.groups:
        if group.fixture is None or not group.trials:
            continue
        samples = collect(group)
        for trial in group.trials:
            if trial.variant in samples.variants:
                place = trial.suite_id, trial.test_id, trial.repo_id, trial.variant
                yield (
                    place,
                    Side(
                        samples.column(column, trial.variant),
                        trial.run_id,
                        measured.info.versions.get(get_vcs(trial.vcs_type).tools[0]),
                    ),
                )


def _runs(
    workspace: Workspace, baseline: str, candidate: str, metric: Metric, *, other_machine: bool
) -> Compared:
    """Compare two trials as the store has them; those of one group share their rounds."""
    from tracker.workflow.history import open_store  # noqa: PLC0415  it loads SQLAlchemy

    with open_store(workspace) as store:
        old, new = _stored(store, baseline), _stored(store, candidate)
        rows = [store.results(one) for one in (baseline, candidate)]
    contexts = old.context, new.context
    warnings: tuple[str, ...] = ()
    if contexts[0].machine_class != contexts[1].machine_class:
        warnings = _differ("machine class", *(one.machine_class for one in contexts))
        if not other_machine:
            raise _refused(warnings[0])
    if contexts[0].test_id != contexts[1].test_id:
        warnings += _differ("test", contexts[0].test_id, contexts[1].test_id)
    if contexts[0].fixture_id != contexts[1].fixture_id:
        warnings += _differ("repository", contexts[0].fixture_id, contexts[1].fixture_id)
    same = (
        old.pattern.session_id == new.pattern.session_id
        and contexts[0].test_id == contexts[1].test_id
        and contexts[0].fixture_id == contexts[1].fixture_id
    )
    values = _aligned(rows[0], rows[1], metric) if same else [_values(one, metric) for one in rows]
    match = Match(
        contexts[1].test_id or contexts[1].operation,
        contexts[1].fixture_id or contexts[1].repo_size,
        contexts[1].variant,
        Side(values[0], baseline, contexts[0].vcs_version),
        Side(values[1], candidate, contexts[1].vcs_version),
    )
    table = contrast([match], metric, Analysis(), paired=same)
    return _compared("runs", baseline, candidate, table, warnings)


def _stored(store: "PatternStore", run_id: str) -> PatternRecord:
    record = store.run(run_id)
    if record is None:
        raise InputError.single(run_id, "is no run in the store", advice="See: tracker runs list")
    return record


def _read_row(metric: Metric) -> Callable[[TrialRow], float | None]:
    def total(one: float | None, other: float | None) -> float | None:
        return None if one is None or other is None else one + other

    return {
        "time": lambda row: row.execution_time_ms,
        "cpu": lambda row: total(row.cpu_user_ms, row.cpu_system_ms),
        "memory": lambda row: row.memory_peak_bytes,
        "io": lambda row: total(row.io_read_ops, row.io_write_ops),
    }[metric]


def _by_round(rows: Sequence[TrialRow], metric: Metric) -> dict[int, float]:
    read = _read_row(metric)
    return {
        row.iteration if row.round is None else row.round: value
        for row in rows
        if row.success and (value := read(row)) is not None
    }


def _values(rows: Sequence[TrialRow], metric: Metric) -> FloatArray:
    return np.array(list(_by_round(rows, metric).values()), dtype=np.float64)


def _aligned(
    baseline: Sequence[TrialRow], candidate: Sequence[TrialRow], metric: Metric
) -> list[FloatArray]:
    sides = [_by_round(one, metric) for one in (baseline, candidate)]
    rounds = sorted(set(sides[0]) | set(sides[1]))
    return [np.array([side.get(number, math.nan) for number in rounds]) for side in sides]


def _machines(old: Machine, new: Machine, *, other_machine: bool) -> tuple[str, ...]:
    if old.machine_class == new.machine_class:
        return ()
    fields = ("cpu", "cores", "memory_bytes", "storage", "kernel", "environment", "image_id")
    differing = [
        f"{name} {getattr(old, name)} and {getattr(new, name)}"
        for name in fields
        if getattr(old, name) != getattr(new, name)
    ]
    said = f"the machines differ: {'; '.join(differing) or 'class of the machine'}"
    if not other_machine:
        raise _refused(said)
    return (said,)


def _differ(what: str, old: object, new: object) -> tuple[str, ...]:
    return (f"the {what} differs: {old} and {new}",)


def _refused(said: str) -> InputError:
    return InputError.single(
        "compare",
        said,
        advice="Times of different machines say nothing of one another; "
        "give --allow-different-machine to see them all the same.",
    )


def _compared(
    kind: Literal["sessions", "variants", "runs"],
    baseline: str,
    candidate: str,
    table: ContrastTable,
    warnings: tuple[str, ...],
) -> Compared:
    if not table.contrasts or all(one.outcome == "missing" for one in table.contrasts):
        raise InputError.single(
            f"{baseline} {candidate}",
            "have no test in common",
            advice="Compare what measured the same tests: tracker runs list",
        )
    if table.noise_supposed:
        floor = table.noise_between_sessions
        warnings += (
            f"too few tests tell the noise between the sessions: {floor:.0f} % is supposed",
        )
    found = {str(outcome): n for outcome, n in counts(table).items()}
    return Compared(
        kind=kind,
        baseline=baseline,
        candidate=candidate,
        counts=found,
        table=table,
        warnings=warnings,
    )
