"""Advice on what is wrong: void and failed trials, and regressions."""

from collections.abc import Iterable

from patterns.models import ExpectedImpact, Implementation, Recommendation
from tracker.analysis.advice.evidence import SHOWN, Evidence, Priority, advice_id, listed
from tracker.models import TrialSummary
from tracker.models.report import Historical


def unsound(evidence: Evidence) -> Iterable[Recommendation]:
    """Warn of variants whose result was wrong, or that failed."""
    groups: dict[tuple[str, str], list[TrialSummary]] = {}
    for trial in evidence.runs.values():
        if trial.status in ("void", "failed"):
            groups.setdefault((trial.variant, trial.status), []).append(trial)
    for (variant, status), trials in groups.items():
        tests = listed(dict.fromkeys(trial.test_id for trial in trials))
        wrong = status == "void"
        reason = next((trial.reason for trial in trials if trial.reason), "no reason was given")
        yield Recommendation(
            id=advice_id("unsound", variant, status),
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


def regressions(historical: Historical) -> Iterable[Recommendation]:
    """Ask for the cause of what is slower than in earlier sessions."""
    urgency: dict[str, Priority] = {"severe": "high", "moderate": "medium", "minor": "low"}
    for one in historical.regressions:
        versions = (
            f" ({one.previous_version} → {one.current_version})"
            if one.previous_version != one.current_version
            else ""
        )
        back = 100.0 * (1.0 - one.previous_value / one.current_value)
        yield Recommendation(
            id=advice_id("regression", one.test, one.variant or "", one.metric or ""),
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
