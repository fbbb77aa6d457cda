"""Advice on settings that were measured to be faster than the system as it comes."""

import shlex
from collections.abc import Iterable, Mapping

import numpy as np

from patterns.models import Implementation, Recommendation
from tracker.analysis.advice.evidence import (
    LIMIT,
    SHOWN,
    Evidence,
    advice_id,
    case_of,
    direction,
    listed,
    pairs_against,
)
from tracker.analysis.advice.impact import impact_of, priority_of
from tracker.analysis.findings import factor
from tracker.models import ComparisonMetrics, Variant, VcsType


def configurations(evidence: Evidence) -> Iterable[Recommendation]:
    """Recommend settings that were measured to be faster than the system as it comes."""
    for name, variant in evidence.variants.items():
        if name == variant.vcs_type or not (variant.settings or variant.prepare):
            continue
        against = pairs_against(evidence, name, variant.vcs_type)
        wins = {key: one for key, one in against.items() if direction(one) > 0}
        losses = {key: one for key, one in against.items() if direction(one) < 0}
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
    impact = impact_of(list(counted.values()), evidence.settings)
    tests = [evidence.results[key] for key in counted]
    where = listed(dict.fromkeys(evidence.results[key].operation for key in wins))
    lost = listed(dict.fromkeys(evidence.results[key].operation for key in losses))
    costs = [
        trial.one_off_ms
        for result in tests
        if (trial := evidence.runs.get((*case_of(result), variant.name))) and trial.one_off_ms
    ]
    risks = [
        variant.description,
        f"Slower in {lost}." if losses else "",
        f"Preparing it once took {factor(float(np.median(costs)))} ms." if costs else "",
        f"Needs {', '.join(variant.requires)}." if variant.requires else "",
        LIMIT,
    ]
    return Recommendation(
        id=advice_id("configuration", variant.name),
        priority=priority_of(impact.improvement),
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
