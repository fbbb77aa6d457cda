"""The pattern memory as commands ask it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from patterns.models import PatternQuery, PatternRecord, PatternSearchResult, TrialRow
from patterns.store import PatternStore, schema
from tracker.config import InputError, check_values
from tracker.workflow.workspace import Workspace, open_workspace


@contextmanager
def open_store(workspace: Workspace) -> Iterator[PatternStore]:
    """Open the project's pattern memory, created on first use."""
    with PatternStore(workspace.settings.store_url) as store:
        yield store


def list_runs(
    project: Path | None, *, session: str | None, limit: int | None
) -> list[dict[str, object]]:
    """Return a row for each trial, newest first."""
    with open_store(open_workspace(project)) as store:
        found = store.runs(session, limit)
    return [
        {
            "runId": run.run_id,
            "sessionId": run.session_id,
            "testId": run.test_id,
            "vcsType": run.vcs_type,
            "variant": run.variant,
            "repoSize": run.repo_size,
            "status": run.status,
            "operation": run.operation,
            "medianMs": run.latency_ms,
            "reward": run.reward,
            "createdAt": run.created_at,
            "mlflowRunId": run.mlflow_run_id,
        }
        for run in found
    ]


@dataclass(frozen=True)
class ShownRun:
    """A trial and its iterations, ready to be printed."""

    record: PatternRecord
    rows: Sequence[TrialRow]

    def as_json(self) -> dict[str, Any]:
        """Return everything that is stored."""
        return {
            "pattern": self.record.pattern.model_dump(mode="json", by_alias=True),
            "context": self.record.context.model_dump(mode="json", by_alias=True),
            "iterations": [row.model_dump(mode="json", by_alias=True) for row in self.rows],
        }

    def facts(self) -> list[dict[str, object]]:
        """Return what is known of the trial, a row for each fact."""
        pattern, context = self.record.pattern, self.record.context
        told = {
            "run": context.run_id,
            "session": pattern.session_id,
            "test": context.test_id,
            "operation": context.operation,
            "variant": context.variant,
            "tool version": context.vcs_version,
            "repository": f"{context.fixture_id} ({context.repo_size})",
            "status": context.status,
            "rounds": context.round,
            "median ms": pattern.latency_ms,
            "reward": pattern.reward,
            "critique": pattern.critique,
            "machine class": context.machine_class,
            "MLflow run": context.mlflow_run_id,
        }
        return [{"fact": name, "value": value} for name, value in told.items()]

    def iterations(self) -> list[dict[str, object]]:
        """Return a row for each iteration."""
        return [
            {
                "iteration": row.iteration,
                "ms": row.execution_time_ms,
                "cpu ms": _sum(row.cpu_user_ms, row.cpu_system_ms),
                "peak MiB": None
                if row.memory_peak_bytes is None
                else row.memory_peak_bytes / 2**20,
                "read ops": row.io_read_ops,
                "write ops": row.io_write_ops,
                "success": row.success,
                "error": row.error_type,
            }
            for row in self.rows
        ]


def show_run(project: Path | None, run_id: str) -> ShownRun:
    """Return one trial."""
    with open_store(open_workspace(project)) as store:
        record = store.run(run_id)
        if record is None:
            raise InputError.single(
                run_id, "is no run in the store", advice="See: tracker runs list"
            )
        return ShownRun(record, store.results(run_id))


def query_patterns(
    project: Path | None,
    *,
    task: str,
    k: int,
    min_reward: float | None,
    only_successes: bool,
    only_failures: bool,
    since: str | None,
    variant: str | None,
    until: str | None = None,
    operation: str | None = None,
    repo_size: str | None = None,
    machine_class: str | None = None,
) -> PatternSearchResult:
    """Search the memory; what is asked is checked before the store is opened."""
    asked = {
        "task": task,
        "k": k,
        "minReward": min_reward,
        "onlySuccesses": only_successes,
        "onlyFailures": only_failures,
        "since": None if since is None else unix_ms(since),
        "until": None if until is None else unix_ms(until, "--until"),
        "variant": variant,
        "operation": operation,
        "repoSize": repo_size,
        "machineClass": machine_class,
    }
    query = check_values(
        PatternQuery,
        {key: value for key, value in asked.items() if value is not None},
        where="patterns query",
    )
    with open_store(open_workspace(project)) as store:
        return store.query(query)


def pattern_statistics(project: Path | None, task: str) -> list[dict[str, object]]:
    """Return a row for each task that matches."""
    with open_store(open_workspace(project)) as store:
        found = store.stats(task)
    return [
        {
            "task": one.task,
            "patterns": one.count,
            "successRate": one.success_rate,
            "avgReward": one.avg_reward,
            "avgLatency": one.avg_latency,
        }
        for one in found
    ]


def unix_ms(text: str, option: str = "--since") -> int:
    """Return a time given as Unix ms or as an ISO date, which is UTC unless it says otherwise."""
    if text.isdecimal():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError.single(
            option, f"{text} is not a time", advice="Write 2026-01-31, or Unix milliseconds."
        ) from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)


def upgrade_store(project: Path | None) -> str:
    """Upgrade the store and say what was done."""
    done = schema.upgrade(open_workspace(project).settings.store_url)
    backup = f"; the old data is kept in {done.backup}" if done.backup else ""
    if done.before == done.after:
        return f"The store is at revision {done.after} already."
    return f"Upgraded from {done.before or 'nothing'} to {done.after}{backup}."


def store_revision(project: Path | None) -> str | None:
    """Return the revision of the store's schema."""
    return schema.current(open_workspace(project).settings.store_url)


def check_store(project: Path | None) -> list[str]:
    """Return where store and models differ."""
    return list(schema.check(open_workspace(project).settings.store_url))


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
