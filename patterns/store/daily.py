"""The daily means of `performance_trends`, always computed from all iterations of their days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import fsum
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from patterns.store.values import DailyTrend
from patterns.tables import results, trends

MS_PER_DAY = 86_400_000

_c, _t = results.c, trends.c
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).date()

Group = tuple[str, str, int]


def refresh(connection: Connection, operations: Sequence[str] | None) -> int:
    """Write the trends anew, of some operations or of all; return how many rows there are.

    Only successful iterations whose time is known count. The means are correctly rounded
    sums, so that the order in which a database returns rows makes no difference.
    """
    gone, wanted = delete(trends), _measured()
    if operations is not None:
        gone = gone.where(_t.operation.in_(operations))
        wanted = wanted.where(_c.operation.in_(operations))
    groups: defaultdict[Group, list[tuple[float, int | None]]] = defaultdict(list)
    for row in connection.execute(wanted):
        day = row.timestamp // MS_PER_DAY
        group = row.operation, row.vcs_type, day
        groups[group].append((row.execution_time_ms, row.memory_peak_bytes))
    connection.execute(gone)
    rows = [_row(group, found) for group, found in sorted(groups.items())]
    if rows:
        connection.execute(insert(trends), rows)
    return len(rows)


def refresh_days(connection: Connection, touched: Iterable[Group]) -> None:
    """Write the trends of (operation, system, day) anew, in the transaction that touched them."""
    for operation, vcs_type, day in sorted(set(touched)):
        wanted = _measured().where(
            _c.operation == operation,
            _c.vcs_type == vcs_type,
            _c.timestamp >= day * MS_PER_DAY,
            _c.timestamp < (day + 1) * MS_PER_DAY,
        )
        found = [
            (row.execution_time_ms, row.memory_peak_bytes) for row in connection.execute(wanted)
        ]
        there = _t.operation == operation, _t.vcs_type == vcs_type, _t.date == _date(day)
        connection.execute(delete(trends).where(*there))
        if found:
            connection.execute(insert(trends), [_row((operation, vcs_type, day), found)])


def day_of(row: Mapping[Any, Any]) -> Group:
    """Return which day of which series an iteration is in."""
    return row["operation"], row["vcs_type"], row["timestamp"] // MS_PER_DAY


def days_of(connection: Connection, run_ids: Sequence[str]) -> set[Group]:
    """Return which days of which series the iterations of runs are in."""
    query = select(_c.operation, _c.vcs_type, _c.timestamp).where(_c.run_id.in_(run_ids))
    return {day_of(row) for row in connection.execute(query).mappings()}


def list_trends(
    connection: Connection, operation: str | None, vcs_type: str | None
) -> tuple[DailyTrend, ...]:
    """Return the daily means by operation, system and day."""
    query = select(*(_t[name] for name in DailyTrend.model_fields))
    if operation is not None:
        query = query.where(_t.operation == operation)
    if vcs_type is not None:
        query = query.where(_t.vcs_type == vcs_type)
    rows = connection.execute(query).mappings()
    found = (DailyTrend(**dict(row)) for row in rows)
    # Sorted here: databases differ in how they order text.
    return tuple(sorted(found, key=lambda row: (row.operation, row.vcs_type, row.date)))


def _measured() -> Any:  # noqa: ANN401  SQLAlchemy's type has a parameter for each column
    return select(
        _c.operation, _c.vcs_type, _c.timestamp, _c.execution_time_ms, _c.memory_peak_bytes
    ).where(_c.success == 1, _c.execution_time_ms.is_not(None))


def _date(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()


def _row(group: Group, found: Sequence[tuple[float, int | None]]) -> dict[str, object]:
    operation, vcs_type, day = group
    times = [time for time, _ in found]
    memory = [peak for _, peak in found if peak is not None]
    return {
        "operation": operation,
        "vcs_type": vcs_type,
        "date": _date(day),
        "avg_time_ms": fsum(times) / len(times),
        "avg_memory_bytes": sum(memory) / len(memory) if memory else None,
        "sample_count": len(found),
    }
