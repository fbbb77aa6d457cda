"""What comes up again and again: effects that repeat, causes of failures, habits of use.

A view of what is stored. Every number in it can be counted anew: effects by
`tracker patterns rules`, failures and sessions by `tracker runs`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from patterns.learning.rules import LEVEL, Rule, find_rules
from patterns.models import FailedRun, Pattern, PatternRecord

FEWEST = 2
"""What came up once is no pattern."""

SHOWN = 5
"""Examples of each: the newest."""


def find_patterns(
    operation: str, trials: Sequence[PatternRecord], failures: Iterable[FailedRun]
) -> tuple[Pattern, ...]:
    """Return what recurs in the history of one operation.

    Parameters
    ----------
    operation : str
    trials : sequence of PatternRecord
        Its trials, whatever came of them.
    failures : iterable of FailedRun
        Its failed iterations, newest first.

    Returns
    -------
    patterns : tuple of Pattern
        *performance*: a rule that claims something; the frequency counts the trials that
        went that way, and the examples are such runs. *error*: a cause; the frequency counts
        iterations, the examples are runs. *usage*: the frequency counts sessions, which are
        the examples.
    """
    effects = (_effect(rule) for rule in find_rules(trials) if rule.verdict != "undecided")
    return (*effects, *_errors(failures), *_usage(operation, trials))


def _effect(rule: Rule) -> Pattern:
    low, high = rule.interval or (None, None)
    where = f"{rule.variant} on {rule.repo_size} repositories"
    told = f"{where} is {rule.verdict} than its pinned baseline in"
    past = f"{where} was {rule.verdict} than its pinned baseline, until a change of level, in"
    return Pattern(
        type="performance",
        description=(
            f"{past if rule.status == 'expired' else told} {len(rule.agreeing)} of {rule.n} trials:"
            f" baseline / this {rule.ratio:.3g}"
            f" ({100 * LEVEL:.0f} % interval {low:.3g} to {high:.3g})"
        ),
        frequency=len(rule.agreeing),
        examples=rule.agreeing[:SHOWN],
    )


def _errors(failures: Iterable[FailedRun]) -> Iterator[Pattern]:
    causes: defaultdict[str, list[FailedRun]] = defaultdict(list)
    for failure in failures:
        causes[failure.error_type].append(failure)
    for cause, found in sorted(causes.items()):
        frequency = sum(one.iterations for one in found)
        if frequency < FEWEST:
            continue
        runs = tuple(dict.fromkeys(one.run_id for one in found))
        variants: Counter[str] = Counter()
        for one in found:
            variants[one.variant] += one.iterations
        yield Pattern(
            type="error",
            description=(
                f"{cause}: {frequency} iterations of {_trials(len(runs))} failed so"
                f" ({_counts(variants)})"
            ),
            frequency=frequency,
            examples=runs[:SHOWN],
        )


def _usage(operation: str, trials: Sequence[PatternRecord]) -> Iterator[Pattern]:
    newest_first = sorted(trials, key=lambda one: -one.context.created_at)
    sessions = tuple(dict.fromkeys(one.pattern.session_id for one in newest_first))
    if len(sessions) < FEWEST:
        return
    variants = Counter(one.context.variant for one in trials)
    sizes = Counter(one.context.repo_size for one in trials)
    yield Pattern(
        type="usage",
        description=(
            f"{operation} was measured in {len(sessions)} sessions, {_trials(len(trials))}:"
            f" {_counts(variants)}; repositories {_counts(sizes)}"
        ),
        frequency=len(sessions),
        examples=sessions[:SHOWN],
    )


def _trials(count: int) -> str:
    return f"{count} trial{'' if count == 1 else 's'}"


def _counts(counter: Counter[str]) -> str:
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count}" for name, count in ordered)
