"""Figures of a session as SVG, which MLflow's pages show as pictures: bars with their spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from tracker.models.results import PerformanceStats
from tracker.tracking.cases import Case
from tracker.tracking.notes import number

FOLDER = "figures"

WIDTH, LEFT, RIGHT, TOP, ROW = 760, 190, 150, 46, 34
"""Pixels: of the picture, beside and above the axis, and of a variant's row."""


LINES = "Lines reach from the lower to the upper quartile. "


@dataclass(frozen=True)
class _Row:
    variant: str
    time: PerformanceStats
    colour: str

    @property
    def has_line(self) -> bool:
        return self.high > self.low

    @property
    def low(self) -> float:
        return _or(self.time.percentiles.p25, self.median)

    @property
    def high(self) -> float:
        return _or(self.time.percentiles.p75, self.median)

    @property
    def median(self) -> float:
        return _or(self.time.median, 0.0)


def figures(cases: Sequence[Case], colours: Mapping[str, str]) -> dict[str, str]:
    """Return a picture of each case by its path among the artifacts."""
    return {f"{FOLDER}/{case.slug}.svg": case_figure(case, colours) for case in cases}


def case_figure(case: Case, colours: Mapping[str, str]) -> str:
    """Draw a bar to the median of each variant and a line between its quartiles, fastest first."""
    rows = sorted(
        (
            _Row(variant, stats.time_ms, colours.get(variant, "#4d4d4d"))
            for variant, stats in case.result.variants.items()
            if stats.time_ms.median is not None
        ),
        key=lambda row: row.median,
    )
    longest = max((row.high for row in rows), default=0.0) or 1.0
    height = TOP + ROW * len(rows) + 34
    title = f"{case.title}: median time in ms, lower is better"
    return "".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
                f'width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="14" '
                f'role="img" aria-label="{escape(title)}">'
            ),
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="12" y="26" font-size="16" font-weight="bold">{escape(title)}</text>',
            *(_drawn(row, place, longest) for place, row in enumerate(rows)),
            (
                f'<text x="12" y="{height - 12}" fill="#555555">'
                f"{LINES if any(row.has_line for row in rows) else ''}"
                f"{escape(_verdict(case))}</text>"
            ),
            "</svg>\n",
        ]
    )


def _drawn(row: _Row, place: int, longest: float) -> str:
    y = TOP + ROW * place

    def x(value: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * value / longest, 1)

    middle = y + ROW / 2 - 3
    return (
        f'<text x="{LEFT - 10}" y="{middle + 5}" text-anchor="end">{escape(row.variant)}</text>'
        f'<rect x="{LEFT}" y="{y}" width="{x(row.median) - LEFT:.1f}" height="{ROW - 8}" '
        f'fill="{escape(row.colour)}"/>'
        f'<line x1="{x(row.low)}" x2="{x(row.high)}" y1="{middle}" y2="{middle}" '
        'stroke="#111111" stroke-width="2"/>'
        f'<text x="{max(x(row.high), x(row.median)) + 8}" y="{middle + 5}">'
        f"{escape(number(row.median))} ms, n={row.time.valid_samples}</text>"
    )


def _verdict(case: Case) -> str:
    leaders = case.result.leaders
    if case.result.insights.winner is not None:
        return f"Ahead: {case.result.insights.winner}."
    if len(leaders) > 1:
        return f"Ahead, with no measurable difference: {', '.join(leaders)}."
    return "Not decided."


def _or(value: float | None, other: float) -> float:
    return other if value is None else value
