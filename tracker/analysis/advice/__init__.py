"""What to do about what was found: recommendations, each with the runs it rests on."""

from collections.abc import Sequence

from patterns.models import Recommendation
from patterns.statistics.ranking import Ranking
from tracker.analysis.advice.configurations import configurations
from tracker.analysis.advice.evidence import Evidence
from tracker.analysis.advice.faults import regressions, unsound
from tracker.analysis.advice.rounds import more_rounds
from tracker.analysis.advice.systems import system
from tracker.models import GroupResult, ProcessedResult
from tracker.models.config import Analysis
from tracker.models.report import Historical

__all__ = ["recommendations"]


def recommendations(
    groups: Sequence[GroupResult],
    results: Sequence[ProcessedResult],
    ranking: Ranking | None,
    historical: Historical,
    settings: Analysis,
) -> tuple[Recommendation, ...]:
    """Return what the evidence of a session advises, the most urgent first.

    Parameters
    ----------
    groups, results : sequences
        All groups of the session, and what was made of those that were measured.
    ranking : Ranking or None
        Of the test over all tests.
    historical : Historical
        Regressions against earlier sessions.
    """
    evidence = Evidence(
        results=tuple(results),
        variants={one.name: one for group in groups for one in group.group.variants},
        runs={
            (one.suite_id, one.test_id, one.repo_id, one.variant): one
            for group in groups
            for one in group.trials
        },
        settings=settings,
    )
    found = [
        *unsound(evidence),
        *regressions(historical),
        *configurations(evidence),
        *system(evidence, ranking),
        *more_rounds(evidence),
    ]
    order = ("critical", "high", "medium", "low")
    return tuple(sorted(found, key=lambda one: order.index(one.priority)))
