"""The run of one trial: flat, named by what was measured, with results and samples."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

from mlflow.entities import Metric as Point

from tracker.models import (
    BenchmarkConfig,
    IterationRecord,
    RawMetric,
    RepositoryFixture,
    SessionInfo,
    TrialSummary,
)
from tracker.models.results import VariantStats
from tracker.tracking import names
from tracker.tracking.change import Change
from tracker.tracking.dataset import dataset_input
from tracker.tracking.names import Metric, Param, Tag
from tracker.tracking.notes import trial_note
from tracker.tracking.run_content import RunContent
from tracker.tracking.session_tables import ITERATIONS_TABLE, iterations_table

STATUS = {"finished": "FINISHED", "failed": "FAILED", "void": "FAILED", "interrupted": "KILLED"}
"""MLflow's word for the status of a trial; `Tag.STATUS` keeps ours."""

ITERATIONS_FILE = "raw/iterations.jsonl"
ENVIRONMENT_FILE = "environment.json"

SAMPLES: Mapping[Metric, Callable[[RawMetric], float | None]] = {
    Metric.SAMPLE_TIME: lambda raw: raw.execution.duration_ms,
    Metric.SAMPLE_CPU: lambda raw: raw.performance.cpu.total_time,
    Metric.SAMPLE_MEMORY: lambda raw: raw.performance.memory.peak,
    Metric.SAMPLE_TREE_MEMORY: lambda raw: raw.performance.memory.tree_peak,
    Metric.SAMPLE_MINOR_FAULTS: lambda raw: raw.performance.memory.minor_faults,
    Metric.SAMPLE_CONTEXT_SWITCHES: lambda raw: raw.performance.cpu.context_switches,
    Metric.SAMPLE_READ_OPS: lambda raw: raw.performance.io.read_ops,
    Metric.SAMPLE_WRITE_OPS: lambda raw: raw.performance.io.write_ops,
    Metric.SAMPLE_DISK_DELTA: lambda raw: raw.performance.disk.delta,
}


def trial_content(
    *,
    session: SessionInfo,
    config: BenchmarkConfig,
    trial: TrialSummary,
    records: Sequence[IterationRecord],
    stats: VariantStats | None,
    reward: float | None,
    note: str,
    params: Mapping[str, object],
    tags: Mapping[str, object],
    keep_output: bool,
    now_ms: int,
    fixture: RepositoryFixture | None = None,
    change: Change | None = None,
    links: Mapping[str, str] | None = None,
) -> RunContent:
    """Return the run of a trial; `params` and `tags` are added to those every trial has."""
    times = [(r.raw.execution.start_time, r.raw.execution.end_time) for r in records]
    valid = () if trial.status == "void" else valid_records(records)
    return RunContent(
        name=(
            f"{trial.operation} · {trial.repo_size.value} · {trial.variant} · {session.session_id}"
        ),
        status=STATUS[trial.status],
        start_ms=int(min((start for start, _ in times), default=now_ms)),
        end_ms=int(max((end for _, end in times), default=now_ms)),
        tags={
            **machine_tags(session),
            **tags,
            Tag.SESSION: session.session_id,
            Tag.LEVEL: names.TRIAL,
            Tag.RUN_ID: trial.run_id,
            Tag.STATUS: trial.status,
            Tag.REASON: trial.reason,
            Tag.OUTCOME: _lower(trial.outcome_passed),
            **judged_tags(trial, stats, note, change, links),
        },
        params={**_trial_params(session, config, trial), **params},
        results={
            **_results(trial, stats, reward, valid),
            Metric.CHANGE: change.ratio if change else None,
        },
        samples=_samples(valid),
        artifacts={
            ITERATIONS_FILE: "".join(
                f"{shown(record, keep_output=keep_output).to_json()}\n" for record in records
            ),
            ITERATIONS_TABLE: iterations_table(records),
            ENVIRONMENT_FILE: environment_json(session),
        },
        datasets=(dataset_input(fixture),) if fixture is not None else (),
    )


def judged_tags(
    trial: TrialSummary,
    stats: VariantStats | None,
    note: str,
    change: Change | None,
    links: Mapping[str, str] | None,
) -> dict[str, object]:
    """Return the tags of a trial that its session may write anew at its end."""
    words = change.words if change else ""
    return {
        Tag.NOTE: trial_note(trial, stats, note, change=words, links=links),
        Tag.REGRESSION: change.tag if change else None,
    }


def valid_records(records: Sequence[IterationRecord]) -> tuple[IterationRecord, ...]:
    """Return the iterations statistics are made of: measured, whole and successful."""
    return tuple(
        record
        for record in records
        if record.phase == "measured" and not record.fragment and record.raw.quality.success
    )


