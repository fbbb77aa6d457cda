"""The report of the session that has just been measured."""

from collections.abc import Sequence

from patterns.store import PatternStore, StoreError
from tracker.analysis import (
    average_speedup,
    compare_session,
    key_findings,
    overall_ranking,
    recommendations,
    session_growth,
    with_bottlenecks,
)
from tracker.analysis.history import PastSeries, historical, with_history
from tracker.analysis.noise import noise_floor
from tracker.config import Project
from tracker.models import (
    BenchmarkReport,
    GroupResult,
    Plan,
    ProcessedResult,
    SessionResult,
)
from tracker.models.report import Historical
from tracker.report.build import Judgement, build_report
from tracker.workflow.archive import all_sessions
from tracker.workflow.past import past_series


def report_of(
    project: Project,
    plan: Plan,
    measured: SessionResult,
    groups: Sequence[GroupResult],
    results: Sequence[ProcessedResult],
    *,
    generated_ms: int,
    history: PatternStore | None = None,
) -> BenchmarkReport:
    """Return the report of what was measured.

    Parameters
    ----------
    history : PatternStore, optional
        Where earlier sessions are; None where the configuration doesn't ask it.
    """
    settings = plan.config.analysis
    growth = session_growth(groups, settings)
    explained = with_bottlenecks(groups, results, growth, settings)
    past: tuple[PastSeries, ...] = ()
    then = Historical(
        previous_reports=_earlier(project, measured),
        machine_class=measured.session.machine.machine_class,
        reason="the configuration does not ask the history",
    )
    if not settings.trend_analysis:
        then = then.model_copy(update={"reason": "the configuration asks for no trends"})
    elif history is not None:
        try:
            past = past_series(measured, explained, history)
        except StoreError as error:  # what was measured is reported without it
            then = then.model_copy(update={"reason": f"the history cannot be read: {error}"})
        else:
            then = historical(past, settings, previous_reports=then.previous_reports).model_copy(
                update={"machine_class": then.machine_class}
            )
    finished = with_history(explained, past)
    speedup, n = average_speedup(finished)
    ranking = overall_ranking(finished, settings)
    judgement = Judgement(
        comparison=compare_session(finished).model_copy(update={"growth": growth}),
        overall_winner=ranking.winner if ranking else None,
        avg_speedup=speedup,
        avg_speedup_n=n,
        key_findings=key_findings(finished),
    )
    return build_report(
        measured,
        finished,
        judgement,
        {group.fixture.id: group.fixture for group in groups if group.fixture is not None},
        generated_ms=generated_ms,
        historical=then,
        recommendations=recommendations(groups, finished, ranking, then, settings),
        settings=settings,
        noise=noise_floor(groups, finished, then.noise_floor),
    )


def _earlier(project: Project, measured: SessionResult) -> tuple[str, ...]:
    """Return the ids of earlier reports of the same configuration."""
    session = measured.session
    return tuple(
        ending.report_id
        for folder in all_sessions(project)
        if folder.session_id != session.session_id
        and (ending := folder.ending()) is not None
        and ending.config_id == session.config_id
    )
