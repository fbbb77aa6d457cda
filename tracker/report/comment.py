"""A report as a comment on a pull request: the verdict in the first line, the rest folded."""

from collections.abc import Sequence

from tracker.models import BenchmarkReport, SkippedTrial, TrialSummary
from tracker.report.charts import labels
from tracker.report.markdown import escape
from tracker.report.names import count, short
from tracker.report.words import summary, warnings

MOST_BYTES = 65_000
"""GitHub refuses a comment of more than 65,536 characters."""

MARKER = "<!-- vcs-tracker -->"
"""Ends the comment, so that a later run finds the one it replaces."""

MOST_ROWS = 400


def to_comment(
    report: BenchmarkReport, trials: Sequence[TrialSummary], skipped: Sequence[SkippedTrial]
) -> str:
    """Return the report in few words: rows are left out where they are too many, never the head."""
    rows = [
        f"| {escape(label)} | {escape(short(result.insights.winner))} | "
        f"{escape(result.finding or 'nothing to compare')} |"
        for label, result in zip(labels(report.results), report.results, strict=True)
    ]
    for kept in (len(rows), MOST_ROWS, 100, 25, 0):
        text = _comment(report, trials, skipped, rows[:kept], len(rows))
        if len(text.encode()) <= MOST_BYTES:
            return text
    return text.encode()[: MOST_BYTES - len(MARKER) - 2].decode(errors="ignore") + f"\n{MARKER}\n"


def _comment(
    report: BenchmarkReport,
    trials: Sequence[TrialSummary],
    skipped: Sequence[SkippedTrial],
    rows: Sequence[str],
    found: int,
) -> str:
    history = report.historical
    left_out = found - len(rows)
    lines = [
        f"### {_headline(report)}",
        "",
        escape(summary(report)),
        *(f"- :warning: {escape(one)}" for one in warnings(trials, skipped)),
        "",
        *(
            f"- :red_circle: **{one.severity} regression**: {escape(one.test)}, "
            f"{escape(one.variant or '')}, +{one.degradation:.1f} % (n = {one.n} sessions)"
            for one in history.regressions
        ),
        *(
            f"- :green_circle: **{one.significance} improvement**: {escape(one.test)}, "
            f"{escape(one.variant or '')}, −{one.improvement:.1f} % (n = {one.n} sessions)"
            for one in history.improvements
        ),
        "",
        f"<details><summary>{count(found, 'test')}</summary>",
        "",
        "| Test | Winner | Finding |",
        "|------|--------|---------|",
        *rows,
        *(("", f"{left_out} more tests are in the report.") if left_out else ()),
        "",
        "</details>",
        *_advice(report),
        "",
        f"{escape(report.metadata.report_id)}, tracker {escape(report.metadata.version)}",
        "",
        MARKER,
    ]
    return "\n".join(lines) + "\n"


def _headline(report: BenchmarkReport) -> str:
    history = report.historical
    counts = [
        count(len(history.regressions), "regression") if history.regressions else "",
        count(len(history.improvements), "improvement") if history.improvements else "",
        count(report.summary.failed_tests, "failed trial") if report.summary.failed_tests else "",
    ]
    told = ", ".join(one for one in counts if one)
    winner = report.summary.overall_winner
    ahead = f"{escape(winner)} ahead of all" if winner else "no overall winner"
    return f"Benchmark: {told + '; ' if told else ''}{ahead}"


def _advice(report: BenchmarkReport) -> list[str]:
    found = (*report.recommendations.critical, *report.recommendations.important)
    if not found:
        return []
    advice = [f"- {escape(one.title)}: {escape(one.description)}" for one in found]
    return ["", "**What to do**", "", *advice]
