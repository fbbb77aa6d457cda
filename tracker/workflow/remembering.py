"""What is written down of a group: at once without verdicts, at the end with them."""

from collections.abc import Sequence

from patterns.models import PatternRecord
from patterns.store import PatternStore
from tracker.models import GroupResult, Plan, ProcessedResult, SessionInfo, Test
from tracker.workflow.bench import Bench
from tracker.workflow.scoring import FindBaseline, Scored, score
from tracker.workflow.session_changes import changes_of
from tracker.workflow.tracked import track


def remember(group: GroupResult, session: SessionInfo, plan: Plan, bench: Bench) -> None:
    """Write a group's trials to the store and to MLflow as soon as they are measured.

    Nothing is said of differences yet: p-values are corrected over the whole session.
    """
    if not group.trials:
        return
    scored = score(group, session, _finder(bench, session), level=_level(plan))
    _store(scored, bench)
    for one in scored:
        _link(one, track(group, one, plan, bench.tracking), bench)


def rewarded(
    groups: Sequence[GroupResult],
    results: Sequence[ProcessedResult],
    session: SessionInfo,
    plan: Plan,
    bench: Bench,
) -> tuple[ProcessedResult, ...]:
    """Return the results with rewards; patterns get the verdicts of the whole session."""
    measured = [group for group in groups if group.fixture is not None and group.trials]
    changes = changes_of(bench.store or bench.history, session, measured)
    finished = []
    for group, result in zip(measured, results, strict=True):
        scored = score(group, session, _finder(bench, session), result, level=_level(plan))
        _store(scored, bench)
        finished.append(_with_rewards(result, scored))
        for one in scored:
            change = changes.get(one.trial.run_id)
            run_id = track(group, one, plan, bench.tracking, judged=result, change=change)
            _link(one, run_id, bench)
    return tuple(finished)


def _level(plan: Plan) -> float:
    return plan.config.analysis.confidence_level


def _finder(bench: Bench, session: SessionInfo) -> FindBaseline:
    # What rewards are pinned to belongs to what is stored, whether or not history is asked.
    return baseline_finder(bench.store or bench.history, session)


def baseline_finder(store: PatternStore | None, session: SessionInfo) -> FindBaseline:
    """Return what finds the trial that rewards are pinned to; nothing without a store."""

    def find(test: Test, fixture_id: str) -> PatternRecord | None:
        if store is None:
            return None
        return store.baseline(
            operation=test.measured_operation,
            test_id=test.id,
            fixture_id=fixture_id,
            machine_class=session.machine.machine_class,
        )

    return find


def _store(scored: Sequence[Scored], bench: Bench) -> None:
    if bench.store is not None:
        for one in scored:
            bench.store.add_trial(one.record, one.rows)


def _link(one: Scored, mlflow_run: str | None, bench: Bench) -> None:
    if mlflow_run is not None and bench.store is not None:
        bench.store.update_mlflow_run(one.trial.run_id, mlflow_run)


def _with_rewards(result: ProcessedResult, scored: Sequence[Scored]) -> ProcessedResult:
    rewards = {one.trial.variant: one.reward for one in scored}
    winner = result.insights.winner
    learning = result.learning.model_copy(
        update={"rewards": rewards, "reward": rewards.get(winner) if winner else None}
    )
    return result.model_copy(update={"learning": learning})
