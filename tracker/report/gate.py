"""The answer of `tracker check` as text, Markdown, OpenMetrics and Bencher metric format."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence

from tracker.models.gate import BisectReport, GateReport, GateResult
from tracker.report.markdown import escape
from tracker.report.names import UNKNOWN

MOST_BYTES = 65_000
"""GitHub refuses a comment of more than 65,536 characters."""

MOST_NAMES = 3
"""Series named of those that miss something for one reason; the other forms name all."""

MARKS = {
    "regressed": "🚨",
    "improved": "✅",
    "unchanged": "✓",
    "inconclusive": "⚠️",
    "missing": "∅",
}

HEADER = "| | test | change | 95 % interval | could have seen | why |"
RULE = "| --- | --- | ---: | --- | ---: | --- |"

NANOSECONDS = {"ms": 1e6, "s": 1e9}
SECONDS = {"ms": 1e-3, "s": 1.0}


def to_text(report: GateReport) -> str:
    """Return a line for each series that is not unchanged, and what was looked at."""
    lines = [_counts(report)]
    for result in report.results:
        if result.verdict == "unchanged" and result.method == "history" and not result.muted:
            continue
        if result.verdict != "missing" or result.muted:
            lines.append(_line(result))
    lines += _missing(report.results)
    lines += [f"note: {note}" for note in report.notes]
    lines.append(_rates(report))
    return "\n".join(lines) + "\n"


def to_markdown(report: GateReport, *, marker: str = "check") -> str:
    """Return a comment for a pull request; a hidden marker, by which it is found, comes last.

    Rows are left out, never the header, where it would get too long for GitHub.
    """
    end = f"\n<!-- tracker:{_plain(marker)} -->\n"
    head = f"**{escape(_counts(report))}**\n\n"
    notes = "".join(f"> {escape(note)}\n" for note in report.notes)
    foot = f"\n{escape(_rates(report))}\n"
    told = [result for result in report.results if result.verdict != "unchanged" or result.muted]
    quiet = [result for result in report.results if result not in told]
    room = MOST_BYTES - sum(len(part.encode()) for part in (head, notes, foot, end)) - 400
    shown, room = _table(told, room)
    folded, _ = _table(quiet, room)
    details = (
        f"\n<details><summary>{len(quiet)} unchanged</summary>\n\n{folded}\n</details>\n"
        if folded
        else ""
    )
    return head + notes + shown + details + foot + end


def to_open_metrics(report: GateReport) -> str:
    """Return the change of each series and the counts in the text form of OpenMetrics."""
    lines = [
        "# HELP tracker_check_change_ratio Candidate over baseline.",
        "# TYPE tracker_check_change_ratio gauge",
        "# UNIT tracker_check_change_ratio ratio",
        *(
            f"tracker_check_change_ratio{_labels(result)} {1 + result.change_percent / 100:.3g}"
            for result in report.results
            if result.change_percent is not None
        ),
        "# HELP tracker_check_candidate_seconds Median of the candidate.",
        "# TYPE tracker_check_candidate_seconds gauge",
        "# UNIT tracker_check_candidate_seconds seconds",
        *(
            f"tracker_check_candidate_seconds{_labels(result)} "
            f"{result.candidate.value * SECONDS[result.unit]:.3g}"
            for result in report.results
            if result.unit in SECONDS
            and result.candidate is not None
            and result.candidate.value is not None
        ),
        "# HELP tracker_check_series Series by verdict.",
        "# TYPE tracker_check_series gauge",
        *(
            f'tracker_check_series{{verdict="{name}"}} {count}'
            for name, count in report.summary.model_dump().items()
        ),
        "# EOF",
    ]
    return "\n".join(lines) + "\n"


def to_bencher(report: GateReport) -> str:
    """Return the candidates in Bencher metric format: latency in nanoseconds."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for result in report.results:
        if result.candidate is None or result.candidate.value is None:
            continue
        in_time = result.unit in NANOSECONDS and result.metric == "time"
        measure = "latency" if in_time else result.metric
        value = result.candidate.value * (NANOSECONDS[result.unit] if in_time else 1.0)
        name = result.name.removesuffix(f"/{result.metric}")
        found.setdefault(name, {})[measure] = {"value": value}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


RENDERERS: Mapping[str, Callable[[GateReport], str]] = {
    "text": to_text,
    "json": lambda report: report.to_json(indent=2) + "\n",
    "markdown": to_markdown,
    "openmetrics": to_open_metrics,
    "bencher": to_bencher,
}


def marker_of(report: GateReport) -> str:
    """Return what tells the comments of two different checks apart."""
    names = "\n".join(sorted(result.name for result in report.results))
    return hashlib.sha256(names.encode()).hexdigest()[:12]


