"""Rules: what the history shows of each operation, configuration and size, with its evidence.

Nothing of them is stored: they are made of the trials there are when one asks, so that new
evidence is never overlooked.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from pydantic import Field
from scipy import stats

from patterns.learning.change_points import AlarmLevel, detect
from patterns.learning.reward import RewardTerms
from patterns.models import PatternRecord, Value

FEWEST_TRIALS = 3
"""Below it an interval of the mean would be so wide that it says nothing."""

LEVEL = 0.95


Verdict = Literal["faster", "slower", "undecided"]


class Rule(Value):
    """The time of one configuration against its pinned baselines, over all trials that have one."""

    status: Literal["current", "expired"] = "current"
    operation: str
    variant: str
    repo_size: str
    machine_class: str | None
    verdict: Verdict
    ratio: float | None = Field(description="baseline / this, geometric mean; above 1: faster")
    interval: tuple[float, float] | None = Field(description="Of the ratio.")
    level: float = LEVEL
    n: int = Field(description="Trials whose time and baseline are known.")
    trials: int = Field(description="All trials, the failed ones too.")
    success_rate: float
    files: tuple[int, int] | None = Field(description="Smallest and largest repository, in files.")
    runs: tuple[str, ...] = Field(description="The trials behind the ratio, newest first.")
    agreeing: tuple[str, ...] = Field(
        description="Those of `runs` whose own ratio lies on the same side of 1."
    )
    first_seen: int = Field(description="Unix ms")
    last_seen: int = Field(description="Unix ms")
    contradicted_by: tuple[str, ...] = Field(
        default=(), description="The first trials of the levels that evidence was left behind for."
    )
    expired_at: int | None = Field(
        default=None, description="Unix ms of the first trial that contradicts it."
    )


def find_rules(records: Iterable[PatternRecord]) -> tuple[Rule, ...]:
    """Return a rule for each operation, configuration, size and machine class.

    Parameters
    ----------
    records : iterable of PatternRecord
        Trials with their reward terms, which hold the time of the baseline each was measured
        against. A trial that is its own baseline, and void ones, do not count.

    Returns
    -------
    rules : tuple of Rule
        An expired rule stands behind the current one of its group.

    Notes
    -----
    The effect is the mean of log ratios over trials, its interval Student's t with n - 1
    degrees of freedom: trials are the independent units, not their iterations. No correction
    is made for the number of rules; of 20 rules without any effect one is expected to be
    called faster or slower.

    Where the ratios of one test on one repository have a confirmed change point, its trials
    before the last of them no longer count. If all trials up to there had made a claim, and
    the rule of what is left does not make the same, the claim is told as expired. With fewer
    than twelve trials of a test no change can be confirmed.
    """
    groups: defaultdict[tuple[str, str, str, str], list[PatternRecord]] = defaultdict(list)
    for record in records:
        context = record.context
        own = context.baseline_run_id is not None and context.baseline_run_id == context.run_id
        if context.run_id is None or context.status != "finished" or own:
            continue
        key = context.operation, context.variant, context.repo_size, context.machine_class or ""
        groups[key].append(record)
    return tuple(rule for _, found in sorted(groups.items()) for rule in _rules(found))


def _rules(found: Sequence[PatternRecord]) -> tuple[Rule, ...]:
    newest_first = sorted(found, key=lambda one: (-one.context.created_at, one.context.run_id))
    logs = {one.context.run_id or "": _log_ratio(one) for one in newest_first}
    since = _last_changes(newest_first, logs)
    if not since:
        return (_rule(newest_first, logs),)
    changed_at = {_series(one): one.context.created_at for one in since}
    valid = [
        one for one in newest_first if one.context.created_at >= changed_at.get(_series(one), 0)
    ]
    told = {"contradicted_by": tuple(one.context.run_id or "" for one in since)}
    current = _rule(valid, logs).model_copy(update=told)
    first = min(changed_at.values())
    old = _rule([one for one in newest_first if one.context.created_at < first], logs)
    if old.verdict in {"undecided", current.verdict}:
        return (current,)
    return current, old.model_copy(update={**told, "status": "expired", "expired_at": first})


def _series(record: PatternRecord) -> tuple[str | None, str | None]:
    return record.context.test_id, record.context.fixture_id


def _last_changes(
    newest_first: Sequence[PatternRecord], logs: Mapping[str, float | None]
) -> list[PatternRecord]:
    """Return the first trial of the newest confirmed level of each test and repository."""
    series: defaultdict[tuple[str | None, str | None], list[tuple[PatternRecord, float]]]
    series = defaultdict(list)
    for one in reversed(newest_first):
        value = logs[one.context.run_id or ""]
        if value is not None:
            series[_series(one)].append((one, math.exp(value)))
    changes = []
    for points in series.values():
        found = detect([ratio for _, ratio in points])
        confirmed = [point.index for point in found if point.level is AlarmLevel.CONFIRMED]
        if confirmed:
            changes.append(points[confirmed[-1]][0])
    return changes


def _rule(newest_first: Sequence[PatternRecord], logs: Mapping[str, float | None]) -> Rule:
    runs = [one.context.run_id or "" for one in newest_first]
    known = {run: value for run in runs if (value := logs[run]) is not None}
    files = [one.context.files for one in newest_first if one.context.files is not None]
    context = newest_first[0].context
    mean = math.fsum(known.values()) / len(known) if known else None
    interval = _interval(list(known.values()))
    return Rule(
        operation=context.operation,
        variant=context.variant,
        repo_size=context.repo_size,
        machine_class=context.machine_class,
        verdict=_verdict(interval),
        ratio=None if mean is None else math.exp(mean),
        interval=interval,
        n=len(known),
        trials=len(newest_first),
        success_rate=sum(one.pattern.success for one in newest_first) / len(newest_first),
        files=(min(files), max(files)) if files else None,
        runs=tuple(known),
        agreeing=tuple(run for run, value in known.items() if mean and value * mean > 0),
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


def _verdict(interval: tuple[float, float] | None) -> Verdict:
    if interval is None or interval[0] <= 1 <= interval[1]:
        return "undecided"
    return "faster" if interval[0] > 1 else "slower"
