"""The recommendations of reports."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from patterns.models import Recommendation
from patterns.store.values import StoredRecommendation
from patterns.tables import recommendations

_c = recommendations.c


def replace(
    connection: Connection, report_id: str, created_at: int, given: Sequence[Recommendation]
) -> int:
    """Write a report's recommendations in place of those it had; return how many."""
    connection.execute(delete(recommendations).where(_c.report_id == report_id))
    rows = [
        {
            "report_id": report_id,
            "priority": one.priority,
            "category": one.category,
            "title": one.title,
            "description": one.description,
            "expected_impact": one.expected_impact.improvement,
            "created_at": created_at,
            "details": one.to_json(),
        }
        for one in given
    ]
    if rows:
        connection.execute(insert(recommendations), rows)
    return len(rows)


def listed(connection: Connection, report_id: str) -> tuple[StoredRecommendation, ...]:
    """Return a report's recommendations, in the order they were given."""
    columns = (_c[name] for name in StoredRecommendation.model_fields)
    query = select(*columns).where(_c.report_id == report_id).order_by(_c.id)
    return tuple(StoredRecommendation(**dict(row)) for row in connection.execute(query).mappings())
