"""Rules: what the history shows of each operation, configuration and size, with its evidence."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from pydantic import Field
from scipy import stats

from patterns.learning.reward import RewardTerms
from patterns.models import PatternRecord, Value

FEWEST_TRIALS = 3
"""Below it an interval of the mean would be so wide that it says nothing."""

LEVEL = 0.95


class Rule(Value):
    """The time of one configuration against its pinned baselines, over all trials that have one."""

    operation: str
    variant: str
    repo_size: str
    machine_class: str | None
    verdict: Literal["faster", "slower", "undecided"]
    ratio: float | None = Field(description="baseline / this, geometric mean; above 1: faster")
    interval: tuple[float, float] | None = Field(description="Of the ratio.")
    level: float = LEVEL
    n: int = Field(description="Trials whose time and baseline are known.")
    trials: int = Field(description="All trials, the failed ones too.")
    success_rate: float
    files: tuple[int, int] | None = Field(description="Smallest and largest repository, in files.")
    runs: tuple[str, ...] = Field(description="The trials behind the ratio, newest first.")
    first_seen: int = Field(description="Unix ms")
    last_seen: int = Field(description="Unix ms")


def find_rules(records: Iterable[PatternRecord]) -> tuple[Rule, ...]:
    """Return a rule for each operation, configuration, size and machine class.

    Parameters
    ----------
    records : iterable of PatternRecord
        Trials with their reward terms, which hold the time of the baseline each was measured
        against. A trial that is its own baseline, and void ones, do not count.

    Notes
    -----
    The effect is the mean of log ratios over trials, its interval Student's t with n - 1
    degrees of freedom: trials are the independent units, not their iterations. No correction
    is made for the number of rules; of 20 rules without any effect one is expected to be
    called faster or slower.
    """
    groups: defaultdict[tuple[str, str, str, str], list[PatternRecord]] = defaultdict(list)
    for record in records:
        context = record.context
        own = context.baseline_run_id is not None and context.baseline_run_id == context.run_id
        if context.run_id is None or context.status != "finished" or own:
            continue
        key = context.operation, context.variant, context.repo_size, context.machine_class or ""
        groups[key].append(record)
    return tuple(_rule(found) for _, found in sorted(groups.items()))


def _rule(found: Sequence[PatternRecord]) -> Rule:
    newest_first = sorted(found, key=lambda one: (-one.context.created_at, one.context.run_id))
    logs = {one.context.run_id or "": _log_ratio(one) for one in newest_first}
    known = {run: value for run, value in logs.items() if value is not None}
    files = [one.context.files for one in found if one.context.files is not None]
    context = found[0].context
    interval = _interval(list(known.values()))
    return Rule(
        operation=context.operation,
        variant=context.variant,
        repo_size=context.repo_size,
        machine_class=context.machine_class,
        verdict=_verdict(interval),
        ratio=math.exp(math.fsum(known.values()) / len(known)) if known else None,
        interval=interval,
        n=len(known),
        trials=len(found),
        success_rate=sum(one.pattern.success for one in found) / len(found),
        files=(min(files), max(files)) if files else None,
        runs=tuple(known),
        first_seen=newest_first[-1].context.created_at,
        last_seen=newest_first[0].context.created_at,
    )


def _log_ratio(record: PatternRecord) -> float | None:
    """Return ln(baseline / this) of a trial's time, or None where one of them is unknown."""
    if record.context.reward_terms is None or not record.pattern.success:
        return None
    try:
        terms = RewardTerms.model_validate_json(record.context.reward_terms)
    except ValueError:
        return None  # not written by this tracker
    for term in terms.metrics:
        if term.metric == "time" and term.value > 0:
            return math.log(term.baseline) - math.log(term.value)
    return None


def _interval(logs: Sequence[float]) -> tuple[float, float] | None:
    if len(logs) < FEWEST_TRIALS:
        return None
    values = np.asarray(logs, dtype=np.float64)
    error = float(np.std(values, ddof=1)) / math.sqrt(values.size)
    reach = float(stats.t.ppf((1 + LEVEL) / 2, values.size - 1)) * error
    mean = float(values.mean())
    return math.exp(mean - reach), math.exp(mean + reach)


def _verdict(interval: tuple[float, float] | None) -> Literal["faster", "slower", "undecided"]:
    if interval is None or interval[0] <= 1 <= interval[1]:
        return "undecided"
    return "faster" if interval[0] > 1 else "slower"
