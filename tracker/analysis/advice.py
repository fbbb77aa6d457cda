"""What to do about what was found: recommendations, each with the runs it rests on."""

import hashlib
import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from patterns.models import ExpectedImpact, Implementation, Recommendation
from patterns.statistics.paired import signed_rank
from patterns.statistics.ranking import Ranking, geometric_mean
from tracker.analysis.findings import factor
from tracker.models import (
    ComparisonMetrics,
    GroupResult,
    ProcessedResult,
    TrialSummary,
    Variant,
    VcsType,
)
from tracker.models.config import Analysis
from tracker.models.report import Historical

Priority = Literal["low", "medium", "high", "critical"]

MOST_ROUNDS = 1000
"""What a configuration may ask for."""

SHOWN = 4
"""Names in a sentence; the rest is counted."""

ADOPT = {
    VcsType.GIT.value: ("# in a clone of git there is nothing to change",),
    VcsType.GIT_WORKTREES.value: ("git worktree add ../worktree",),
    VcsType.JUJUTSU.value: ("jj git init --colocate",),
}
"""How a work copy comes to the system; a plug-in's own way is not known."""

LIMIT = "Measured on these repositories, this machine and these versions; other work may differ."


@dataclass(frozen=True)
class Evidence:
    """A session, by what advice is made of."""

    results: tuple[ProcessedResult, ...]
    variants: Mapping[str, Variant]
    runs: Mapping[tuple[str, str, str, str], TrialSummary]
    settings: Analysis

    def run_ids(self, results: Iterable[ProcessedResult], names: Iterable[str]) -> tuple[str, ...]:
        """Return the runs of variants in tests."""
        wanted = list(names)
        return tuple(
            trial.run_id
            for result in results
            for name in wanted
            if (trial := self.runs.get((*_place(result), name)))
        )


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
        *_unsound(evidence),
        *_regressions(historical),
        *_configurations(evidence),
        *_system(evidence, ranking),
        *_more_rounds(evidence),
    ]
    order = ("critical", "high", "medium", "low")
    return tuple(sorted(found, key=lambda one: order.index(one.priority)))


def _place(result: ProcessedResult) -> tuple[str, str, str]:
    return result.test_suite, result.test_id, result.repo_id


def _unsound(evidence: Evidence) -> Iterable[Recommendation]:
    """Warn of variants whose result was wrong, or that failed."""
    groups: dict[tuple[str, str], list[TrialSummary]] = {}
    for trial in evidence.runs.values():
        if trial.status in ("void", "failed"):
            groups.setdefault((trial.variant, trial.status), []).append(trial)
    for (variant, status), trials in groups.items():
        tests = _listed(dict.fromkeys(trial.test_id for trial in trials))
        wrong = status == "void"
        reason = next((trial.reason for trial in trials if trial.reason), "no reason was given")
        yield Recommendation(
            id=_id("unsound", variant, status),
            priority="critical" if wrong else "high",
            category="quality",
            title=f"Do not rely on {variant} for {tests} before this is understood",
            description=f"Its result was {'wrong' if wrong else 'a failure'}: {reason}",
            rationale="A wrong result has no speed: the outcome is compared with that of git."
            if wrong
            else "The command did not end as the test expects.",
            expected_impact=ExpectedImpact(
                metric="success_rate", improvement=None, confidence=None, n=len(trials)
            ),
            implementation=Implementation(
                effort="medium",
                steps=tuple(f"tracker runs show {trial.run_id}" for trial in trials[:SHOWN]),
                risks=("Its times are in no comparison of this report.",),
            ),
            evidence=tuple(trial.run_id for trial in trials),
        )


def _regressions(historical: Historical) -> Iterable[Recommendation]:
    urgency: dict[str, Priority] = {"severe": "high", "moderate": "medium", "minor": "low"}
    for one in historical.regressions:
        versions = (
            f" ({one.previous_version} → {one.current_version})"
            if one.previous_version != one.current_version
            else ""
        )
        back = 100.0 * (1.0 - one.previous_value / one.current_value)
        yield Recommendation(
            id=_id("regression", one.test, one.variant or "", one.metric or ""),
            priority=urgency[one.severity],
            category="performance",
            title=f"Find out why {one.test} got slower with {one.variant}{versions}",
            description=f"{one.metric} rose by {one.degradation:.1f} % against the median of "
            f"{one.n} earlier sessions on this machine class.",
            rationale=f"Changes up to {one.noise_floor:.1f} % come from noise between sessions; "
            "this one is beyond it, corrected for all series."
            if one.noise_floor is not None
            else "It is beyond the noise between sessions.",
            expected_impact=ExpectedImpact(
                metric=one.metric or "time_ms",
                improvement=back,
                confidence=None,
                n=one.n,
            ),
            implementation=Implementation(
                effort="medium",
                steps=tuple(f"tracker runs show {run}" for run in one.runs[-2:]),
                risks=("The machine itself may have changed: measure the old version beside it.",),
            ),
            evidence=one.runs,
        )


