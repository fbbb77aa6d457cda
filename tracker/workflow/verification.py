"""Verifying advice: a race on a copy of the repository, and what is remembered of it."""

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from patterns.learning.pattern import task_of
from patterns.learning.recommendation.advice import Advice, Bounds
from patterns.learning.recommendation.racing import ALPHA, Race
from patterns.models import BenchmarkPattern, PatternContext, PatternRecord, Value
from patterns.statistics.sequential import MedianSequence
from tracker import __version__
from tracker.config import InputError
from tracker.models import Machine, Plan, SessionInfo, TestSuite, TrialGroup
from tracker.workflow.advice import Advised
from tracker.workflow.bench import local_executor
from tracker.workflow.catalogue import shipped_suites
from tracker.workflow.contenders import FULL_ROUNDS, contenders, most_rounds
from tracker.workflow.history import open_store
from tracker.workflow.race import RaceResult, run_race
from tracker.workflow.request import RunRequest
from tracker.workflow.scoring import score
from tracker.workflow.task import Task, planned_task
from tracker.workflow.workspace import open_workspace

OPERATION = "recommendation"
"""The operation of the patterns that remember verifications."""

COVERED = 0.95
"""Share of the workload's predicted time whose operations are measured."""

Result = Literal["confirmed", "overturned", "undecided"]


class Verification(Value):
    """What measuring said of a prediction."""

    prediction_id: str
    session_id: str
    result: Result
    baseline: str
    predicted: str
    best: str
    candidate: str
    predicted_ratio: Bounds | None
    measured_ratio: Bounds | None
    covered: bool | None
    regret: float | None
    regret_ms_per_day: float | None
    rounds: int
    iterations: int
    full_factorial: int
    operations: tuple[str, ...]
    failed: dict[str, str]
    alpha: float = ALPHA


def verify(
    project: Path | None,
    advised: Advised,
    repo: Path,
    *,
    tell: Callable[[str, float | None], None],
    rounds: int | None = None,
) -> Verification:
    """Measure baseline and best candidates in turns until one is left, and remember it.

    The repository is only read: what is measured is a copy. The trials are stored as any
    others, so that the next advice knows them; the outcome is a pattern with the prediction's id.
    """
    advice = advised.advice
    names = contenders(advice)
    task = _task(project, advice, repo, names)
    plan = _plan(task.prepared.plan, advice)
    task.folder.path.mkdir(parents=True, exist_ok=True)
    tell("copying the repository", None)
    executor = local_executor(task.workspace, plan, task.folder, tell)
    race = Race(tuple(name for name in names if _is_planned(name, plan)))
    session = _session(task, plan)
    try:
        session = session.model_copy(
            update={"machine": executor.describe(), "versions": executor.versions()}
        )
        most = rounds or most_rounds(advice, race.names)
        done = run_race(plan, executor, race, advice.per_day, most_rounds=most, tell=tell)
    finally:
        executor.close()
    found = judged(advice, race, done, session.session_id, len(advice.ranking))
    _remember(task, session, advice, done, found)
    return found


def judged(
    advice: Advice, race: Race, done: RaceResult, session_id: str, variants: int
) -> Verification:
    """Return what a race says of a prediction."""
    sequence = None
    if advice.candidate in race.names and advice.candidate not in done.failed:
        sequence = race.sequence(advice.candidate, advice.baseline)
    measured = _bounds(sequence)
    best = race.best
    rounds = race.rounds
    regret, per_day = _regret(race, advice.recommended, best)
    return Verification(
        prediction_id=advice.prediction_id,
        session_id=session_id,
        result=_result(advice, race, best),
        baseline=advice.baseline,
        predicted=advice.recommended,
        best=best,
        candidate=advice.candidate,
        predicted_ratio=next(
            (one.ratio for one in advice.ranking if one.variant == advice.candidate), None
        ),
        measured_ratio=measured,
        covered=_covered(advice, measured),
        regret=regret,
        regret_ms_per_day=per_day,
        rounds=rounds,
        iterations=done.iterations,
        full_factorial=variants * len(advice.operations) * FULL_ROUNDS,
        operations=tuple(group.group.test.measured_operation for group in done.groups),
        failed=dict.fromkeys(done.failed, "see the session"),
    )


def verifications(records: Iterable[PatternRecord]) -> list[tuple[int, Verification]]:
    """Return the remembered verifications with their times (Unix ms), oldest first."""
    found = []
    for record in records:
        try:
            held = json.loads(record.pattern.output)["verification"]
            found.append((record.context.created_at, Verification.model_validate(held)))
        except (KeyError, TypeError, ValueError):
            continue  # something else under this name
    return sorted(found, key=lambda one: one[0])


def list_verifications(project: Path | None) -> list[tuple[int, Verification]]:
    """Return the project's verifications."""
    with open_store(open_workspace(project)) as store:
        return verifications(store.records(f"{OPERATION}-*", trials=False))


def _task(project: Path | None, advice: Advice, repo: Path, names: Sequence[str]) -> Task:
    chosen = _tests(shipped_suites(project), _measured_operations(advice))
    if not chosen:
        raise InputError.single(
            "--verify", "no suite has a test of these operations", advice="See: tracker suites list"
        )
    request = RunRequest(
        sources=tuple(sorted({suite for suite, _ in chosen.values()})),
        tests=tuple(sorted({test for _, test in chosen.values()})),
        variants=tuple(names),
        repos=(repo,),
        iterations=1,
    )
    return planned_task(project, request)


