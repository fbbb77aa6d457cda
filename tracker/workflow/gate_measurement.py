"""Suspects measured again: the old and the new version in turns, until the evidence decides."""

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from patterns.learning.monitoring.duel import ALPHA, DuelState, Finding, judge
from tracker.config import InputError
from tracker.measurement.executor import Executor
from tracker.models import Plan, TrialGroup
from tracker.models.gate import GateResult, Side
from tracker.workflow.bench import Report
from tracker.workflow.duel import VALUES, Rounds, Version, measure_rounds, opened_executor
from tracker.workflow.gate_request import CheckRequest
from tracker.workflow.preparation import prepare
from tracker.workflow.request import RunRequest
from tracker.workflow.workspace import Workspace

OpenExecutor = Callable[[Workspace, Plan, Report], AbstractContextManager[Executor]]

FEWEST_ROUNDS = 6
"""Fewer cannot decide anything at these error rates."""


@dataclass(frozen=True)
class Measuring:
    """What re-measurements share."""

    workspace: Workspace
    request: CheckRequest
    old: Version
    new: Version
    progress: Report
    open_executor: OpenExecutor = opened_executor


def planned_groups(
    workspace: Workspace, selection: RunRequest, version: Version, tests: Sequence[str] = ()
) -> Plan:
    """Return the plan of the tests a version is to run, one group for each repository.

    Raises
    ------
    InputError
        When nothing is selected that the version's system can run.
    """
    system = version.variant.vcs_type
    request = replace(
        selection, variants=(system,), tests=tuple(tests) or selection.tests, iterations=1
    )
    return prepare(workspace, request).plan


def measured_metrics(metrics: Sequence[str]) -> tuple[str, ...]:
    """Return the metrics that a re-measurement can have; refuse where there is none."""
    found = tuple(metric for metric in metrics if metric in VALUES)
    if not found:
        raise InputError.single(
            "--metric",
            f"{', '.join(metrics)} cannot be measured in turns",
            advice=f"Choose {', '.join(VALUES)}.",
        )
    return found


def measure_groups(plan: Plan, measuring: Measuring) -> tuple[GateResult, ...]:
    """Return a result for each group and metric; nothing runs at the same time."""
    with measuring.open_executor(
        measuring.workspace, _with_versions(plan, measuring), measuring.progress
    ) as executor:
        machine_class = executor.describe().machine_class
        return tuple(
            result
            for group in plan.groups
            for result in _measured(executor, group, measuring, machine_class)
        )


def _with_versions(plan: Plan, measuring: Measuring) -> Plan:
    variants = (measuring.old.variant, measuring.new.variant)
    groups = tuple(group.model_copy(update={"variants": variants}) for group in plan.groups)
    return plan.model_copy(update={"groups": groups})


def _measured(
    executor: Executor, group: TrialGroup, measuring: Measuring, machine_class: str
) -> list[GateResult]:
    request = measuring.request
    metrics = measured_metrics(request.metrics)
    # Each metric is a claim of its own: together they are wrong at most that often.
    alpha = ALPHA / len(metrics)

    def states(rounds: Rounds) -> dict[str, DuelState]:
        return {
            metric: judge(rounds.log_ratios.get(metric, ()), least=request.rules.least, alpha=alpha)
            for metric in metrics
        }

    def decided(rounds: Rounds) -> bool:
        known = [len(rounds.log_ratios.get(metric, ())) for metric in metrics]
        if max(known, default=0) < FEWEST_ROUNDS:
            return False
        found = states(rounds)
        slower = any(state.finding is Finding.SLOWER for state in found.values())
        return slower or all(state.finding is not Finding.UNDECIDED for state in found.values())

    def tell(rounds: Rounds) -> None:
        text = f"{group.test.id}: {measuring.old.name} against {measuring.new.name}, "
        measuring.progress(
            f"{text}round {max(map(len, rounds.log_ratios.values()), default=0)}",
            min(rounds.seconds / request.budget_s, 1.0),
        )

    rounds = measure_rounds(
        executor,
        group,
        measuring.old,
        measuring.new,
        metrics=metrics,
        decided=decided,
        budget_s=request.budget_s,
        seed=request.seed,
        progress=tell,
    )
    return [
        _result(group, metric, state, rounds, measuring, machine_class)
        for metric, state in states(rounds).items()
    ]


def _result(
    group: TrialGroup,
    metric: str,
    state: DuelState,
    rounds: Rounds,
    measuring: Measuring,
    machine_class: str,
) -> GateResult:
    rules = measuring.request.rules
    ratio = state.ratio
    severity = rules.severity(ratio) if ratio and state.finding is Finding.SLOWER else None
    verdicts = {
        Finding.SLOWER: "regressed",
        Finding.FASTER: "improved",
        Finding.NO_CHANGE: "unchanged",
        Finding.UNDECIDED: "inconclusive",
    }
    unit = "bytes" if metric == "memory" else "ms"
    confirmed = state.finding in (Finding.SLOWER, Finding.FASTER)
    values = rounds.values.get(metric, {"old": [], "new": []})
    return GateResult.model_validate(
        {
            "name": f"{group.test.id}/{group.fixture.size.value}/{metric}",
            "test_id": group.test.id,
            "vcs_type": measuring.old.variant.vcs_type,
            "variant": measuring.old.variant.vcs_type,
            "repository": group.fixture.size.value,
            "metric": metric,
            "unit": unit,
            "machine_class": machine_class,
            "verdict": verdicts[state.finding],
            "level": "confirmed" if confirmed else None,
            "severity": severity,
            "baseline": Side(ref=measuring.old.name, value=_middle(values["old"]), n=state.n),
            "candidate": Side(ref=measuring.new.name, value=_middle(values["new"]), n=state.n),
            "change_percent": None if ratio is None else 100.0 * (ratio - 1.0),
            "change_interval": _percents(state.low, state.high),
            "evidence": _finite(state.evidence),
            "method": "re-measured",
            "smallest_visible_percent": _percent(state.smallest_seen),
            "reason": _reason(state, rounds, measuring.request.budget_s),
        }
    )


def _middle(values: Sequence[float]) -> float | None:
    ordered = sorted(values)
    if not ordered:
        return None
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _percent(ratio: float | None) -> float | None:
    return None if ratio is None else 100.0 * (ratio - 1.0)


def _percents(low: float | None, high: float | None) -> tuple[float, float] | None:
    if low is None or high is None:
        return None
    return 100.0 * (low - 1.0), 100.0 * (high - 1.0)


def _reason(state: DuelState, rounds: Rounds, budget_s: float) -> str | None:
    if state.n == 0:
        return "this metric is not known here"
    if state.finding is not Finding.UNDECIDED:
        return None
    if rounds.seconds >= budget_s:
        return f"not decided after {state.n} rounds in {rounds.seconds:.0f} s"
    return f"not decided after {state.n} rounds, which another metric ended"
