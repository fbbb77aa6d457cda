"""Advice as text and Markdown."""

from typing import TYPE_CHECKING

from tracker.cli.output import UNKNOWN, plain

if TYPE_CHECKING:
    from patterns.learning.recommendation.advice import Advice, Bounds
    from tracker.workflow.verification import Verification

WORDS = {
    "faster": "expected to be faster",
    "no measurable difference": "no measurable difference: keep what you have",
    "uncertain": "not certain: --verify decides it",
    "keep": "nothing that was measured is better",
}
DAY_MS = 86_400_000.0


def advice_text(advice: "Advice") -> str:
    """Return advice for a terminal."""
    lines = [
        f"{advice.recommended}: {WORDS[advice.verdict]}",
        "",
        *_facts(advice, "  {:26}{}"),
        "",
        "Change",
        *(f"  {line}" for line in _change(advice)),
        "",
        f"Per operation, predicted ms ({advice.baseline} → {advice.recommended})",
        *_operations(advice),
        "",
        _rests_on(advice),
        *_evidence(advice),
    ]
    return plain("\n".join([*lines, *_warnings(advice)]))


def advice_markdown(advice: "Advice") -> str:
    """Return advice as a Markdown section."""
    ranking = [
        f"| {one.variant} | {bounds(one.ratio, 2)} | {amount(one.ms_per_day)} | {one.n} |"
        for one in advice.ranking
    ]
    lines = [
        f"## Recommendation: {advice.recommended}",
        "",
        f"{WORDS[advice.verdict].capitalize()}.",
        "",
        *_facts(advice, "- **{}**: {}"),
        "",
        "```sh",
        *_change(advice),
        "```",
        "",
        "| Variant | Ratio | Per day | Repositories |",
        "| --- | --- | --- | --- |",
        *ranking,
        "",
        f"Evidence: {advice.evidence_kind}.",
        *(f"-{line[1:]}" for line in _evidence(advice)),
        *_warnings(advice),
    ]
    return plain("\n".join(lines))


def verification_text(found: "Verification") -> str:
    """Return what measuring said of a prediction."""
    share = found.iterations / found.full_factorial if found.full_factorial else None
    told = {
        "confirmed": f"Confirmed: {found.best} is the best that was measured",
        "overturned": f"Overturned: {found.best} is better than {found.predicted}",
        "undecided": f"Not decided; {found.best} leads",
    }[found.result]
    effort = f"{found.rounds} rounds, {found.iterations} iterations"
    if share:
        effort += f", {100 * share:.0f} % of the full factorial"
    measured, predicted = bounds(found.measured_ratio, 3), bounds(found.predicted_ratio, 3)
    regret = f"{number(found.regret)} relative, {duration(found.regret_ms_per_day)} a day"
    names = ", ".join(found.operations)
    lines = [
        f"{told} ({effort}).",
        f"{found.candidate} / {found.baseline}: measured {measured}, predicted {predicted}.",
        f"Regret of the prediction: {regret}.",
        f"By {names}; valid at every look, α = {found.alpha:g}; kept with {found.prediction_id}.",
        *(f"{name} could not be measured: {why}" for name, why in found.failed.items()),
    ]
    return plain("\n".join(lines))


def _rests_on(advice: "Advice") -> str:
    counted = f"{advice.contexts} repositories, {advice.patterns} trials"
    return f"Evidence: {advice.evidence_kind}; {counted}"


def _facts(advice: "Advice", form: str) -> list[str]:
    level = f"{100 * advice.confidence:.0f} %"
    facts = [
        ("workload", f"{advice.workload}, {sum(advice.per_day.values()):g} operations a day"),
        (f"{advice.baseline} a day", amount(advice.baseline_ms_per_day)),
    ]
    if advice.recommended != advice.baseline:
        facts += [
            (f"{advice.recommended} a day", amount(advice.recommended_ms_per_day)),
            ("saves a day", amount(advice.saving_ms_per_day)),
            ("ratio", bounds(advice.ratio, 2)),
            ("one-off cost", duration(advice.one_off_ms)),
        ]
        if advice.pay_back_days is not None:
            facts.append(("paid back after", f"{advice.pay_back_days:.2g} days"))
    elif advice.candidate != advice.baseline:
        best = next(one for one in advice.ranking if one.variant == advice.candidate)
        facts.append((f"best other, {advice.candidate}", f"ratio {bounds(best.ratio, 2)}"))
    facts += [
        ("intervals", f"{level}, from repositories left out"),
        ("model", advice.model),
        ("holds for", f"machine class {advice.machine_class}, {', '.join(advice.versions)}"),
        ("prediction", advice.prediction_id),
    ]
    return [form.format(name, value) for name, value in facts]


def _change(advice: "Advice") -> list[str]:
    change = advice.change
    if change is None:
        return ["# the variant is not defined here any more"]
    lines = [*change.commands, *(f"# already: {one}" for one in change.already)]
    return lines or [f"# {change.note or 'nothing is to be changed'}"]


def _operations(advice: "Advice") -> list[str]:
    return [
        f"  {one.operation:22}{one.per_day:>8g} a day  {number(one.baseline_ms):>8} → "
        f"{number(one.recommended_ms):<8} best {one.best_variant or UNKNOWN} "
        f"{number(one.best_ms)}, n = {one.n}"
        for one in advice.operations
    ]


def _evidence(advice: "Advice") -> list[str]:
    return [
        f"  {one.repository}: distance {one.distance:.2f}, {advice.candidate} / {advice.baseline} "
        f"= {number(one.ratio)}, {one.n} rounds, {', '.join(one.runs) or 'no runs'}"
        for one in advice.nearest
    ]


def _warnings(advice: "Advice") -> list[str]:
    return [f"Note: {warning}" for warning in advice.warnings]


def amount(value: "Bounds | None") -> str:
    """Return ms as a time with its interval."""
    if value is None:
        return UNKNOWN
    if value.low is None or value.high is None:
        return f"{duration(value.value)} (too few repositories for an interval)"
    return f"{duration(value.value)} [{duration(value.low)} to {duration(value.high)}]"


def bounds(value: "Bounds | None", places: int) -> str:
    """Return a plain number with its interval."""
    if value is None:
        return UNKNOWN
    told = f"{value.value:.{places}f}"
    if value.low is None or value.high is None:
        return told
    return f"{told} [{value.low:.{places}f} to {value.high:.{places}f}]"


def duration(ms: float | None) -> str:
    """Return ms in the unit that reads best."""
    if ms is None:
        return UNKNOWN
    if abs(ms) < 1000:  # noqa: PLR2004
        return f"{ms:.3g} ms"
    seconds = ms / 1000
    return f"{seconds:.3g} s" if abs(seconds) < 600 else f"{seconds / 60:.0f} min"  # noqa: PLR2004


def number(value: float | None) -> str:
    """Return a number of three digits."""
    return UNKNOWN if value is None else f"{value:.3g}"
