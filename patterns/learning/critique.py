"""The critique of a trial: what its reward comes from, in sentences that hold."""

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from patterns.learning.reward import RewardTerms, rescore
from patterns.models import Value

_LONGEST_DETAIL = 120
"""Characters of a failure's own words; the rest is in the iteration's output."""

_NAMES = {
    "time": "time",
    "cpu": "CPU time",
    "memory": "peak memory",
    "io": "I/O operations",
    "disk": "disk use",
}


class ComparisonFact(Value):
    """One metric of the trial against one baseline, and what the evidence allows to say."""

    metric: Literal["time", "cpu", "memory", "io", "disk"]
    baseline: str = Field(description="Variant, such as `git`.")
    ratio: float | None = Field(description="baseline / candidate; above 1: better", gt=0)
    interval: tuple[float, float] | None = Field(default=None, description="Of the ratio.")
    level: float = Field(default=0.95, gt=0, lt=1, description="Of the interval.")
    n: int = Field(ge=0, description="Pairs of rounds, or the smaller sample.")
    paired: bool = True
    verdict: Literal["different", "equivalent", "unresolved"] | None = Field(
        default=None, description="None: described, not tested."
    )
    threshold: float | None = Field(default=None, description="percent")
    reason: str | None = Field(default=None, description="Why it is unresolved.")


class FailureFact(Value):
    """Iterations that failed alike."""

    error_type: str
    count: int = Field(ge=1)
    detail: str | None = Field(default=None, description="Of the first one.")


class CritiqueFacts(Value):
    """All that a critique speaks about."""

    variant: str
    terms: RewardTerms
    comparisons: tuple[ComparisonFact, ...] = ()
    failures: tuple[FailureFact, ...] = ()
    status: Literal["finished", "failed", "void", "interrupted"] = "finished"
    reason: str | None = Field(default=None, description="Why it is not `finished`.")


def critique(facts: CritiqueFacts) -> str:
    """Return what is to be said of a trial, most important first.

    A difference is claimed where the verdict is *different*, and only there; where it is
    *unresolved*, it says so, with the interval that is left.

    Examples
    --------
    >>> from patterns.learning.reward import Measured, reward_terms
    >>> terms = reward_terms(
    ...     Measured(time=45.0), Measured(time=95.0), successes=15, attempts=15
    ... )
    >>> time = ComparisonFact(
    ...     metric="time", baseline="git", ratio=2.1, interval=(1.9, 2.3), n=15, verdict="different"
    ... )
    >>> print(critique(CritiqueFacts(variant="jujutsu", terms=terms, comparisons=(time,))))
    2.1x faster than git (95 % interval 1.9 to 2.3, 15 rounds). All 15 iterations succeeded. \
Reward 0.92 from time.
    """
    return " ".join(
        sentence
        for part in (_state(facts), _comparisons(facts), _iterations(facts), _reward(facts.terms))
        for sentence in part
    )


def _state(facts: CritiqueFacts) -> Iterator[str]:
    if facts.status != "finished":
        yield f"{facts.status.capitalize()}: {_stop(facts.reason or 'no reason was recorded')}"


def _comparisons(facts: CritiqueFacts) -> Iterator[str]:
    # Times of a trial that did not do the work, or not all of it, say nothing.
    if facts.status in {"finished", "interrupted"}:
        yield from (_comparison(fact) for fact in facts.comparisons)


def _comparison(fact: ComparisonFact) -> str:
    name = _NAMES[fact.metric]
    evidence = _evidence(fact)
    if fact.ratio is None:
        return f"{_first_up(name)} cannot be compared with {fact.baseline}{_because(fact)}."
    if fact.verdict == "different":
        evidence = _evidence(fact, inverse=fact.ratio < 1)
        return f"{_first_up(_claim(fact, fact.ratio))} ({evidence})."
    ratio = f"{fact.baseline} / this {_number(fact.ratio)}"
    if fact.verdict == "equivalent":
        within = "" if fact.threshold is None else f", within ±{_number(fact.threshold)} %"
        return f"{_first_up(name)} is that of {fact.baseline}{within} ({ratio}, {evidence})."
    if fact.verdict == "unresolved":
        undecided = f"{_first_up(name)} against {fact.baseline} is undecided{_because(fact)}"
        return f"{undecided} ({ratio}, {evidence})."
    return f"{_first_up(name)}: {ratio} ({evidence}, not tested)."


def _claim(fact: ComparisonFact, ratio: float) -> str:
    better = ratio > 1
    factor = f"{_number(ratio if better else 1 / ratio)}x"
    if fact.metric == "time":
        return f"{factor} {'faster' if better else 'slower'} than {fact.baseline}"
    return f"{factor} {'less' if better else 'more'} {_NAMES[fact.metric]} than {fact.baseline}"


def _evidence(fact: ComparisonFact, *, inverse: bool = False) -> str:
    """Say what a claim rests on; of one by the inverse factor, the interval is inverse too."""
    unit = "rounds" if fact.paired else "iterations, unpaired"
    if fact.interval is None:
        return f"no interval, {fact.n} {unit}"
    low, high = fact.interval
    if inverse:
        low, high = 1 / high, 1 / low if low > 0 else math.inf
    level = _number(100 * fact.level)
    return f"{level} % interval {_number(low)} to {_number(high)}, {fact.n} {unit}"


def _iterations(facts: CritiqueFacts) -> Iterator[str]:
    attempts, successes = facts.terms.attempts, facts.terms.successes
    if attempts == 0:
        yield "No iteration was measured."
    elif successes == attempts:
        yield (
            f"All {attempts} iterations succeeded."
            if attempts > 1
            else "The one iteration succeeded."
        )
    else:
        yield f"{attempts - successes} of {attempts} iterations failed{_causes(facts.failures)}."


def _causes(failures: Sequence[FailureFact]) -> str:
    if not failures:
        return ""
    listed = sorted(failures, key=lambda failure: (-failure.count, failure.error_type))
    return ": " + ", ".join(f"{one.count} {one.error_type}{_detail(one)}" for one in listed)


def _detail(failure: FailureFact) -> str:
    words = " ".join((failure.detail or "").split())
    if len(words) > _LONGEST_DETAIL:
        words = words[: _LONGEST_DETAIL - 1] + "…"
    return f" ({words})" if words else ""


def _reward(terms: RewardTerms) -> Iterator[str]:
    reward = rescore(terms)
    if terms.attempts == 0:
        return
    if reward is None:
        yield "No reward: there is no baseline on this test, fixture and machine class."
    elif terms.successes == 0:
        yield "Reward 0: nothing succeeded."
    else:
        names = ", ".join(_NAMES[term.metric] for term in terms.metrics)
        cut = terms.successes < terms.attempts
        reliability = f", times reliability {_number(terms.reliability or 0.0)} squared"
        yield f"Reward {reward:.2f} from {names}{reliability if cut else ''}."


def _because(fact: ComparisonFact) -> str:
    return f": {fact.reason}" if fact.reason else ""


def _stop(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _number(value: float) -> str:
    """Return three digits, without an exponent where that is short: 2.1, 0.953, 1230."""
    return f"{value:.3g}" if 1e-3 <= abs(value) < 1e3 else f"{value:.4g}"  # noqa: PLR2004
