"""The run of a variant over all sessions: one step a session, drawn as lines."""

from collections.abc import Mapping

from mlflow import MlflowClient
from mlflow.entities import Metric as Point

from tracker.models import SessionInfo
from tracker.tracking import limits, names
from tracker.tracking.names import Metric, Param, Tag
from tracker.tracking.notes import trend_note
from tracker.tracking.run_content import RunContent
from tracker.tracking.trial_run import machine_tags


def trend_content(
    session: SessionInfo, variant: str, vcs_type: str | None, tags: Mapping[str, object]
) -> RunContent:
    """Return the trend run of a variant as it is before its first session.

    There is one for each class of machine, because times of different classes are not compared.
    """
    machine = machine_tags(session)
    return RunContent(
        name=f"{variant} · every session",
        status="FINISHED",
        start_ms=session.started_ms,
        end_ms=session.started_ms,
        tags={
            **{name: machine[name] for name in (Tag.CONFIG_ID, Tag.MACHINE_CLASS, Tag.CPU)},
            **tags,
            Tag.LEVEL: names.TREND,
            Tag.VARIANT: variant,
            Tag.NOTE: trend_note(variant),
        },
        params={
            Param.VARIANT: variant,
            Param.VCS_TYPE: vcs_type,
            Param.CONFIG: session.config_id,
        },
    )


def trend_runs(client: MlflowClient, experiment_id: str, machine_class: str) -> dict[str, str]:
    """Return the trend runs of a class of machine by variant."""
    found = client.search_runs(
        [experiment_id],
        filter_string=(
            f"tags.`{Tag.LEVEL.value}` = '{names.TREND}' AND "
            f"tags.`{Tag.MACHINE_CLASS.value}` = '{machine_class}'"
        ),
        max_results=1000,
    )
    return {run.data.tags[Tag.VARIANT]: str(run.info.run_id) for run in found}


def add_session(
    client: MlflowClient, run_id: str, session: SessionInfo, medians: Mapping[str, float]
) -> None:
    """Add a session's medians as one step; a session that is there already is not added again."""
    known = client.get_metric_history(run_id, Metric.SESSION_NUMBER)
    if any(point.timestamp == session.started_ms for point in known):
        return
    step = max((point.step for point in known), default=0) + 1
    points = [
        Point(names.key(name), float(value), session.started_ms, step)
        for name, value in {**medians, Metric.SESSION_NUMBER: step}.items()
    ]
    for batch in limits.batches(points, limits.METRICS_PER_BATCH):
        client.log_batch(run_id, metrics=batch, synchronous=True)
