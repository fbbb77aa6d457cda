"""What the stored histories say of their newest points: the part of the gate that only reads."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from patterns.learning.change_points import inspect
from patterns.learning.change_points.noise import resolution, robust_sd
from patterns.learning.monitoring.false_discovery import e_benjamini_hochberg
from patterns.learning.monitoring.ranks import LevelEvidence, level_evidence
from tracker.config import InputError
from tracker.models.gate import GateResult, Severity, Side
from tracker.workflow.series_history import HistorySeries, SeriesPoint

NEWEST = 12
"""A change within so many newest points is news; an older one is the level one compares with."""

FEWEST_FOR_NOISE = 4
"""Points of the baseline that tell how much a series varies."""

SUSPICIOUS = 4.0
"""A newest point so many noise sd from the baseline is worth measuring again."""

DIFFERENCES = 2.0
"""The variance of a difference of two independent values, in that of one."""

DEFAULT_BASELINE = "last:10"

SEVERITIES: tuple[Severity, ...] = ("minor", "moderate", "severe")


@dataclass(frozen=True)
class GateRules:
    """What counts as a regression."""

    baseline: str = DEFAULT_BASELINE
    limits_percent: tuple[float, float, float] = (3.0, 10.0, 25.0)
    """From where a change is minor, moderate, severe."""
    fail_on: Severity = "minor"
    q: float = 0.1
    """Share of false calls, over all series and all looks."""

    @property
    def least(self) -> float:
        """Return the smallest change that matters, as a ratio."""
        return 1.0 + self.limits_percent[0] / 100.0

    def severity(self, worse_ratio: float) -> Severity | None:
        """Return how bad a change is; `worse_ratio` is above 1 for a regression."""
        percent = 100.0 * (worse_ratio - 1.0)
        found = [
            severity
            for severity, limit in zip(SEVERITIES, self.limits_percent, strict=True)
            if percent >= limit
        ]
        return found[-1] if found else None

    def fails(self, severity: Severity | None) -> bool:
        """Return whether a regression of this severity fails the check."""
        if severity is None:
            return False
        return SEVERITIES.index(severity) >= SEVERITIES.index(self.fail_on)


def check_rules(rules: GateRules) -> None:
    """Refuse rules that mean nothing."""
    if rules.fail_on not in SEVERITIES:
        raise InputError.single(
            "--fail-on", f"{rules.fail_on} is unknown", advice=f"Choose {', '.join(SEVERITIES)}."
        )
    if not 0 < rules.q < 1:
        raise InputError.single(
            "--q", f"{rules.q} is no rate", advice="Write a share, such as 0.1."
        )
    minor, moderate, severe = rules.limits_percent
    if not 0 < minor <= moderate <= severe:
        raise InputError.single(
            "--limits",
            f"{minor:g},{moderate:g},{severe:g} do not rise from above 0",
            advice="Write percents such as 3,10,25.",
        )
    kind, _, rest = rules.baseline.partition(":")
    wrong = kind not in {"base", "last", "best", "tag"}
    wrong = wrong or (kind == "last" and not (rest.isdecimal() and int(rest) > 0))
    if wrong or (kind == "tag" and not rest):
        raise InputError.single(
            "--baseline",
            f"{rules.baseline} is unknown",
            advice="Choose base, last:N, best or tag:NAME (a session, version or commit).",
        )


def judge_history(series: Sequence[HistorySeries], rules: GateRules) -> tuple[GateResult, ...]:
    """Return a result for each series; calls are made over all of them at once."""
    looked = [_look(one) for one in series]
    called = e_benjamini_hochberg(
        [None if each is None else each.e_value for each in looked], rules.q
    )
    return tuple(
        _result(one, found, rules, called=call)
        for one, found, call in zip(series, looked, called, strict=True)
    )


def _look(series: HistorySeries) -> LevelEvidence | None:
    """Return the evidence of a change within the newest points, None where none can be told."""
    values = series.values
    start = _level_start(values)
    found = level_evidence(values[start:])
    if found is None or start + found.index < len(values) - NEWEST:
        return None
    return LevelEvidence(found.e_value, found.peak, start + found.index, found.side)


def _level_start(values: Sequence[float]) -> int:
    """Return the first point of the level that was reached before the newest points."""
    settled = [
        point.index
        for point in inspect(values).change_points
        if point.level == "confirmed" and point.index < len(values) - NEWEST
    ]
    return settled[-1] if settled else 0


def _result(
    series: HistorySeries, found: LevelEvidence | None, rules: GateRules, *, called: bool
) -> GateResult:
    points = series.points
    if len(points) < 2:  # noqa: PLR2004  one to compare with
        return _plain(series, "missing", "one point: nothing to compare with")
    if not all(math.isfinite(point.value) for point in points):
        raise InputError.single(series.key.name, "has a value that is not finite")
    if called and found is not None:
        return _called(series, found, rules)
    candidate, baseline = points[-1], _baseline(series, rules.baseline)
    if not baseline:
        return _plain(series, "missing", f"no point of the baseline {rules.baseline}")
    return _compared(series, candidate, baseline, found, rules)


def _called(series: HistorySeries, found: LevelEvidence, rules: GateRules) -> GateResult:
    """Return the result of a change of level that the history itself confirms."""
    points = series.points
    start = _level_start(series.values)
    before, after = points[start : found.index], points[found.index :]
    return _judged(series, before, after, rules, evidence=found.e_value).model_copy(
        update={"changed_at": _label(points[found.index]), "level": "confirmed"}
    )


def _judged(
    series: HistorySeries,
    before: Sequence[SeriesPoint],
    after: Sequence[SeriesPoint],
    rules: GateRules,
    *,
    evidence: float | None,
) -> GateResult:
    old, new = _median(before), _median(after)
    if old <= 0 or new <= 0:
        return _plain(series, "inconclusive", "values of 0 or less have no ratio")
    worse = _worse(series, new / old)
    severity = rules.severity(worse)
    improved = rules.severity(1.0 / worse) is not None
    verdict = "regressed" if severity else "improved" if improved else "unchanged"
    return _plain(series, verdict, None).model_copy(
        update={
            "severity": severity,
            "baseline": Side(ref=rules.baseline, value=old, n=len(before)),
            "candidate": Side(ref=_label(after[-1]), value=new, n=len(after)),
            "change_percent": 100.0 * (new / old - 1.0),
            "evidence": evidence,
            "smallest_visible_percent": _smallest(before, len(after)),
            "previous_version": before[-1].version,
            "current_version": after[-1].version,
        }
    )


def _compared(
    series: HistorySeries,
    candidate: SeriesPoint,
    baseline: Sequence[SeriesPoint],
    found: LevelEvidence | None,
    rules: GateRules,
) -> GateResult:
    """Return the result of the newest point alone: at most a suspect."""
    judged = _judged(
        series, baseline, [candidate], rules, evidence=None if found is None else found.e_value
    )
    if judged.verdict == "inconclusive":
        return judged
    sd = _noise(baseline)
    if sd is None:
        few = f"{len(baseline)} points do not tell the noise: {FEWEST_FOR_NOISE} do"
        suspect = judged.verdict != "unchanged"
        return judged.model_copy(
            update={
                "verdict": "inconclusive" if suspect else "unchanged",
                "level": "suspect" if suspect else None,
                "severity": None,
                "reason": few,
            }
        )
    move = abs(math.log(candidate.value / _median(baseline)))
    hinted = found is not None and found.e_value > 1.0 / rules.q
    if judged.verdict != "unchanged" and (move > SUSPICIOUS * sd or hinted):
        return judged.model_copy(
            update={
                "verdict": "inconclusive",
                "level": "suspect",
                "reason": f"suspect: {_word(judged)} not confirmed by {len(series.points)} points",
            }
        )
    return judged.model_copy(
        update={"verdict": "unchanged", "severity": None, "reason": "within the noise"}
    )


def _word(result: GateResult) -> str:
    return "a regression" if result.verdict == "regressed" else "an improvement"


def _plain(series: HistorySeries, verdict: str, reason: str | None) -> GateResult:
    key = series.key
    return GateResult.model_validate(
        {
            "name": key.name,
            "test_id": key.test,
            "vcs_type": key.vcs_type,
            "variant": key.variant,
            "repository": key.repository,
            "metric": key.metric,
            "unit": key.unit,
            "direction": "higher_is_better" if key.higher_is_better else "lower_is_better",
            "machine_class": key.machine_class,
            "verdict": verdict,
            "reason": reason,
        }
    )


def _baseline(series: HistorySeries, wanted: str) -> Sequence[SeriesPoint]:
    """Return the points that the newest one is compared with."""
    earlier, newest = series.points[:-1], series.points[-1]
    kind, _, rest = wanted.partition(":")
    if kind == "last":
        return earlier[-int(rest) :]
    if kind == "best":
        best = max if series.key.higher_is_better else min
        return (best(earlier, key=lambda point: point.value),)
    if kind == "tag":
        return tuple(point for point in earlier if rest in (point.origin, point.version))
    other = [point for point in earlier if point.version != newest.version]
    if not other:
        return earlier[-1:]
    return tuple(point for point in other if point.version == other[-1].version)


def _worse(series: HistorySeries, ratio: float) -> float:
    return 1.0 / ratio if series.key.higher_is_better else ratio


def _median(points: Sequence[SeriesPoint]) -> float:
    return float(np.median([point.value for point in points]))


def _noise(points: Sequence[SeriesPoint]) -> float | None:
    """Return the robust standard deviation of the logarithms, None for too few points."""
    values = np.array([point.value for point in points])
    if len(points) < FEWEST_FOR_NOISE or not bool(np.all(values > 0)):
        return None
    logs = np.log(values)
    return robust_sd(logs - np.median(logs), floor=max(resolution(logs), 1e-6))


def _smallest(before: Sequence[SeriesPoint], after: int) -> float | None:
    """Return the change in percent from which the newest points would have been suspect."""
    sd = _noise(before)
    return None if sd is None else 100.0 * math.expm1(SUSPICIOUS * sd / math.sqrt(max(after, 1)))


def _label(point: SeriesPoint) -> str:
    return point.origin or datetime.fromtimestamp(point.timestamp_ms / 1000, UTC).isoformat()
