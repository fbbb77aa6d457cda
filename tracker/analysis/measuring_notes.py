"""What a reader must know of how a test was measured: how precise, and how disturbed."""

from collections import Counter
from collections.abc import Sequence

from patterns.statistics.comparison import compare
from tracker.analysis.samples import collect
from tracker.models import GroupResult, IterationRecord
from tracker.models.config import Analysis
from tracker.models.results import MEASURED_AGAIN
from tracker.models.session import Precision

BUDGETS = {"rounds": "the budget of rounds", "time": "the budget of time"}

Ratios = dict[tuple[str, str], str]


def measuring_notes(group: GroupResult, settings: Analysis) -> tuple[str, ...]:
    """Return sentences on adaptive measuring and on rounds that were measured again."""
    notes = [precision_note(group.precision)] if group.precision else []
    repeated = _set_aside_rounds(group.records)
    return (*notes, _repeated_note(group, repeated, settings)) if repeated else tuple(notes)


def precision_note(precision: Precision) -> str:
    """Return how adaptive measuring ended.

    Examples
    --------
    >>> precision_note(
    ...     Precision(wanted=2, reached=False, half_width=3.41, rounds=200, ended_by="rounds")
    ... )
    '±2 % not reached: the budget of rounds ended after 200 rounds, the widest interval is ±3.4 %'
    """
    wanted, rounds = f"±{precision.wanted:g} %", f"{precision.rounds} rounds"
    if precision.half_width is None:
        return f"{wanted} wanted, but there is no ratio to be known; {rounds}"
    widest = f"the widest interval is ±{precision.half_width:.2g} %"
    if precision.ended_by == "precision":
        return f"{wanted} reached after {rounds}: {widest}"
    return f"{wanted} not reached: {BUDGETS[precision.ended_by]} ended after {rounds}, {widest}"


def _set_aside_rounds(records: Sequence[IterationRecord]) -> int:
    """Return how many rounds were set aside; each has every variant once at most."""
    counts = Counter(record.variant for record in records if record.contaminated)
    return max(counts.values(), default=0)


def _repeated_note(group: GroupResult, repeated: int, settings: Analysis) -> str:
    without, with_them = _ratios(group, settings), _ratios(_with_set_aside(group), settings)
    changed = [
        f"{candidate}/{baseline} {with_them[candidate, baseline]} instead of {ratio}"
        for (candidate, baseline), ratio in without.items()
        if (candidate, baseline) in with_them
    ]
    rounds = "1 round was" if repeated == 1 else f"{repeated} rounds were"
    said = f"{rounds} {MEASURED_AGAIN}"
    return f"{said}; with them: {'; '.join(changed)}" if changed else said


def _with_set_aside(group: GroupResult) -> GroupResult:
    """Return the group with the rounds that were set aside as rounds of their own."""
    last = max((record.round for record in group.measured), default=0)
    seen: Counter[str] = Counter()
    records = []
    for record in group.records:
        if not record.contaminated:
            records.append(record)
            continue
        seen[record.variant] += 1
        changed = {"fragment": False, "round": last + seen[record.variant]}
        records.append(record.model_copy(update=changed))
    return group.model_copy(update={"records": tuple(records)})


def _ratios(group: GroupResult, settings: Analysis) -> Ratios:
    """Return each pair's ratio of wall times (baseline / candidate) with its interval."""
    samples = collect(group)
    found: Ratios = {}
    for place, baseline in enumerate(samples.variants):
        for candidate in samples.variants[place + 1 :]:
            compared = compare(
                samples.column("time_ms", candidate),
                samples.column("time_ms", baseline),
                paired=True,
                confidence=settings.confidence_level,
            )
            if compared.ratio is not None and compared.interval is not None:
                low, high = compared.interval.low, compared.interval.high
                found[candidate, baseline] = f"{compared.ratio:.3g}× [{low:.3g}–{high:.3g}]"
    return found
