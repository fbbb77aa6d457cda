"""What a measured trial is worth, and what is remembered of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from patterns.learning.critique import ComparisonFact, CritiqueFacts, FailureFact, critique
from patterns.learning.pattern import TrialOutcome, pattern_record
from patterns.learning.reward import Measured, RewardTerms, rescore, reward_terms
from patterns.models import PatternContext, PatternRecord, TrialRow
from tracker.models import (
    GroupResult,
    IterationRecord,
    ProcessedResult,
    RawMetric,
    SessionInfo,
    Test,
    TrialSummary,
    VcsType,
)
from tracker.models.results import ComparisonMetrics
from tracker.vcs.registry import get_vcs

BASELINE = VcsType.GIT.value
"""Rewards are against git on the same test, fixture and machine class."""


@dataclass(frozen=True)
class Baseline:
    """The trial that rewards are pinned to."""

    run_id: str
    measured: Measured


FindBaseline = Callable[[Test, str], PatternRecord | None]
"""(test, fixture id) → the earlier trial that is the baseline, or None."""


@dataclass(frozen=True)
class Scored:
    """A trial with its reward, as it is stored."""

    trial: TrialSummary
    terms: RewardTerms
    record: PatternRecord
    rows: tuple[TrialRow, ...]

    @property
    def reward(self) -> float | None:
        """Return the reward, None without a baseline."""
        return rescore(self.terms)


def score(
    group: GroupResult,
    session: SessionInfo,
    find_baseline: FindBaseline,
    judged: ProcessedResult | None = None,
    *,
    level: float,
) -> tuple[Scored, ...]:
    """Return every trial of a group with its reward and its critique.

    Parameters
    ----------
    judged : ProcessedResult, optional
        The verdicts, known when the session is over. Until then nothing is said of differences.
    level : float
        Nominal level of the intervals.
    """
    by_variant = _measured_records(group)
    medians = {name: _medians(records) for name, records in by_variant.items()}
    baseline = _baseline(group, medians, find_baseline)
    return tuple(
        _scored(group, session, trial, by_variant, medians, baseline, judged, level)
        for trial in group.trials
    )


def _scored(
    group: GroupResult,
    session: SessionInfo,
    trial: TrialSummary,
    by_variant: Mapping[str, Sequence[IterationRecord]],
    medians: Mapping[str, Measured],
    baseline: Baseline | None,
    judged: ProcessedResult | None,
    level: float,
) -> Scored:
    records = by_variant.get(trial.variant, ())
    sound = trial.status in ("finished", "interrupted")
    measured = medians.get(trial.variant, Measured())
    terms = reward_terms(
        measured,
        baseline.measured if baseline else None,
        successes=sum(record.raw.quality.success for record in records) if sound else 0,
        attempts=len(records),
        baseline_run_id=baseline.run_id if baseline else None,
    )
    facts = CritiqueFacts(
        variant=trial.variant,
        terms=terms,
        comparisons=_facts(trial.variant, judged, level),
        failures=_failures(records),
        status=trial.status,
        reason=trial.reason,
    )
    outcome = TrialOutcome(
        success=trial.status == "finished",
        time_ms=measured.time,
        memory_peak_bytes=measured.memory,
        io_operations=measured.io,
        one_off_ms=trial.one_off_ms,
    )
    record = pattern_record(
        session.session_id,
        _context(group, session, trial, len(records)),
        outcome,
        terms=terms,
        critique=critique(facts),
    )
    rows = tuple(_row(record, session, trial, group, rescore(terms)) for record in records)
    return Scored(trial, terms, record, rows)


def _measured_records(group: GroupResult) -> dict[str, list[IterationRecord]]:
    found: dict[str, list[IterationRecord]] = {}
    for record in group.records:
        if record.phase == "measured" and not record.fragment:
            found.setdefault(record.variant, []).append(record)
    return found


def _medians(records: Sequence[IterationRecord]) -> Measured:
    good = [record.raw for record in records if record.raw.quality.success]
    return Measured(
        time=_median(raw.execution.duration_ms for raw in good),
        memory=_median(raw.performance.memory.peak for raw in good),
        io=_median(_operations(raw) for raw in good),
        disk=_median(raw.performance.disk.delta for raw in good),
    )


def _operations(raw: RawMetric) -> int | None:
    io = raw.performance.io
    return None if io.read_ops is None or io.write_ops is None else io.read_ops + io.write_ops


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _baseline(
    group: GroupResult, medians: Mapping[str, Measured], find_baseline: FindBaseline
) -> Baseline | None:
    """Return the oldest git trial of this context, or the one just measured."""
    if group.fixture is None:
        return None
    earlier = find_baseline(group.group.test, group.fixture.id)
    if earlier is not None and earlier.context.reward_terms and earlier.context.run_id:
        terms = RewardTerms.model_validate_json(earlier.context.reward_terms)
        return Baseline(earlier.context.run_id, terms.measured)
    now = [t for t in group.trials if t.variant == BASELINE and t.status == "finished"]
    return Baseline(now[0].run_id, medians[BASELINE]) if now and BASELINE in medians else None


def _facts(
    variant: str, judged: ProcessedResult | None, level: float
) -> tuple[ComparisonFact, ...]:
    if judged is None or variant == BASELINE:
        return ()
    pair = judged.pair(variant, BASELINE)
    if pair is None:
        return ()
    return (_time_fact(pair, level), *_cpu_fact(pair, level), *_memory_fact(pair))


def _time_fact(pair: ComparisonMetrics, level: float) -> ComparisonFact:
    return ComparisonFact(
        metric="time",
        baseline=BASELINE,
        ratio=pair.speedup_factor,
        interval=pair.statistical.confidence_interval,
        level=level,
        n=pair.n,
        paired=pair.paired,
        verdict=pair.verdict,
        threshold=pair.practical.threshold,
        reason=pair.reason,
    )


def _cpu_fact(pair: ComparisonMetrics, level: float) -> tuple[ComparisonFact, ...]:
    cpu = pair.cpu
    if cpu is None or cpu.ratio is None:
        return ()
    fact = ComparisonFact(
        metric="cpu",
        baseline=BASELINE,
        ratio=cpu.ratio,
        interval=cpu.interval,
        level=level,
        n=cpu.n,
        verdict=cpu.verdict,
        threshold=pair.practical.threshold,
        reason=cpu.reason,
    )
    return (fact,)


def _memory_fact(pair: ComparisonMetrics) -> tuple[ComparisonFact, ...]:
    if not pair.memory_ratio:
        return ()
    return (
        ComparisonFact(metric="memory", baseline=BASELINE, ratio=1 / pair.memory_ratio, n=pair.n),
    )


def _failures(records: Sequence[IterationRecord]) -> tuple[FailureFact, ...]:
    failed = [record.raw for record in records if record.raw.quality.error_type is not None]
    counts = Counter(raw.quality.error_type for raw in failed)
    return tuple(
        FailureFact(error_type=kind.value, count=count, detail=_detail(failed, kind))
        for kind, count in counts.items()
        if kind is not None
    )


def _detail(failed: Sequence[RawMetric], kind: str) -> str | None:
    first = next(raw for raw in failed if raw.quality.error_type == kind)
    lines = (first.execution.stderr or "").strip().splitlines()
    return lines[-1] if lines else None


def _tool_version(session: SessionInfo, trial: TrialSummary) -> str | None:
    tool = get_vcs(trial.vcs_type).tools[0]
    return trial.versions.get(tool) or session.versions.get(tool)


def _context(
    group: GroupResult, session: SessionInfo, trial: TrialSummary, rounds: int
) -> PatternContext:
    metadata = group.fixture.metadata if group.fixture else None
    return PatternContext(
        operation=trial.operation,
        vcs_type=trial.vcs_type,
        variant=trial.variant,
        repo_size=trial.repo_size.value,
        test_id=trial.test_id,
        run_id=trial.run_id,
        created_at=session.started_ms,
        vcs_version=_tool_version(session, trial),
        machine_class=session.machine.machine_class,
        fixture_id=trial.repo_id,
        config_hash=session.config_hash,
        round=rounds,
        files=metadata.files if metadata else None,
        commits=metadata.commits if metadata else None,
        branches=metadata.branches if metadata else None,
        tags=metadata.tags if metadata else None,
        total_bytes=metadata.total_size if metadata else None,
        status=trial.status,
    )


def _row(
    record: IterationRecord,
    session: SessionInfo,
    trial: TrialSummary,
    group: GroupResult,
    reward: float | None,
) -> TrialRow:
    raw = record.raw
    performance = raw.performance
    return TrialRow(
        test_id=trial.test_id,
        run_id=trial.run_id,
        iteration=raw.iteration,
        timestamp=int(raw.execution.start_time),
        vcs_type=trial.vcs_type,
        variant=trial.variant,
        operation=trial.operation,
        repo_size=trial.repo_size.value,
        execution_time_ms=raw.execution.duration_ms,
        cpu_user_ms=performance.cpu.user_time,
        cpu_system_ms=performance.cpu.system_time,
        memory_peak_bytes=performance.memory.peak,
        io_read_ops=performance.io.read_ops,
        io_write_ops=performance.io.write_ops,
        disk_delta_bytes=performance.disk.delta,
        success=raw.quality.success,
        exit_code=raw.execution.exit_code,
        retry_count=raw.quality.retry_count,
        reward=reward,
        round=record.round,
        error_type=raw.quality.error_type.value if raw.quality.error_type else None,
        session_id=session.session_id,
        suite_id=group.group.suite_id,
        fixture_id=trial.repo_id,
        machine_class=session.machine.machine_class,
        vcs_version=_tool_version(session, trial),
        config_hash=session.config_hash,
    )
