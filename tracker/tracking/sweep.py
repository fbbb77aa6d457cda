"""Ends the runs a process left open when it died without a word."""

from mlflow import MlflowClient

from tracker.tracking.names import Tag
from tracker.tracking.owner import Owner


def sweep(client: MlflowClient, now_ms: int) -> tuple[str, ...]:
    """Set to KILLED every open run whose process is dead; return the ids.

    Runs of processes on other machines and runs without an owner are left alone:
    nobody here can know whether they live.
    """
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    running = client.search_runs(
        experiments,
        filter_string=f"attributes.status = 'RUNNING' and tags.`{Tag.OWNER.value}` LIKE '%'",
        max_results=10_000,
    )
    dead = tuple(
        str(run.info.run_id)
        for run in running
        if (owner := Owner.parse(run.data.tags[Tag.OWNER])) is not None and owner.is_dead()
    )
    for run_id in dead:
        client.set_terminated(run_id, "KILLED", now_ms)
    return dead