def _configurations(evidence: Evidence) -> Iterable[Recommendation]:
    """Recommend settings that were measured to be faster than the system as it comes."""
    for name, variant in evidence.variants.items():
        if name == variant.vcs_type or not (variant.settings or variant.prepare):
            continue
        against = _against(evidence, name, variant.vcs_type)
        wins = {key: one for key, one in against.items() if _shown(one) > 0}
        losses = {key: one for key, one in against.items() if _shown(one) < 0}
        if wins:
            yield _configuration(evidence, variant, against, wins, losses)


def _configuration(
    evidence: Evidence,
    variant: Variant,
    against: Mapping[int, ComparisonMetrics],
    wins: Mapping[int, ComparisonMetrics],
    losses: Mapping[int, ComparisonMetrics],
) -> Recommendation:
    counted = wins if losses else against
    impact = _impact(list(counted.values()), evidence.settings)
    tests = [evidence.results[key] for key in counted]
    where = _listed(dict.fromkeys(evidence.results[key].operation for key in wins))
    lost = _listed(dict.fromkeys(evidence.results[key].operation for key in losses))
    costs = [
        trial.one_off_ms
        for result in tests
        if (trial := evidence.runs.get((*_place(result), variant.name))) and trial.one_off_ms
    ]
    risks = [
        variant.description,
        f"Slower in {lost}." if losses else "",
        f"Preparing it once took {factor(float(np.median(costs)))} ms." if costs else "",
        f"Needs {', '.join(variant.requires)}." if variant.requires else "",
        LIMIT,
    ]
    return Recommendation(
        id=_id("configuration", variant.name),
        priority=_priority(impact.improvement),
        category="performance",
        title=f"Use {variant.name} for {where}"
        if losses or len(wins) < len(against)
        else f"Use {variant.name}",
        description=f"Faster than {variant.vcs_type} as it comes in {len(wins)} of "
        f"{len(against)} tests, slower in {len(losses)}.",
        rationale=_times_said(wins, evidence, variant.name),
        expected_impact=impact,
        implementation=Implementation(
            effort="low", steps=_lines(variant), risks=tuple(risk for risk in risks if risk)
        ),
        evidence=evidence.run_ids(tests, (variant.name, variant.vcs_type)),
    )


def _against(evidence: Evidence, name: str, baseline: str) -> dict[int, ComparisonMetrics]:
    """Return the comparisons of a variant with a baseline, by the place of the result."""
    return {
        place: pair
        for place, result in enumerate(evidence.results)
        if (pair := result.pair(name, baseline)) and pair.speedup_factor is not None
    }


def _shown(pair: ComparisonMetrics) -> int:
    """Return 1 where the candidate is shown to be faster by more than matters, -1 slower."""
    if pair.verdict != "different" or not pair.practical.meaningful or pair.speedup_factor is None:
        return 0
    return 1 if pair.speedup_factor > 1 else -1


def _impact(pairs: Sequence[ComparisonMetrics], settings: Analysis) -> ExpectedImpact:
    """Return the time saved in percent: the geometric mean over tests, with its interval."""
    ratios = [pair.speedup_factor for pair in pairs if pair.speedup_factor]
    mean = geometric_mean(ratios)
    interval = _interval(pairs, ratios, settings)
    return ExpectedImpact(
        metric="time_ms",
        improvement=_saved(mean.value) if mean else None,
        confidence=settings.confidence_level if interval else None,
        interval=(_saved(interval[0]), _saved(interval[1])) if interval else None,
        n=len(ratios),
    )


def _interval(
    pairs: Sequence[ComparisonMetrics], ratios: Sequence[float], settings: Analysis
) -> tuple[float, float] | None:
    """Return the interval over tests; with too few of them, what holds the interval of each."""
    test = signed_rank(np.log(ratios)) if ratios else None
    found = test.interval(settings.confidence_level) if test else None
    if found is not None:
        return math.exp(found.low), math.exp(found.high)
    own = [pair.statistical.confidence_interval for pair in pairs]
    known = [one for one in own if one is not None]
    if not known or len(known) < len(own):
        return None
    return min(low for low, _ in known), max(high for _, high in known)


def _saved(ratio: float) -> float:
    return 100.0 * (1.0 - 1.0 / ratio)


def _priority(improvement: float | None) -> Priority:
    if improvement is None or improvement < 10:  # noqa: PLR2004  the limits of a regression
        return "low"
    return "medium" if improvement < 25 else "high"  # noqa: PLR2004


