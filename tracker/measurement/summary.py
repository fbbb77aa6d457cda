"""The end of a group: each trial's summary, and records that say all that is known."""

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Any, Literal

from tracker.measurement.ledger import GroupLedger
from tracker.measurement.outcome import compare_outcomes
from tracker.measurement.raw_metric import with_profile
from tracker.models import (
    ErrorType,
    GroupResult,
    IterationRecord,
    TrialGroup,
    TrialSummary,
    Variant,
    VcsType,
)

Status = Literal["finished", "failed", "void", "interrupted"]


def summarise(group: TrialGroup, ledger: GroupLedger) -> tuple[TrialSummary, ...]:
    """Return the summary of every trial of a group whose rounds are over."""
    wrong = _wrong_outcomes(group, ledger)
    return tuple(
        _summary(group, variant, ledger, wrong.get(variant.name))
        for variant in group.variants
        if variant.name in ledger.run_ids
    )


def interrupted(group: TrialGroup, ledger: GroupLedger) -> tuple[TrialSummary, ...]:
    """Return the summaries of a group that was broken off."""
    return tuple(
        summary
        if ledger.stop_of(summary.variant)
        else summary.model_copy(
            update={"status": "interrupted", "reason": "the session was interrupted"}
        )
        for summary in summarise(group, ledger)
    )


def result_of(group: TrialGroup, ledger: GroupLedger, *, broken_off: bool = False) -> GroupResult:
    """Return the result of a group, its records finalised."""
    if broken_off:
        trials = interrupted(group, ledger)
    else:
        trials = ledger.trials if ledger.trials is not None else summarise(group, ledger)
    if not trials:
        status: Literal["finished", "interrupted", "skipped"] = "skipped"
    else:
        status = "interrupted" if broken_off else "finished"
    return GroupResult(
        group=group,
        fixture=ledger.fixture,
        trials=trials,
        records=finalised(ledger.all_records(), trials),
        skipped=ledger.skipped,
        status=status,
        precision=ledger.precision,
    )


def finalised(
    records: Sequence[IterationRecord], trials: Sequence[TrialSummary]
) -> tuple[IterationRecord, ...]:
    """Return the records with the profile's memory filled in, those of void trials as failed."""
    profiles = {record.variant: record for record in records if _is_profile(record)}
    void = {trial.variant for trial in trials if trial.status == "void"}
    return tuple(_final(record, profiles.get(record.variant), void) for record in records)


def _final(
    record: IterationRecord, profile: IterationRecord | None, void: set[str]
) -> IterationRecord:
    raw = record.raw
    if profile is not None and record.phase == "measured":
        raw = with_profile(raw, profile.raw)
    if record.variant in void and raw.quality.success:
        failed = {"success": False, "error_type": ErrorType.OUTCOME}
        raw = raw.model_copy(update={"quality": raw.quality.model_copy(update=failed)})
    return record if raw is record.raw else record.model_copy(update={"raw": raw})


def _is_profile(record: IterationRecord) -> bool:
    return record.phase == "profile" and not record.fragment and record.raw.quality.success


def _counts(record: IterationRecord) -> bool:
    return record.phase == "measured" and not record.fragment


def _summary(
    group: TrialGroup, variant: Variant, ledger: GroupLedger, wrong: str | None
) -> TrialSummary:
    records = ledger.records_of(variant.name)
    measured = [record for record in records if _counts(record)]
    good = sum(record.raw.quality.success for record in measured)
    status, reason = _status(ledger, variant.name, records, wrong)
    outcome = next((record.outcome for record in records if record.outcome is not None), None)
    rate = (0.0 if status == "void" else good / len(measured)) if measured else None
    return TrialSummary(
        run_id=ledger.run_ids[variant.name],
        suite_id=group.suite_id,
        test_id=group.test.id,
        operation=group.test.measured_operation,
        variant=variant.name,
        vcs_type=variant.vcs_type,
        repo_size=group.fixture.size,
        repo_id=ledger.fixture.id if ledger.fixture else "",
        status=status,
        success_rate=rate,
        outcome_passed=_passed(status, outcome),
        outcome=outcome,
        reason=_joined(reason, ledger.problems.get(variant.name)),
        **_once(ledger, variant.name),
        **_service_use(measured),
        counts=_median_counts(measured),
    )


def _median_counts(measured: Sequence[IterationRecord]) -> dict[str, float]:
    good = [record.counts for record in measured if record.raw.quality.success]
    names = dict.fromkeys(name for counts in good for name in counts)
    return {name: median(counts[name] for counts in good if name in counts) for name in names}


def _once(ledger: GroupLedger, variant: str) -> dict[str, Any]:
    """Return what the beginning of the trial told."""
    begun = ledger.begun.get(variant)
    fields = {"one_off_ms", "service_start_ms", "versions"}
    return begun.model_dump(include=fields) if begun else {}


def _service_use(measured: Sequence[IterationRecord]) -> dict[str, Any]:
    used = [record.service for record in measured if record.service is not None]
    if not used:
        return {}
    return {
        "service_cpu_ms": median(use.cpu_ms for use in used),
        "service_rss_bytes": max((use.rss_bytes for use in used if use.rss_bytes), default=None),
    }


def _passed(status: Status, outcome: str | None) -> bool | None:
    if status == "void":
        return False
    return True if outcome is not None else None


def _status(
    ledger: GroupLedger, variant: str, records: Sequence[IterationRecord], wrong: str | None
) -> tuple[Status, str | None]:
    """Return status and reason: void before failed, because a wrong result has no speed."""
    stop = ledger.stop_of(variant)
    missed = next((record for record in records if _missed_outcome(record)), None)
    if stop is not None and stop.status == "void":
        return "void", stop.reason
    if wrong is not None:
        return "void", wrong
    if missed is not None:
        return "void", f"{missed.phase} iteration {missed.round}: {'; '.join(missed.warnings)}"
    if stop is not None:
        return "failed", stop.reason
    return _rate_status([record for record in records if _counts(record)])


def _missed_outcome(record: IterationRecord) -> bool:
    return record.raw.quality.error_type is ErrorType.OUTCOME


def _rate_status(measured: Sequence[IterationRecord]) -> tuple[Status, str | None]:
    failed = [record for record in measured if not record.raw.quality.success]
    if not failed:
        return "finished", None
    causes = Counter(str(record.raw.quality.error_type) for record in failed)
    listed = ", ".join(f"{cause} {count}" for cause, count in sorted(causes.items()))
    reason = f"{len(failed)} of {len(measured)} iterations failed ({listed})"
    return ("failed" if len(failed) == len(measured) else "finished"), reason


def _wrong_outcomes(group: TrialGroup, ledger: GroupLedger) -> dict[str, str]:
    """Compare the outcomes across variants where the checks ask for it and name no value."""
    values: dict[str, str] = {}
    for variant in group.variants:
        check = group.test.for_vcs(variant.vcs_type).outcome
        if check is None or check.expect is not None or not check.across:
            continue
        if variant.name not in ledger.run_ids:
            continue
        found = [record for record in ledger.records_of(variant.name) if _has_outcome(record)]
        if found and found[0].outcome is not None:
            values[variant.name] = found[0].outcome
    return compare_outcomes(values, VcsType.GIT.value).wrong


def _has_outcome(record: IterationRecord) -> bool:
    return record.outcome is not None and record.raw.quality.success


def _joined(*parts: str | None) -> str | None:
    said = [part for part in parts if part]
    return "; ".join(said) if said else None
