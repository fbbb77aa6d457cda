"""What one MLflow run holds, and the order in which it is written."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import DatasetInput, Metric
from mlflow.exceptions import MlflowException

from tracker.tracking import limits
from tracker.tracking.client import STORE_ERRORS


@dataclass(frozen=True)
class RunContent:
    """A run before it is written; `artifacts` are texts by their path in the run."""

    name: str
    status: str
    start_ms: int
    end_ms: int
    tags: Mapping[str, object] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    results: Mapping[str, float | None] = field(default_factory=dict)
    samples: tuple[Metric, ...] = ()
    artifacts: Mapping[str, str] = field(default_factory=dict)
    datasets: tuple[DatasetInput, ...] = ()


def create(client: MlflowClient, experiment_id: str, content: RunContent) -> str:
    """Create the run with its tags, as RUNNING, and return MLflow's id of it."""
    run = client.create_run(
        experiment_id,
        start_time=content.start_ms,
        tags=limits.tag_values(content.tags),
        run_name=content.name,
    )
    return str(run.info.run_id)


def fill(client: MlflowClient, run_id: str, content: RunContent) -> None:
    """Write everything the run holds, and end it.

    The results come first and in a batch of their own, because MLflow's compare page
    opens with the metric that was logged first; the samples come last.
    """
    log_results(client, run_id, content.results, content.params, timestamp=content.end_ms)
    if content.datasets:
        client.log_inputs(run_id, list(content.datasets))
    log_artifacts(client, run_id, content.artifacts)
    for samples in limits.batches(content.samples, limits.METRICS_PER_BATCH):
        client.log_batch(run_id, metrics=samples, synchronous=True)
    client.set_terminated(run_id, content.status, content.end_ms)


def log_results(
    client: MlflowClient,
    run_id: str,
    results: Mapping[str, float | None],
    params: Mapping[str, object],
    *,
    timestamp: int,
) -> None:
    """Write one-point metrics and parameters, in as few transactions as MLflow allows.

    `synchronous` is said each time, because MLFLOW_ENABLE_ASYNC_LOGGING would change
    the default, and an asynchronous metric is lost when the process is killed.
    """
    first, *rest = list(limits.batches(limits.params(params), limits.PARAMS_PER_BATCH)) or [()]
    metrics = limits.metrics(results, timestamp)
    room = limits.METRICS_PER_BATCH - limits.PARAMS_PER_BATCH
    head, *tail = list(limits.batches(metrics, room)) or [()]
    client.log_batch(run_id, metrics=head, params=first, synchronous=True)
    for further in tail:
        client.log_batch(run_id, metrics=further, synchronous=True)
    for params_left in rest:
        client.log_batch(run_id, params=params_left, synchronous=True)


def log_artifacts(client: MlflowClient, run_id: str, artifacts: Mapping[str, str]) -> None:
    """Write texts as artifacts of a run; an empty one says nothing and is left out."""
    artifacts = {path: text for path, text in artifacts.items() if text}
    if not artifacts:
        return
    with tempfile.TemporaryDirectory(prefix="tracker-artifacts-") as folder:
        for path, text in artifacts.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        log_folder(client, run_id, Path(folder))


def log_folder(client: MlflowClient, run_id: str, folder: Path, path: str | None = None) -> None:
    """Write a folder's files as artifacts of a run, below `path`."""
    try:
        client.log_artifacts(run_id, str(folder), path)
    except STORE_ERRORS:
        raise
    except Exception as error:
        # An artifact store is a plug-in: it raises what the library of its cloud raises.
        raise MlflowException(f"{type(error).__name__}: {error}") from error