def _lines(variant: Variant) -> tuple[str, ...]:
    """Return the commands that make a work copy so: settings, then what runs once."""
    command = (
        ["jj", "config", "set", "--repo"]
        if variant.vcs_type == VcsType.JUJUTSU.value
        else ["git", "config"]
    )
    settings = [shlex.join([*command, key, value]) for key, value in variant.settings.items()]
    return (*settings, *variant.prepare)


def _times_said(wins: Mapping[int, ComparisonMetrics], evidence: Evidence, candidate: str) -> str:
    said = []
    for place, pair in wins.items():
        interval = pair.statistical.confidence_interval
        spread = f" [{factor(interval[0])}–{factor(interval[1])}]" if interval else ""
        result = evidence.results[place]
        said.append(
            f"{result.operation} on {result.repo_size.value}: {factor(pair.speedup_factor or 1)}×"
            f"{spread}, n = {pair.n}"
        )
    more = f"; and {len(said) - SHOWN} more" if len(said) > SHOWN else ""
    return f"Ratios of time to {candidate}'s: {'; '.join(said[:SHOWN])}{more}."


def _system(evidence: Evidence, ranking: Ranking | None) -> Iterable[Recommendation]:
    """Recommend the system that is ahead of others over all tests, and name its equals."""
    if ranking is None or ranking.best not in ADOPT:
        return
    best = ranking.best
    rivals = {
        name: pairs
        for name in ADOPT
        if name not in ranking.leaders and (pairs := _against(evidence, best, name))
    }
    if not rivals:
        return
    means = {
        name: _impact(list(pairs.values()), evidence.settings) for name, pairs in rivals.items()
    }
    nearest = min(means, key=lambda name: means[name].improvement or 0.0)
    impact = means[nearest]
    equals = [name for name in ranking.leaders if name != best]
    yield Recommendation(
        id=_id("system", best),
        priority=_priority(impact.improvement),
        category="performance",
        title=f"Prefer {best} to {_listed(rivals)} for work like this",
        description=f"Over {impact.n} tests it takes "
        + " and ".join(
            f"{one.improvement:.0f} % less time than {name}" for name, one in means.items()
        )
        + (f"; {_listed(equals)} is not shown to be slower." if equals else "."),
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
        if _shown(pair) < 0
    )
    return (f"Slower in {_listed(lost)}.",) if lost else ()


@dataclass(frozen=True)
class _OpenPair:
    """A pair that was not told apart, and the rounds that would do."""

    result: ProcessedResult
    names: tuple[str, str]
    metrics: ComparisonMetrics
    needed: int


def _more_rounds(evidence: Evidence) -> Iterable[Recommendation]:
    """Say how many rounds would tell apart what these could not."""
    waiting = [
        _OpenPair(result, names, pair, needed)
        for result in evidence.results
        for names, pair in result.pairs().items()
        if pair.verdict == "unresolved"
        and (needed := _needed(pair)) is not None
        and needed <= MOST_ROUNDS
    ]
    if not waiting:
        return
    now = waiting[0].metrics.n
    enough = max(one.needed for one in waiting)
    coarsest = max(one.metrics.smallest_detectable or 0.0 for one in waiting)
    threshold = waiting[0].metrics.practical.threshold
    runs = (run for one in waiting for run in evidence.run_ids([one.result], one.names))
    yield Recommendation(
        id=_id("rounds"),
        priority="low",
        category="quality",
        title=f"Measure {enough} rounds to tell apart what {now} could not",
        description=f"{len(waiting)} unresolved pairs could be decided; differences below "
        f"{coarsest:.1f} % could be missed in the coarsest of them.",
        rationale=f"The error of a ratio falls with the root of the rounds; {enough} rounds find "
        f"±{threshold:g} % four times in five in every one of these pairs.",
        expected_impact=ExpectedImpact(
            metric="smallest_detectable",
            improvement=100.0 * (1.0 - math.sqrt(now / enough)),
            confidence=None,
            n=len(waiting),
        ),
        implementation=Implementation(
            effort="low",
            steps=(f"tracker run config.json --iterations {enough}",),
            risks=(f"It takes {factor(enough / now)} times as long.",),
        ),
        evidence=tuple(dict.fromkeys(runs)),
    )


def _needed(pair: ComparisonMetrics) -> int | None:
    """Return the rounds with which the practical threshold would be detectable."""
    found, threshold = pair.smallest_detectable, pair.practical.threshold
    if found is None or found <= threshold or not threshold:
        return None
    return math.ceil(pair.n * (math.log1p(found / 100) / math.log1p(threshold / 100)) ** 2)


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return f"{', '.join(every[:SHOWN])}{more}"


def _id(kind: str, *parts: str) -> str:
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
    return f"{kind}-{digest}" if parts else kind
