"""Reading trials, sessions and iterations."""

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from patterns.models import FailedRun, PatternRecord, TrialRow
from patterns.store.rows import RECORD_COLUMNS, TRIAL_COLUMNS, record_of, trial_of
from patterns.store.values import RunRow, SessionRow
from patterns.tables import patterns, results

_c = patterns.c

_RUN_COLUMNS = tuple(_c[name] for name in RunRow.model_fields)


def list_runs(
    connection: Connection, session_id: str | None, limit: int | None
) -> tuple[RunRow, ...]:
    """Return the trials, newest first."""
    query = select(*_RUN_COLUMNS).where(_c.run_id.is_not(None))
    if session_id is not None:
        query = query.where(_c.session_id == session_id)
    query = query.order_by(_c.created_at.desc(), _c.id.desc()).limit(limit)
    return tuple(RunRow(**dict(row)) for row in connection.execute(query).mappings())


def find_run(connection: Connection, run_id: str) -> PatternRecord | None:
    """Return a trial's pattern and context, or None where there is no such trial."""
    query = select(*RECORD_COLUMNS).where(_c.run_id == run_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else record_of(row)


def list_trials(connection: Connection, operation: str) -> tuple[PatternRecord, ...]:
    """Return the trials of an operation, oldest first."""
    query = (
        select(*RECORD_COLUMNS)
        .where(_c.operation == operation, _c.run_id.is_not(None))
        .order_by(_c.created_at, _c.id)
    )
    return tuple(record_of(row) for row in connection.execute(query).mappings())


def list_failures(connection: Connection, operation: str) -> tuple[FailedRun, ...]:
    """Return how iterations of an operation failed, by trial and cause, newest first."""
    column = results.c
    cause = func.coalesce(column.error_type, "unknown").label("cause")
    group = column.run_id, column.variant, column.repo_size, cause
    last = func.max(column.timestamp)
    query = (
        select(*group, func.count(), last)
        .where(column.success == 0, column.operation == operation)
        .group_by(*group)
        .order_by(last.desc(), column.run_id, cause)
    )
    return tuple(FailedRun(*row) for row in connection.execute(query).all())


def list_results(connection: Connection, run_id: str) -> tuple[TrialRow, ...]:
    """Return a trial's iterations, in their order."""
    column = results.c
    query = select(*TRIAL_COLUMNS).where(column.run_id == run_id).order_by(column.iteration)
    return tuple(trial_of(row) for row in connection.execute(query).mappings())


def list_sessions(connection: Connection) -> tuple[SessionRow, ...]:
    """Return the sessions that have trials, newest first."""
    first = func.min(_c.created_at)
    query = (
        select(
            _c.session_id,
            func.count().label("trials"),
            func.sum(_c.success).label("successes"),
            first.label("first_at"),
            func.max(_c.created_at).label("last_at"),
        )
        .where(_c.run_id.is_not(None))
        .group_by(_c.session_id)
        .order_by(first.desc(), _c.session_id.desc())
    )
    return tuple(SessionRow(**dict(row)) for row in connection.execute(query).mappings())


def find_baseline(connection: Connection, context: Mapping[str, str]) -> PatternRecord | None:
    """Return the oldest finished, successful trial whose columns have these values."""
    query = (
        select(*RECORD_COLUMNS)
        .where(
            *(_c[name] == value for name, value in context.items()),
            _c.success == 1,
            _c.status == "finished",
            _c.run_id.is_not(None),
        )
        .order_by(_c.created_at, _c.id)
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else record_of(row)