def shown(record: IterationRecord, *, keep_output: bool) -> IterationRecord:
    """Return the record as it may leave the session folder.

    Without `keep_output` the output of the command goes, and an outcome becomes its
    digest: both may hold names of files, branches and authors of somebody's repository.
    """
    if keep_output:
        return record
    execution = record.raw.execution.model_copy(update={"stdout": None, "stderr": None})
    return record.model_copy(
        update={
            "raw": record.raw.model_copy(update={"execution": execution}),
            "outcome": digest(record.outcome),
        }
    )


def digest(text: str | None) -> str | None:
    """Return a short digest, or None."""
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()[:16]


def machine_tags(session: SessionInfo) -> dict[str, object]:
    """Return the tags that say where and with what was measured."""
    machine = session.machine
    return {
        Tag.CONFIG_ID: session.config_id,
        Tag.CONFIG_HASH: session.config_hash,
        Tag.MACHINE_CLASS: machine.machine_class,
        Tag.ENVIRONMENT: machine.environment,
        Tag.IMAGE: machine.image_id,
        Tag.PROBE: machine.probe,
        Tag.TRACKER_VERSION: session.tracker_version,
        Tag.OS: machine.os,
        Tag.KERNEL: machine.kernel,
        Tag.CPU: machine.cpu,
        Tag.CORES: machine.cores,
        Tag.MEMORY: None if machine.memory_bytes is None else round(machine.memory_bytes / 2**30),
        Tag.STORAGE: machine.storage,
        **{f"{Tag.TOOL}{tool}": version for tool, version in session.versions.items()},
    }


def environment_json(session: SessionInfo) -> str:
    """Return machine, tool versions and configuration hash as JSON."""
    fields = {"session_id", "config_id", "config_hash", "seed", "machine", "versions"}
    return session.model_dump_json(
        by_alias=True, indent=2, include=fields | {"tracker_version", "started_ms"}
    )


def _trial_params(
    session: SessionInfo, config: BenchmarkConfig, trial: TrialSummary
) -> dict[str, object]:
    return {
        Param.OPERATION: trial.operation,
        Param.VARIANT: trial.variant,
        Param.VCS_TYPE: trial.vcs_type,
        Param.REPO_SIZE: trial.repo_size.value,
        Param.REPO_ID: trial.repo_id,
        Param.TEST: trial.test_id,
        Param.SUITE: trial.suite_id,
        Param.ITERATIONS: config.execution.iterations,
        Param.WARMUP: config.execution.warmup_runs,
        Param.TIMEOUT: config.execution.timeout,
        Param.SEED: session.seed,
        Param.CONFIG: session.config_id,
    }


def _results(
    trial: TrialSummary,
    stats: VariantStats | None,
    reward: float | None,
    valid: Sequence[IterationRecord],
) -> dict[str, float | None]:
    """Return the one-point metrics; those of a void trial would make it look fast."""
    common: dict[str, float | None] = {
        Metric.SUCCESS_RATE: trial.success_rate,
        Metric.ONE_OFF: trial.one_off_ms,
    }
    if stats is None or trial.status == "void":
        return common
    time, cpu, memory = stats.time_ms, stats.cpu_ms, stats.memory_bytes
    trees = [peak for r in valid if (peak := r.raw.performance.memory.tree_peak) is not None]
    return {
        Metric.TIME_MEDIAN: time.median,
        Metric.TIME_MEAN: time.mean,
        Metric.TIME_P95: time.percentiles.p95,
        Metric.TIME_MIN: time.range[0] if time.range else None,
        Metric.TIME_MAX: time.range[1] if time.range else None,
        Metric.TIME_CV: _ratio(time.std_dev, time.mean),
        Metric.TIME_N: time.valid_samples,
        Metric.CPU_MEDIAN: cpu.median if cpu else None,
        Metric.CPU_P95: cpu.percentiles.p95 if cpu else None,
        Metric.MEMORY_MEDIAN: memory.median if memory else None,
        Metric.MEMORY_PEAK: memory.range[1] if memory and memory.range else None,
        Metric.TREE_MEMORY_PEAK: max(trees, default=None),
        Metric.REWARD: reward,
        **common,
    }


def _samples(valid: Sequence[IterationRecord]) -> tuple[Point, ...]:
    return tuple(
        Point(name.value, float(value), int(r.raw.execution.end_time), r.raw.iteration)
        for name, read in SAMPLES.items()
        for r in valid
        if (value := read(r.raw)) is not None
    )


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _lower(flag: bool | None) -> str | None:
    return None if flag is None else str(flag).lower()
