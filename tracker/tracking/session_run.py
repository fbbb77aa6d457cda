"""The run of a session: its summary and its report."""

import shlex
from collections.abc import Mapping, Sequence

from mlflow import MlflowClient

from tracker.models import BenchmarkConfig, ProcessedResult, SessionInfo, TrialSummary
from tracker.tracking import limits, names, run_content
from tracker.tracking.client import STORE_ERRORS
from tracker.tracking.names import Metric, Param, Tag
from tracker.tracking.run_content import RunContent
from tracker.tracking.trial_run import ENVIRONMENT_FILE, environment_json, machine_tags

ADOPTED = "MLFLOW_RUN_ID"
"""Set by `mlflow run` for the command it starts: the run it has made and waits for."""


def adoptable(client: MlflowClient, environ: Mapping[str, str]) -> str | None:
    """Return the id of the open run `mlflow run` has made for this process, or None.

    A run that has ended is left alone: the variable may come from an older shell.
    """
    run_id = environ.get(ADOPTED)
    if not run_id:
        return None
    try:
        status = client.get_run(run_id).info.status
    except STORE_ERRORS:
        return None
    return run_id if status in {"RUNNING", "SCHEDULED"} else None


def opening(
    *,
    session: SessionInfo,
    config: BenchmarkConfig,
    tags: Mapping[str, object],
    keep_names: bool,
) -> RunContent:
    """Return the session's run as it is when the session starts."""
    private: dict[str, object] = (
        {Tag.COMMAND: shlex.join(session.command), Tag.USER: session.author} if keep_names else {}
    )
    return RunContent(
        name=session.session_id,
        status="RUNNING",
        start_ms=session.started_ms,
        end_ms=session.started_ms,
        tags={
            **machine_tags(session),
            **private,
            **tags,
            Tag.SESSION: session.session_id,
            Tag.LEVEL: names.SESSION,
        },
        params={
            Param.CONFIG: config.id,
            Param.SUITES: limits.joined(config.tests.suites),
            Param.REPO_SIZES: limits.joined(
                size.value for size in config.data_generation.repo_sizes
            ),
            Param.ITERATIONS: config.execution.iterations,
            Param.WARMUP: config.execution.warmup_runs,
            Param.TIMEOUT: config.execution.timeout,
            Param.SEED: session.seed,
        },
        artifacts={
            ENVIRONMENT_FILE: environment_json(session),
            "config.json": config.to_json(indent=2),
        },
    )


def start(client: MlflowClient, run_id: str, content: RunContent) -> None:
    """Write into a run that exists, adopted or of a session that is resumed."""
    known = client.get_run(run_id)
    client.update_run(run_id, status="RUNNING", name=content.name)
    # What `mlflow run` says of the source (project, commit) is richer than ours.
    tags = {
        name: value
        for name, value in content.tags.items()
        if name not in {Tag.SOURCE, Tag.SOURCE_TYPE} or name not in known.data.tags
    }
    client.log_batch(run_id, tags=limits.tags(tags), synchronous=True)
    new = {name: value for name, value in content.params.items() if name not in known.data.params}
    run_content.log_results(client, run_id, {}, new, timestamp=content.start_ms)


def summary(
    trials: Sequence[TrialSummary], results: Sequence[ProcessedResult]
) -> dict[str, float | None]:
    """Return the metrics of a session."""
    failed = sum(trial.status in {"failed", "void"} for trial in trials)
    return {
        Metric.SESSION_TRIALS: len(trials),
        Metric.SESSION_FAILED: failed,
        Metric.SESSION_DECIDED: sum(r.insights.winner is not None for r in results),
    }
