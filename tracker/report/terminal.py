"""The table that ends a session on a terminal: one test a line, warnings first."""

import textwrap
from collections.abc import Iterable, Sequence

from tracker.models import BenchmarkReport, ProcessedResult, SkippedTrial, TrialSummary
from tracker.models.results import MEASURED_AGAIN
from tracker.report.charts import labels, variant_names
from tracker.report.names import bounds, number, plain, short, times
from tracker.report.words import rounds, warnings

GAP = "  "


def to_text(
    report: BenchmarkReport,
    trials: Sequence[TrialSummary],
    skipped: Sequence[SkippedTrial],
    width: int,
) -> str:
    """Return the results for a terminal of `width` columns, in plain text.

    A star marks each leader; several in one line are not measurably different. `faster by`
    is the runner-up's time divided by the leader's, with its interval.
    """
    results = report.results
    notes = [f"{label}: {note}" for label, note in _notes(results)]
    parts = [
        *(_wrapped(f"! {warning}", width, "  ") for warning in warnings(trials, skipped)),
        *([""] if trials or skipped else []),
        *_body(results, width),
        *(["", *_numbered(notes, width)] if notes else []),
        *_measured_again(results, width),
    ]
    return "\n".join(parts).strip("\n") + "\n"


def _body(results: Sequence[ProcessedResult], width: int) -> list[str]:
    if not results:
        return ["Nothing was measured."]
    table = _table(results)
    lines = _aligned(table)
    if max(len(line) for line in lines) > width:
        lines = [line for result in _blocks(results, width) for line in result]
    return [*_heading(results, width), "", *lines]


def _heading(results: Sequence[ProcessedResult], width: int) -> list[str]:
    pairs = [pair for result in results for pair in result.pairs().values()]
    over = f" over {rounds(pairs)}" if pairs else ""
    marked = any(result.leads(name) for result in results for name in result.variants)
    legend = " * leads; several *: no measurable difference." if marked else ""
    text = f"Median wall time in ms{over}.{legend}"
    return [_wrapped(text, width, "")]


def _table(results: Sequence[ProcessedResult]) -> list[list[str]]:
    names = variant_names(results)
    header = ["test", *(f"{short(name)} " for name in names), "faster by", "than", "note"]
    marks = _marks(results)
    rows = [
        [
            plain(label),
            *(_median(result, name) for name in names),
            *_lead(result),
            mark,
        ]
        for label, result, mark in zip(labels(results), results, marks, strict=True)
    ]
    return _without_empty_columns([header, *rows])


def _without_empty_columns(table: list[list[str]]) -> list[list[str]]:
    kept = [
        column for column in range(len(table[0])) if any(row[column].strip() for row in table[1:])
    ]
    return [[row[column] for column in kept] for row in table]


def _median(result: ProcessedResult, name: str) -> str:
    stats = result.variants.get(name)
    return number(stats.time_ms.median if stats else None) + ("*" if result.leads(name) else " ")


def _lead(result: ProcessedResult) -> tuple[str, str]:
    """Return by how much the leader is ahead of the next, and of whom."""
    if not result.leaders:
        return "", ""
    leader = _reference(result)
    behind = [
        (pair.speedup_factor, name, pair.statistical.confidence_interval)
        for name in result.variants
        if name not in result.leaders
        and (pair := result.pair(leader, name))
        and pair.speedup_factor is not None
    ]
    if not behind:
        return "", ""
    ratio, name, interval = min(behind, key=lambda one: one[0])
    return f"{times(ratio)} {bounds(interval)}".strip(), short(name)


def _reference(result: ProcessedResult) -> str:
    """Return the leader shown to be ahead of everybody behind; the best one always is."""
    behind = [name for name in result.variants if name not in result.leaders]

    def shown(leader: str) -> int:
        pairs = [result.pair(leader, name) for name in behind]
        return sum(pair is not None and pair.verdict == "different" for pair in pairs)

    return max(result.leaders, key=shown)


def _notes(results: Sequence[ProcessedResult]) -> list[tuple[str, str]]:
    """Return what must be known of single tests, each note once for all the tests it is true of."""
    found: dict[str, list[str]] = {}
    for label, result in zip(labels(results), results, strict=True):
        for note in _of(result):
            found.setdefault(plain(note), []).append(plain(label))
    return [(", ".join(tests), note) for note, tests in found.items()]


def _of(result: ProcessedResult) -> Iterable[str]:
    yield from (note for note in result.notes if MEASURED_AGAIN not in note)
    reasons = [pair.reason for pair in result.pairs().values()]
    yield from dict.fromkeys(reason for reason in reasons if reason is not None)


def _measured_again(results: Sequence[ProcessedResult], width: int) -> list[str]:
    """Return one line on all repeated rounds; what they change stands in the report."""
    counts = [
        int(note.split(maxsplit=1)[0])
        for result in results
        for note in result.notes
        if MEASURED_AGAIN in note
    ]
    if not counts:
        return []
    repeated = "1 round was" if sum(counts) == 1 else f"{sum(counts)} rounds were"
    text = (
        f"{repeated} {MEASURED_AGAIN} ({len(counts)} of {len(results)} tests); "
        "the report has the ratios with and without them."
    )
    return ["", _wrapped(text, width, "")]


def _marks(results: Sequence[ProcessedResult]) -> list[str]:
    notes = _notes(results)
    return [
        " ".join(
            f"[{place}]"
            for place, (_, note) in enumerate(notes, start=1)
            if note in {plain(one) for one in _of(result)}
        )
        for result in results
    ]


def _numbered(notes: Sequence[str], width: int) -> list[str]:
    return [
        _wrapped(f"[{place}] {note}", width, "    ") for place, note in enumerate(notes, start=1)
    ]


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows with columns in line; those of numbers to the right."""
    header = table[0]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    right = [name.endswith(" ") for name in header]
    rows = [
        GAP.join(
            cell.rjust(widths[column]) if right[column] else cell.ljust(widths[column])
            for column, cell in enumerate(row)
        ).rstrip()
        for row in table
    ]
    return [rows[0], "─" * max(len(row) for row in rows), *rows[1:]]


def _blocks(results: Sequence[ProcessedResult], width: int) -> list[list[str]]:
    """Return a paragraph for each test, for more variants than a line can hold."""
    return [
        [
            _wrapped(f"{plain(label)} {mark}".strip(), width, ""),
            *_aligned_block(result),
            _wrapped(f"  {plain(result.finding or '')}", width, "    "),
            "",
        ]
        for label, result, mark in zip(labels(results), results, _marks(results), strict=True)
    ]


def _aligned_block(result: ProcessedResult) -> list[str]:
    longest = max((len(plain(name)) for name in result.variants), default=0)
    return [
        f"  {plain(name).ljust(longest)}  {_median(result, name).rjust(9)}".rstrip()
        for name in result.variants
    ]


def _wrapped(text: str, width: int, indent: str) -> str:
    return textwrap.fill(
        text,
        max(width, 20),
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )
