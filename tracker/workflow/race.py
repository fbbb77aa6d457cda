"""Variants measured in turns, all operations of a workload in each round, until it is decided."""

import random
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from patterns.learning.recommendation.racing import Race
from tracker.measurement.executor import Executor, ExecutorError, TrialSpec, Turn
from tracker.measurement.turn import RunningTrial, TurnTaker
from tracker.models import (
    GroupResult,
    IterationRecord,
    Plan,
    RepositoryFixture,
    TrialGroup,
    TrialSummary,
)
from tracker.models.enums import Phase

FAILURES = 2
"""Rounds that may fail before a variant is out: one may be an accident."""

Tell = Callable[[str, float | None], None]


@dataclass
class _Lane:
    """One operation: its group, its weight, and every variant's trial."""

    group: TrialGroup
    fixture: RepositoryFixture
    per_day: float
    trials: dict[str, RunningTrial] = field(default_factory=dict)
    one_off_ms: dict[str, float | None] = field(default_factory=dict)
    records: list[IterationRecord] = field(default_factory=list)


@dataclass(frozen=True)
class RaceResult:
    """How a race ended, and everything that was measured in it."""

    groups: tuple[GroupResult, ...]
    iterations: int
    failed: Mapping[str, str]
    one_off_ms: Mapping[str, float | None]


def run_race(
    plan: Plan,
    executor: Executor,
    race: Race,
    per_day: Mapping[str, float],
    *,
    most_rounds: int,
    tell: Tell,
    warm_ups: int = 1,
    clock: Callable[[], float] = time.time,
) -> RaceResult:
    """Measure until the race is decided or the rounds are used up.

    Parameters
    ----------
    plan : Plan
        A group for each operation, all on one repository, with every variant of the race.
    per_day : mapping of operation to times a day
        What a round's durations are weighed by.

    Notes
    -----
    In each round every operation is run once in every variant that is still in the race, in
    random order within the operation; the cost of a round is the workload's ms a day.
    """
    taker = TurnTaker(executor, executor.describe(), clock)
    lanes = [_lane(group, executor, per_day, int(clock())) for group in plan.groups]
    failed: dict[str, str] = {}
    misses: dict[str, int] = {}
    iterations = 0
    shuffle = random.Random(plan.seed)  # noqa: S311  an order, no secret
    try:
        _begin(lanes, executor, race, failed)
        rounds: list[tuple[Phase, int]] = [("warm-up", one + 1) for one in range(warm_ups)]
        rounds += [("measured", one + 1) for one in range(most_rounds)]
        for phase, number in rounds:
            if race.decided:
                break
            tell(f"{phase} round {number}: {', '.join(race.alive)}", number / len(rounds))
            costs, bad = _round(
                lanes, taker, race.alive, Turn(phase=phase, round=number, order=0), shuffle
            )
            iterations += len(race.alive) * len(lanes)
            for name, reason in bad.items():
                misses[name] = misses.get(name, 0) + 1
                if misses[name] >= FAILURES and name in race.alive and len(race.alive) > 1:
                    failed[name] = reason
                    race.remove(name)
            if phase == "measured" and not bad and not race.decided:
                race.add(costs)
    finally:
        for lane in lanes:
            for trial in lane.trials.values():
                executor.end(trial.spec, failed=False)
    one_offs = {name: cost for lane in lanes for name, cost in lane.one_off_ms.items()}
    return RaceResult(tuple(_result(lane, failed) for lane in lanes), iterations, failed, one_offs)


def _lane(group: TrialGroup, executor: Executor, per_day: Mapping[str, float], now: int) -> _Lane:
    fixture = executor.fixture(group.fixture)
    lane = _Lane(group, fixture, per_day[group.test.measured_operation])
    for variant in group.variants:
        spec = TrialSpec(
            group=group.key,
            suite_id=group.suite_id,
            test=group.test,
            variant=variant,
            fixture=fixture,
            run_id=f"run-{now}-{secrets.token_hex(3)}",
            setup=group.setup,
            teardown=group.teardown,
            timeout_ms=group.test.timeout or 60_000,
        )
        lane.trials[variant.name] = RunningTrial(
            spec=spec, wanted=group.test.for_vcs(variant.vcs_type)
        )
    return lane


def _begin(lanes: Sequence[_Lane], executor: Executor, race: Race, failed: dict[str, str]) -> None:
    for lane in lanes:
        for name, trial in lane.trials.items():
            if name in failed:
                continue
            try:
                lane.one_off_ms[name] = executor.begin(trial.spec).one_off_ms
            except ExecutorError as error:
                failed[name] = f"set-up: {error}"
                if name in race.alive and len(race.alive) > 1:
                    race.remove(name)


def _round(
    lanes: Sequence[_Lane],
    taker: TurnTaker,
    alive: Sequence[str],
    turn: Turn,
    shuffle: random.Random,
) -> tuple[dict[str, float], dict[str, str]]:
    """Return the cost of a round by variant, and why some have none."""
    costs = dict.fromkeys(alive, 0.0)
    bad: dict[str, str] = {}
    for lane in lanes:
        for order, name in enumerate(shuffle.sample(list(alive), len(alive))):
            own = turn.model_copy(update={"order": order})
            result = taker.take(lane.trials[name], own)
            raw = result.record.raw
            lane.records.append(result.record)
            duration = raw.execution.duration_ms
            if raw.quality.success and duration is not None:
                costs[name] += lane.per_day * duration
            else:
                bad[name] = result.reason or "failed"
    return costs, bad


def _result(lane: _Lane, failed: Mapping[str, str]) -> GroupResult:
    trials = []
    for name, trial in lane.trials.items():
        measured = [one for one in lane.records if one.variant == name and one.phase == "measured"]
        if not measured:
            continue
        good = sum(one.raw.quality.success for one in measured)
        trials.append(
            TrialSummary(
                run_id=trial.spec.run_id,
                suite_id=lane.group.suite_id,
                test_id=lane.group.test.id,
                operation=lane.group.test.measured_operation,
                variant=name,
                vcs_type=trial.spec.variant.vcs_type,
                repo_size=lane.fixture.size,
                repo_id=lane.fixture.id,
                status="failed" if name in failed else "finished",
                success_rate=good / len(measured),
                outcome_passed=None,
                reason=failed.get(name),
                one_off_ms=lane.one_off_ms.get(name),
            )
        )
    return GroupResult(
        group=lane.group, fixture=lane.fixture, trials=tuple(trials), records=tuple(lane.records)
    )
