"""A series drawn in a terminal with blocks of eighths, its changes of level marked."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.workflow.series_analysis import ShownTrend

BLOCKS = "▁▂▃▄▅▆▇█"

HEIGHT = 6
"""Lines of a drawing."""

WIDTH = 72
"""Columns; beyond, only the newest points are drawn, and it is said."""


def draw(shown: "ShownTrend") -> str:
    """Return a series as lines of text: heading, drawing, and what is said of it."""
    key, points = shown.series.key, shown.series.points
    values = [point.value for point in points][-WIDTH:]
    first = len(points) - len(values)
    heading = " · ".join(part for part in (key.test, key.repository, key.variant) if part)
    left_out = f", the newest {len(values)} drawn" if first else ""
    span = f"{_day(points[0].timestamp_ms)} to {_day(points[-1].timestamp_ms)}"
    lines = [
        f"{heading} · {key.metric} in {key.unit or 'its own unit'} · machine {key.machine_class}",
        f"{len(points)} points, {span}{left_out}",
        *_bars(values),
        *_marks(shown, first, len(values)),
        *_told(shown),
    ]
    return "\n".join(lines)


def _bars(values: list[float]) -> list[str]:
    low, high = min(values), max(values)
    span = high - low
    steps = HEIGHT * len(BLOCKS)
    # A flat series is drawn as a line in the lowest row.
    heights = [1 + (round((value - low) / span * (steps - 1)) if span else 0) for value in values]
    lines = []
    for row in reversed(range(HEIGHT)):
        floor = row * len(BLOCKS)
        cells = "".join(
            " " if height <= floor else BLOCKS[min(height - floor, len(BLOCKS)) - 1]
            for height in heights
        )
        label = _number(high) if row == HEIGHT - 1 else _number(low) if row == 0 else ""
        lines.append(f"{label:>10} │{cells}")
    return lines


def _marks(shown: "ShownTrend", first: int, count: int) -> list[str]:
    marks = [" "] * count
    for point in shown.analysed.change_points:
        if point.index >= first:
            marks[point.index - first] = "^" if point.level == "confirmed" else "?"
    line = "".join(marks).rstrip()
    return [f"{'':>10} │{line}"] if line else []


def _told(shown: "ShownTrend") -> list[str]:
    analysis, unit = shown.analysed.analysis, shown.series.key.unit
    lines = []
    if analysis.direction is None:
        lines.append(f"trend: unknown ({analysis.reason})")
    else:
        interval = ""
        if analysis.slope_interval is not None:
            low, high = analysis.slope_interval
            interval = f", 95 % interval {_number(low)} to {_number(high)}"
        slope = _number(analysis.slope or 0.0)
        lines.append(
            f"trend: {analysis.direction}, {slope} {unit} per day{interval}, n {analysis.n}"
        )
        if analysis.reason:
            lines.append(f"       {analysis.reason}")
    for point in shown.analysed.change_points:
        when = _day(shown.series.points[point.index].timestamp_ms)
        ratio = "" if point.ratio is None else f" ({100 * (point.ratio - 1):+.1f} %)"
        lines.append(
            f"{point.level.value} change {when}: {_number(point.before)} to "
            f"{_number(point.after)} {unit}{ratio}"
        )
    expected = analysis.forecast
    if expected.next_value is not None:
        if expected.interval is None:
            lines.append(
                f"next: {_number(expected.next_value)} {unit}, too few points for an interval"
            )
        else:
            low, high = expected.interval
            level = 100 * (expected.confidence or 0.0)
            lines.append(
                f"next: {_number(expected.next_value)} {unit}, {level:.0f} % interval "
                f"{_number(low)} to {_number(high)}"
            )
    return lines


def _number(value: float) -> str:
    return f"{value:.4g}"


def _day(timestamp_ms: int) -> str:
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).date().isoformat()
