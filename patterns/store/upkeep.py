"""Reading whole records one after the other, replacing many of them, and pruning."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from sqlalchemy import Connection, Select, delete, func, or_, select, update

from patterns.models import PatternRecord
from patterns.store import daily, rollup
from patterns.store.matching import groups
from patterns.store.rows import RECORD_COLUMNS, pattern_row, record_of
from patterns.store.values import PrunedTask
from patterns.tables import patterns, results

_AT_ONCE = 1_000

_c = patterns.c


def list_records(
    connection: Connection, tasks: Sequence[str] | None, *, trials: bool | None
) -> Iterator[PatternRecord]:
    """Return the patterns of tasks, or of all, in the order they came; trials, others or both."""
    wanted = select(_c.id, *RECORD_COLUMNS)
    if trials is not None:
        wanted = wanted.where(_c.run_id.is_not(None) if trials else _c.run_id.is_(None))
    given = None if tasks is None else frozenset(tasks)
    last = -1
    while rows := list(
        connection.execute(wanted.where(_c.id > last).order_by(_c.id).limit(_AT_ONCE)).mappings()
    ):
        last = rows[-1]["id"]
        yield from (record_of(row) for row in rows if given is None or row["task"] in given)


def find(connection: Connection, key: str) -> PatternRecord | None:
    """Return the pattern of a run's id or of a content hash in hexadecimal digits."""
    condition = _c.run_id == key
    with suppress(ValueError):  # what is no hash can be a run alone
        condition = or_(condition, _c.content_hash == bytes.fromhex(key))
    row = connection.execute(select(*RECORD_COLUMNS).where(condition).limit(1)).mappings().first()
    return None if row is None else record_of(row)


def replace_trials(connection: Connection, records: Sequence[PatternRecord]) -> int:
    """Write trials that are there anew; return how many were there."""
    changed, cells = 0, set()
    for record in records:
        row = pattern_row(record)
        of_run = _c.run_id == row["run_id"]
        known = connection.execute(select(_c.task, _c.variant).where(of_run)).first()
        if known is None:
            continue
        connection.execute(update(patterns).where(of_run).values(**row))
        cells |= {(known.task, known.variant), (row["task"], row["variant"])}
        changed += 1
    rollup.recount(connection, cells)
    return changed


def prunable(connection: Connection, before: int, keep: int) -> tuple[PrunedTask, ...]:
    """Return what a prune would remove, by task; see `PatternStore.prune`."""
    ids = _prunable_ids(before, keep).subquery()
    query = (
        select(_c.task, func.count(), func.min(_c.created_at), func.max(_c.created_at))
        .where(_c.id.in_(select(ids)))
        .group_by(_c.task)
    )
    removed = {row[0]: row for row in connection.execute(query)}
    there = select(_c.task, func.count()).where(_c.task.in_(list(removed))).group_by(_c.task)
    left = {row[0]: row[1] for row in connection.execute(there)} if removed else {}
    return tuple(
        PrunedTask(
            task=task,
            removed=row[1],
            left=left[task] - row[1],
            oldest=row[2],
            newest=row[3],
        )
        for task, row in sorted(removed.items())
    )


def prune(connection: Connection, before: int, keep: int) -> tuple[PrunedTask, ...]:
    """Remove what `prunable` tells, with the iterations of the trials among it."""
    told = prunable(connection, before, keep)
    ids = list(connection.scalars(_prunable_ids(before, keep)))
    cells: set[tuple[str, str]] = set()
    touched: set[daily.Group] = set()
    for some in groups(ids, _AT_ONCE // 2):
        gone = _c.id.in_(some)
        rows = connection.execute(select(_c.task, _c.variant, _c.run_id).where(gone)).all()
        cells |= {(row.task, row.variant) for row in rows}
        runs = [row.run_id for row in rows if row.run_id is not None]
        touched |= daily.days_of(connection, runs)
        connection.execute(delete(results).where(results.c.run_id.in_(runs)))
        connection.execute(delete(patterns).where(gone))
    rollup.recount(connection, cells)
    daily.refresh_days(connection, touched)
    return told


def _prunable_ids(before: int, keep: int) -> Select[tuple[int]]:
    newest_first = _c.created_at.desc(), _c.id.desc()
    place = func.row_number().over(partition_by=_c.task, order_by=newest_first)
    placed = select(_c.id, _c.created_at, _c.run_id, place.label("place")).subquery()
    pinned = patterns.alias()
    # Rewards are pinned to these runs: without them a later trial would be pinned to another.
    pins = select(pinned.c.baseline_run_id).where(pinned.c.baseline_run_id.is_not(None))
    free = or_(placed.c.run_id.is_(None), placed.c.run_id.not_in(pins))
    old = placed.c.created_at < before
    return select(placed.c.id).where(placed.c.place > keep, old, free).order_by(placed.c.id)