def _measured_operations(advice: Advice) -> list[str]:
    """Return the operations that make up most of the predicted time, the dearest first."""
    weights = {one.operation: one.per_day * (one.baseline_ms or 0) for one in advice.operations}
    whole, kept, total = sum(weights.values()), [], 0.0
    for name in sorted(weights, key=lambda one: -weights[one]):
        if total >= COVERED * whole:
            break
        kept.append(name)
        total += weights[name]
    return kept


def _tests(suites: Sequence[TestSuite], operations: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return suite and test of each operation: the first that has it."""
    found: dict[str, tuple[str, str]] = {}
    for suite in suites:
        for test in suite.tests:
            if test.measured_operation in operations:
                found.setdefault(test.measured_operation, (suite.id, test.id))
    return found


def _plan(plan: Plan, advice: Advice) -> Plan:
    """Return the plan with one group for each operation."""
    groups: dict[str, TrialGroup] = {}
    for group in plan.groups:
        if group.test.measured_operation in advice.per_day:
            groups.setdefault(group.test.measured_operation, group)
    return plan.model_copy(update={"groups": tuple(groups.values())})


def _is_planned(name: str, plan: Plan) -> bool:
    planned = all(name in {one.name for one in group.variants} for group in plan.groups)
    if not planned:
        why = next((one.reason for one in plan.skipped if one.variant == name), "not available")
        raise InputError.single("--verify", f"{name} cannot be measured here: {why}")
    return planned


def _session(task: Task, plan: Plan) -> SessionInfo:
    return SessionInfo(
        session_id=task.folder.session_id,
        config_id=plan.config.id,
        config_name=plan.config.name,
        config_hash=task.prepared.config_hash,
        started_ms=int(time.time() * 1000),
        seed=plan.seed,
        machine=Machine(machine_class="unknown"),
        versions={},
        tracker_version=__version__,
    )


def _bounds(sequence: MedianSequence | None) -> Bounds | None:
    if sequence is None:
        return None
    low, high = (
        math.exp(end) if math.isfinite(end) else None for end in (sequence.low, sequence.high)
    )
    return Bounds(value=math.exp(sequence.estimate), low=low, high=high)


def _result(advice: Advice, race: Race, best: str) -> Result:
    if not race.decided:
        return "undecided"
    return "confirmed" if best == advice.recommended else "overturned"


def _covered(advice: Advice, measured: Bounds | None) -> bool | None:
    predicted = next((one.ratio for one in advice.ranking if one.variant == advice.candidate), None)
    if measured is None or predicted is None or predicted.low is None or predicted.high is None:
        return None
    return predicted.low <= measured.value <= predicted.high


def _regret(race: Race, chosen: str, best: str) -> tuple[float | None, float | None]:
    """Return by how much the recommended one is dearer: relative, and in ms a day."""
    pairs = [(one[chosen], one[best]) for one in race.costs if chosen in one and best in one]
    if not pairs:
        return None, None
    pairs.sort(key=lambda pair: pair[0] / pair[1])
    first, second = pairs[len(pairs) // 2]
    return max(first / second - 1, 0.0), max(first - second, 0.0)


def _remember(
    task: Task, session: SessionInfo, advice: Advice, done: RaceResult, found: Verification
) -> None:
    level = task.prepared.plan.config.analysis.confidence_level
    with open_store(task.workspace) as store:
        for group in done.groups:
            for one in score(group, session, lambda _test, _fixture: None, level=level):
                store.add_trial(one.record, one.rows)
        store.add_patterns([_pattern(session, advice, found)])


def _pattern(session: SessionInfo, advice: Advice, found: Verification) -> PatternRecord:
    asked = {
        "operation": OPERATION,
        "vcsType": advice.recommended.split("+")[0],
        "variant": advice.recommended,
        "repoSize": "custom",
        "files": advice.features.get("files"),
        "predictionId": advice.prediction_id,
        "perDay": advice.per_day,
        "trainingHash": advice.training_hash,
        "evidence": advice.evidence_kind,
    }
    said = f"{found.result}: predicted {found.predicted}, {found.best} after {found.rounds} rounds"
    output: Mapping[str, object] = {
        "success": found.result == "confirmed",
        "verification": found.model_dump(mode="json", by_alias=True),
    }
    pattern = BenchmarkPattern(
        session_id=session.session_id,
        task=task_of(OPERATION, advice.recommended.split("+")[0]),
        input=json.dumps(asked, sort_keys=True),
        output=json.dumps(output, sort_keys=True),
        reward=None,
        success=found.result == "confirmed",
        critique=said,
    )
    counts = {
        name: None if (value := advice.features.get(name)) is None else int(value)
        for name in ("files", "commits", "branches", "tags", "total_bytes")
    }
    context = PatternContext(
        operation=OPERATION,
        vcs_type=advice.recommended.split("+")[0],
        variant=advice.recommended,
        repo_size="custom",
        created_at=int(datetime.now(UTC).timestamp() * 1000),
        machine_class=session.machine.machine_class,
        round=found.rounds,
        **counts,
    )
    return PatternRecord(pattern=pattern, context=context)