def bisect_text(report: BisectReport) -> str:
    """Return the answer of a bisection as text."""
    lines = []
    for one in report.asked:
        ratio = UNKNOWN if one.ratio is None else f"{100 * (one.ratio - 1):+.1f} %"
        interval = ""
        if one.interval is not None:
            low, high = (100 * (bound - 1) for bound in one.interval)
            interval = f" ({low:+.1f} to {high:+.1f} %)"
        lines.append(f"{one.version}: {ratio}{interval}, {one.n} rounds, like the {one.nearer}")
    seconds = "" if report.seconds is None else f" in {report.seconds:.0f} s"
    if report.found:
        lines.append(
            f"First slow version: {report.first_slow} (before it {report.last_fast}){seconds}"
        )
    elif report.first_slow is not None:
        place = f"After {report.last_fast}, at {report.first_slow} or before it"
        lines.append(f"{place}: {report.reason}{seconds}")
    else:
        lines.append(f"No version is named: {report.reason}{seconds}")
    return "\n".join(lines) + "\n"


def _counts(report: GateReport) -> str:
    counted = [f"{count} {name}" for name, count in report.summary.model_dump().items() if count]
    return f"{report.verdict}: {', '.join(counted) or 'nothing'}"


def _rates(report: GateReport) -> str:
    return (
        f"At most {100 * report.false_discovery_rate:g} % of the calls from history are false, "
        f"however often one looks; a re-measurement is wrong in {100 * report.alpha:g} %. "
        f"Fails on {report.fail_on}; limits "
        f"{', '.join(f'{limit:g}' for limit in report.limits_percent)} %."
    )


def _line(result: GateResult) -> str:
    parts = [f"{_word(result)}: {result.name}"]
    if result.change_percent is not None:
        parts.append(f"{result.change_percent:+.1f} %{_interval(result)}")
    if result.baseline is not None and result.candidate is not None:
        parts.append(f"{result.baseline.ref} n {result.baseline.n}, now n {result.candidate.n}")
    if result.previous_version != result.current_version:
        parts.append(f"{result.previous_version or UNKNOWN} to {result.current_version or UNKNOWN}")
    if result.changed_at:
        parts.append(f"since {result.changed_at}")
    if result.smallest_visible_percent is not None:
        parts.append(f"could have seen {result.smallest_visible_percent:.1f} %")
    parts += [part for part in (result.reason, result.muted and f"muted {result.muted}") if part]
    return " · ".join(parts)


def _missing(results: Sequence[GateResult]) -> list[str]:
    """Return a line for each reason, as a young history misses something in every series."""
    by_reason: dict[str, list[str]] = {}
    for result in results:
        if result.verdict == "missing" and not result.muted:
            by_reason.setdefault(result.reason or UNKNOWN, []).append(result.name)
    return [
        f"missing: {reason} · {len(names)} series: {', '.join(names[:MOST_NAMES])}"
        + (" …" if len(names) > MOST_NAMES else "")
        for reason, names in by_reason.items()
    ]


def _word(result: GateResult) -> str:
    level = f"{result.level} " if result.level else ""
    severity = f"{result.severity} " if result.severity else ""
    return f"{severity}{level}{result.verdict}"


def _interval(result: GateResult) -> str:
    if result.change_interval is None:
        return ""
    low, high = result.change_interval
    return f" ({low:+.1f} to {high:+.1f} %)"


def _table(results: Sequence[GateResult], room: int) -> tuple[str, int]:
    """Return as many rows as there is room for, and the room that is left."""
    if not results:
        return "", room
    lines = [HEADER, RULE]
    room -= len(HEADER.encode()) + len(RULE.encode()) + 2
    for place, result in enumerate(results):
        row = _row(result)
        room -= len(row.encode()) + 1
        if room < 0:
            lines.append(f"| | and {len(results) - place} more | | | | |")
            break
        lines.append(row)
    return "\n".join(lines) + "\n", room


def _row(result: GateResult) -> str:
    change = UNKNOWN if result.change_percent is None else f"{result.change_percent:+.1f} %"
    seen = result.smallest_visible_percent
    visible = UNKNOWN if seen is None else f"{seen:.1f} %"
    why = "; ".join(
        part
        for part in (
            _word(result),
            result.changed_at and f"since {result.changed_at}",
            result.reason,
            result.muted and f"muted {result.muted}",
        )
        if part
    )
    cells = (
        MARKS[result.verdict],
        f"`{_plain(result.name)}`",
        change,
        _interval(result).strip(" ()") or UNKNOWN,
        visible,
        escape(why),
    )
    return f"| {' | '.join(cells)} |"


def _labels(result: GateResult) -> str:
    told = {
        "test": result.test_id,
        "variant": result.variant,
        "repository": result.repository,
        "metric": result.metric,
        "machine": result.machine_class,
        "verdict": result.verdict,
    }
    pairs = (f'{name}="{_label(value)}"' for name, value in told.items() if value)
    return f"{{{','.join(pairs)}}}"


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _plain(text: str) -> str:
    """Return a text that can end neither a code span, a table cell nor a comment."""
    kept = "".join(character if character.isprintable() else " " for character in text)
    return kept.replace("`", "'").replace("|", "/").replace("--", "- -").replace(">", ")")
