"""What the sessions before say of each trial of a session."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from patterns.learning.change_points import DEFAULT, Course, inspect
from patterns.models import PatternContext
from patterns.store import PatternStore
from tracker.models import GroupResult, SessionInfo
from tracker.tracking.change import Change

FEWEST_SESSIONS = 2 * DEFAULT.shortest
"""With fewer there are no two levels to tell apart."""

Key = tuple[str | None, str | None, str | None]


def changes_of(
    store: PatternStore | None, session: SessionInfo, groups: Sequence[GroupResult]
) -> dict[str, Change]:
    """Return what is said of each finished trial by its run id; nothing without a store.

    A series is the medians of a test, repository and variant on one class of machine, a
    point for each session up to this one. A rise of its level among the newest
    `DEFAULT.recent` sessions is a regression of the latest trial.
    """
    if store is None:
        return {}
    wanted: dict[Key, str] = {
        (trial.test_id, trial.repo_id, trial.variant): trial.run_id
        for group in groups
        for trial in group.trials
        if trial.status == "finished"
    }
    series: dict[Key, list[tuple[int, float, str | None]]] = defaultdict(list)
    for record in store.records(trials=True):
        context, latency = record.context, record.pattern.latency_ms
        same = context.machine_class == session.machine.machine_class
        if (
            same
            and context.status == "finished"
            and latency is not None
            and _key(context) in wanted
        ):
            series[_key(context)].append((context.created_at, latency, context.run_id))
    return {
        run_id: _change(values)
        for key, run_id in wanted.items()
        if (values := _until(series.get(key, []), run_id))
    }


def _key(context: PatternContext) -> Key:
    return context.test_id, context.fixture_id, context.variant


def _until(points: list[tuple[int, float, str | None]], run_id: str) -> list[float]:
    """Return the values up to that of a trial, oldest first."""
    values = []
    for _, value, owner in sorted(points, key=lambda point: point[0]):
        values.append(value)
        if owner == run_id:
            return values
    return []


def _change(values: Sequence[float]) -> Change:
    before = len(values) - 1
    if len(values) < FEWEST_SESSIONS:
        ratio = values[-1] / median(values[:-1]) if before and median(values[:-1]) else None
        return Change(
            regression="too few sessions",
            ratio=ratio,
            words=f"Change over time: {before} sessions before, {FEWEST_SESSIONS - 1} are needed.",
        )
    course = inspect(values)
    found = _recent_rise(course, len(values))
    if found is None:
        points = course.change_points
        level = values[points[-1].index : -1] if points else values[:-1]
        usual = median(level) if level else None
        return Change(
            regression="none",
            ratio=values[-1] / usual if usual else None,
            words=f"Change over time: no regression found in {len(values)} sessions.",
        )
    point = course.change_points[found]
    share = "" if point.ratio is None else f" by {100 * (point.ratio - 1):.0f} %"
    return Change(
        regression=point.level.value,
        ratio=point.ratio,
        words=(
            f"Change over time: slower{share} for {point.n_after} sessions, against "
            f"{point.n_before} before ({point.level.value})."
        ),
    )


def _recent_rise(course: Course, count: int) -> int | None:
    """Return the place of the newest change point if it is a recent rise."""
    points = course.change_points
    if not points or not points[-1].rises or points[-1].index < count - DEFAULT.recent:
        return None
    return len(points) - 1
