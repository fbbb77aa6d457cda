"""Advice on the system that is ahead of others over all tests."""

from collections.abc import Iterable, Mapping

from patterns.models import Implementation, Recommendation
from patterns.statistics.ranking import Ranking
from tracker.analysis.advice.evidence import (
    LIMIT,
    Evidence,
    advice_id,
    direction,
    listed,
    pairs_against,
)
from tracker.analysis.advice.impact import impact_of, priority_of
from tracker.models import ComparisonMetrics, VcsType

ADOPT = {
    VcsType.GIT.value: ("# in a clone of git there is nothing to change",),
    VcsType.GIT_WORKTREES.value: ("git worktree add ../worktree",),
    VcsType.JUJUTSU.value: ("jj git init --colocate",),
}
"""How a work copy comes to the system; a plug-in's own way is not known."""


def system(evidence: Evidence, ranking: Ranking | None) -> Iterable[Recommendation]:
    """Recommend the system that is ahead of others over all tests, and name its equals."""
    if ranking is None or ranking.best not in ADOPT:
        return
    best = ranking.best
    rivals = {
        name: pairs
        for name in ADOPT
        if name not in ranking.leaders and (pairs := pairs_against(evidence, best, name))
    }
    if not rivals:
        return
    means = {
        name: impact_of(list(pairs.values()), evidence.settings) for name, pairs in rivals.items()
    }
    nearest = min(means, key=lambda name: means[name].improvement or 0.0)
    impact = means[nearest]
    equals = [name for name in ranking.leaders if name != best]
    yield Recommendation(
        id=advice_id("system", best),
        priority=priority_of(impact.improvement),
        category="performance",
        title=f"Prefer {best} to {listed(rivals)} for work like this",
        description=f"Over {impact.n} tests it takes "
        + " and ".join(
            f"{one.improvement:.0f} % less time than {name}" for name, one in means.items()
        )
        + (f"; {listed(equals)} is not shown to be slower." if equals else "."),
        rationale="Shown by a signed-rank test over the log ratios of all tests, corrected for "
        "the number of pairs of systems.",
        expected_impact=impact,
        implementation=Implementation(
            effort="low" if best == VcsType.GIT.value else "medium",
            steps=ADOPT[best],
            risks=(
                *_slower_in(evidence, rivals),
                "Each test counts once, however often you do it.",
                LIMIT,
            ),
        ),
        evidence=evidence.run_ids(
            [evidence.results[place] for place in rivals[nearest]], (best, nearest)
        ),
    )


def _slower_in(
    evidence: Evidence, rivals: Mapping[str, Mapping[int, ComparisonMetrics]]
) -> Iterable[str]:
    lost = dict.fromkeys(
        f"{evidence.results[place].operation} (against {name})"
        for name, pairs in rivals.items()
        for place, pair in pairs.items()
        if direction(pair) < 0
    )
    return (f"Slower in {listed(lost)}.",) if lost else ()
