"""How a trial gets into MLflow."""

from tracker.analysis import process
from tracker.models import GroupResult, Plan, ProcessedResult
from tracker.tracking.change import Change
from tracker.tracking.names import Param
from tracker.tracking.protocol import SessionTracking
from tracker.workflow.scoring import Scored


def track(
    group: GroupResult,
    one: Scored,
    plan: Plan,
    tracking: SessionTracking,
    *,
    judged: ProcessedResult | None = None,
    change: Change | None = None,
) -> str | None:
    """Write a trial to MLflow, or what is new of one that is there; return MLflow's run id."""
    result = judged or process([group], plan.config.analysis, seed=plan.seed)[0]
    stats = result.variants.get(one.trial.variant)
    critique = one.record.pattern.critique or ""
    generated = group.fixture is not None and group.fixture.generation.parameters is not None
    run_id = None
    if judged is not None:
        run_id = tracking.judge_trial(one.trial, stats, critique, change)
    if run_id is not None:
        return run_id
    return tracking.log_trial(
        one.trial,
        [record for record in group.records if record.variant == one.trial.variant],
        stats,
        one.reward,
        critique,
        fixture=group.fixture,
        params={Param.REPOSITORY: group.group.fixture.source},
        change=change,
        keep_output=generated,
    )
