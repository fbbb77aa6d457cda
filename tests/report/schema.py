"""Writes docs/report.schema.json: `python -m tests.report.schema`."""

import json
from pathlib import Path

from tracker.config import report_schema

PAGE = Path(__file__).parents[2] / "docs" / "report.schema.json"


def text() -> str:
    """Return the published schema of a report."""
    return json.dumps(report_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
