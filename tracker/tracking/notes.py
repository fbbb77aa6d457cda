"""Notes: the text MLflow shows as the description of a run or an experiment.

Each begins with a plain sentence, because lists show the raw text.
"""

import re
from collections.abc import Mapping, Sequence

from tracker.models import ProcessedResult, TrialSummary
from tracker.models.results import VariantStats

_MARKDOWN = re.compile(r"([\\`*_{}\[\]#|~!])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

HOW_TO_READ = (
    "Compare and sort on `result/…`. A `sample/…` metric is one iteration: where MLflow shows a "
    "single number for it, that is the last iteration, not the median. MLflow's charts have no "
    "error bars; the verdict and its interval are above and in the report of the session run."
)

NO_INTERVAL = (
    "A bar has no interval: whether two bars differ is said in the notes of the trials and in "
    "the report of the session run."
)
BARS = "a section per operation, a bar per variant, medians in ms"
WHERE_TO_LOOK = "choose Model training at the left, Runs, and then an entry under Views."
LONGEST_NOTE = 8_000
"""MLflow cuts a longer tag."""

Page = tuple[str, str, str, str]
"""Suite, test, repository and variant of a trial."""

WITHOUT_VIEW = "Without a view MLflow draws the newest ten runs only, whatever they measure."


def escape(text: str) -> str:
    r"""Return `text` so that Markdown and HTML show it as it is.

    Examples
    --------
    >>> escape("a*b <script>")
    'a\\*b &lt;script&gt;'
    """
    text = _CONTROL.sub("", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", text)


def number(value: float | None) -> str:
    """Return a figure with four significant digits, or `–`."""
    if value is None:
        return "–"
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"  # noqa: PLR2004  digits


def trial_note(
    trial: TrialSummary,
    stats: VariantStats | None,
    verdict: str,
    *,
    change: str = "",
    links: Mapping[str, str] | None = None,
) -> str:
    """Return the note of a trial: its figures, then the verdict the caller gives.

    `change` is a sentence on the sessions before, `links` are addresses by what they show.
    """
    lines = [escape(_trial_headline(trial, stats))]
    if trial.reason:
        lines.append(escape(trial.reason))
    lines += [f"- {escape(line)}" for line in (*verdict.splitlines(), change) if line.strip()]
    return _paragraphs([*lines, linked(links or {}), HOW_TO_READ])


def linked(links: Mapping[str, str]) -> str:
    """Return a line of links by what they show."""
    return " · ".join(f"[{escape(text)}]({address})" for text, address in links.items())


def _trial_headline(trial: TrialSummary, stats: VariantStats | None) -> str:
    case = f"{trial.operation} on {trial.repo_size.value} with {trial.variant}"
    if trial.status == "void":
        return f"{case}: void, the outcome check did not pass; its times are not compared."
    if stats is None or stats.time_ms.median is None:
        return f"{case}: {trial.status}, no valid iteration."
    time = stats.time_ms
    cpu = stats.cpu_ms.median if stats.cpu_ms else None
    return (
        f"{case}: median {number(time.median)} ms, 95th percentile "
        f"{number(time.percentiles.p95)} ms, CPU {number(cpu)} ms, "
        f"{time.valid_samples} valid iterations of {time.sample_size}."
    )


def variant_note(
    variant: str,
    session_id: str,
    medians: Mapping[str, float],
    links: Mapping[str, str] | None = None,
) -> str:
    """Return the note of a variant run."""
    return _paragraphs(
        [
            escape(f"Medians of {variant} in session {session_id}, in ms; lower is better."),
            NO_INTERVAL,
            *(f"- {escape(case)}: {number(value)}" for case, value in medians.items()),
            linked(links or {}),
        ]
    )


def trend_note(variant: str) -> str:
    """Return the note of a trend run."""
    return _paragraphs(
        [
            escape(f"Medians of {variant} in every session on one class of machine, in ms."),
            (
                "A step is a session. Where MLflow shows a single number, it is that of the last "
                "session. Whether a rise is a regression is said in the view Regressions and in "
                "the notes of the trials."
            ),
        ]
    )


def session_note(
    session_id: str,
    results: Sequence[ProcessedResult],
    changes: Mapping[str, str] | None = None,
    links: Mapping[str, str] | None = None,
    pages: Mapping[Page, str] | None = None,
) -> str:
    """Return the note of a session: a line for each test, with who is ahead.

    `changes` are sentences on trials that are slower than before, by their names; `pages`
    are addresses of trials, and are left out where MLflow would cut the note.
    """
    note = _session_note(session_id, results, changes or {}, links or {}, pages or {})
    if len(note) > LONGEST_NOTE and pages:
        return _session_note(session_id, results, changes or {}, links or {}, {})
    return note


def _session_note(
    session_id: str,
    results: Sequence[ProcessedResult],
    changes: Mapping[str, str],
    links: Mapping[str, str],
    pages: Mapping[Page, str],
) -> str:
    return _paragraphs(
        [
            f"Session {escape(session_id)}: {len(results)} tests; the report is under Artifacts.",
            *(f"- {_result_line(result, pages)}" for result in results),
            *(
                f"- Slower than before: {escape(name)}: {escape(words)}"
                for name, words in changes.items()
            ),
            linked(links),
        ]
    )


def _result_line(result: ProcessedResult, pages: Mapping[Page, str]) -> str:
    medians = ", ".join(
        f"{_linked_variant(result, variant, pages)} {number(stats.time_ms.median)} ms"
        for variant, stats in result.variants.items()
    )
    return (
        f"{escape(result.test_id)} on {result.repo_size.value}: {medians or 'no result'}. "
        f"{escape(result.finding or _ahead(result))}"
    )


def _linked_variant(result: ProcessedResult, variant: str, pages: Mapping[Page, str]) -> str:
    page = pages.get((result.test_suite, result.test_id, result.repo_id, variant))
    return escape(variant) if page is None else f"[{escape(variant)}]({page})"


def _ahead(result: ProcessedResult) -> str:
    if result.insights.winner is not None:
        return f"Ahead: {result.insights.winner}."
    if len(result.leaders) > 1:
        return f"Ahead, with no measurable difference: {', '.join(result.leaders)}."
    return "Not decided."


def experiment_note(name: str, description: str, view: str) -> str:
    """Return the note of an experiment; `view` is the address of the prepared view."""
    return _paragraphs(
        [
            f"{escape(name)}: {WHERE_TO_LOOK}",
            f"Or open the [prepared view]({view}) of the latest session: {BARS}.",
            (
                "There is one run per trial, one per variant and session, one per session, and one "
                "per variant over all sessions."
            ),
            escape(description),
            f"{WITHOUT_VIEW} {HOW_TO_READ}",
        ]
    )


def _paragraphs(lines: Sequence[str]) -> str:
    text = "\n\n".join(line for line in lines if line)
    return text.replace("\n\n- ", "\n- ").replace("\n- ", "\n\n- ", 1)
