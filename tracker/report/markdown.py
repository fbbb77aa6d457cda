"""The report in Markdown, after the specification's template."""

import re
from collections.abc import Iterator, Sequence

from tracker.models import BenchmarkReport, OperationComparison, ProcessedResult, Recommendation
from tracker.report.charts import labels
from tracker.report.names import UNKNOWN, number, percent, plain, short

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")

MOST_INDENTED = 200
"""Results that are laid out for people; of more nobody reads the JSON."""

OBEYED = re.compile("[`\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""What would end the JSON block early, or what a terminal or a reader would obey."""


def escape(text: str) -> str:
    """Return text that Markdown and a table cell show as it is."""
    return SPECIAL.sub(r"\\\1", plain(text))


def to_markdown(report: BenchmarkReport) -> str:
    """Return the report; headings, labels and the table's columns are the template's."""
    return "".join(markdown_parts(report))


def markdown_parts(report: BenchmarkReport) -> Iterator[str]:
    """Give the report piece by piece: a large one need not be in memory as a whole."""
    yield f"# Benchmark Report: {report.metadata.generated_at[:10]}\n\n"
    for part in (_summary, _table, _findings, _recommendations):
        yield f"{part(report)}\n\n"
    yield from _details(report)


def _summary(report: BenchmarkReport) -> str:
    summary = report.summary
    share = summary.successful_tests / summary.total_tests if summary.total_tests else None
    rate = percent(share).replace(" ", "")
    speedup = UNKNOWN if summary.avg_speedup is None else f"{number(summary.avg_speedup)}x"
    return "\n".join(
        [
            "## Executive Summary",
            "",
            f"- **Total Tests**: {summary.total_tests}",
            f"- **Success Rate**: {rate}",
            f"- **Overall Winner**: {escape(short(summary.overall_winner))}",
            f"- **Average Speedup**: {speedup}",
        ]
    )


def _table(report: BenchmarkReport) -> str:
    lines = [
        "## Performance Comparison",
        "",
        "| Operation | Jujutsu (ms) | Git (ms) | Git-WT (ms) | Winner | Speedup |",
        "|-----------|--------------|----------|-------------|--------|---------|",
    ]
    rows = zip(labels(report.results), report.comparison.by_operation, strict=True)
    return "\n".join([*lines, *(_row(row, label) for label, row in rows)])


def _row(row: OperationComparison, operation: str) -> str:
    speedup = UNKNOWN if row.speedup is None else f"{number(row.speedup)}x"
    cells = [
        escape(operation),
        number(row.jujutsu),
        number(row.git),
        number(row.git_worktrees),
        escape(short(row.winner)),
        speedup,
    ]
    return f"| {' | '.join(cells)} |"


def _findings(report: BenchmarkReport) -> str:
    lines = ["## Key Findings", ""]
    for place, finding in enumerate(report.summary.key_findings, start=1):
        head, _, rest = finding.partition(": ")
        lines.append(f"{place}. **{escape(head)}**: {escape(rest)}")
    notes = [
        f"- {escape(label)}: {escape(note)}"
        for label, result in zip(labels(report.results), report.results, strict=True)
        for note in result.notes
    ]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def _recommendations(report: BenchmarkReport) -> str:
    found = report.recommendations
    sections = [
        _section("Critical", found.critical),
        _section("Important", found.important),
        _section("Optional", found.optional),
    ]
    return "\n\n".join(["## Recommendations", *sections])


def _section(name: str, recommendations: Sequence[Recommendation]) -> str:
    lines = [f"- {escape(one.title)}: {escape(one.description)}" for one in recommendations]
    return "\n".join([f"### {name}", *(lines or ["- None"])])


def _details(report: BenchmarkReport) -> Iterator[str]:
    """Give the block of results, a large one a result a line."""
    indent = 2 if len(report.results) <= MOST_INDENTED else None
    yield "## Detailed Results\n\n```json\n["
    for place, result in enumerate(report.results):
        yield f"{',' if place else ''}\n{_json(result, indent)}"
    yield f"{chr(10) if report.results else ''}]\n```\n"


def _json(result: ProcessedResult, indent: int | None) -> str:
    """Return a result as JSON that neither ends the block early nor controls a terminal."""
    text = result.to_json(indent=indent)
    if text.isascii() and "`" not in text and "\x7f" not in text:
        return text
    return OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
