"""The report as JSON, piece by piece: of thousands of results none but one is in memory as text."""

import json
from collections.abc import Iterator

from tracker.models import BenchmarkReport
from tracker.models.base import Value

MOST_INDENTED = 200
"""Results that are laid out for people; of more nobody reads the JSON."""


def json_parts(report: BenchmarkReport) -> Iterator[str]:
    """Give the report's JSON; a small one is indented, of a large one a result is a line."""
    if len(report.results) <= MOST_INDENTED:
        yield report.to_json(indent=2) + "\n"
        return
    between = "{"
    for name, field in type(report).model_fields.items():
        yield f"{between}\n{json.dumps(field.alias or name)}: "
        between = ","
        if name == "results":
            yield from _listed(report)
        else:
            value = getattr(report, name)
            yield value.to_json() if isinstance(value, Value) else json.dumps(value)
    yield "\n}\n"


def _listed(report: BenchmarkReport) -> Iterator[str]:
    yield "["
    for place, result in enumerate(report.results):
        yield f"{',' if place else ''}\n{result.to_json()}"
    yield "\n]"
