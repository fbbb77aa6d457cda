"""The runs a session has already written, so that a resumed one writes none twice."""

from dataclasses import dataclass, field

from mlflow import MlflowClient

from tracker.tracking import names
from tracker.tracking.names import Tag

ENDED = frozenset({"FINISHED", "FAILED"})


@dataclass
class SessionRuns:
    """MLflow's ids: of the session, of its variants, of its trials by the tracker's run id.

    `halves` are trials that were cut off: by a signal, a crash or a failing store. They
    are written again, not continued.
    """

    session: str | None = None
    variants: dict[str, str] = field(default_factory=dict)
    trials: dict[str, str] = field(default_factory=dict)
    halves: dict[str, str] = field(default_factory=dict)


def written(client: MlflowClient, session_id: str) -> SessionRuns:
    """Return the runs of a session that are in the store.

    The run `mlflow run` had made lies in another experiment than the trials, so all are searched.
    """
    runs = SessionRuns()
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    found = client.search_runs(
        experiments,
        filter_string=f"tags.`{Tag.SESSION.value}` = '{session_id}'",
        max_results=50_000,
    )
    for run in found:
        run_id, tags = str(run.info.run_id), run.data.tags
        level = tags.get(Tag.LEVEL)
        if level == names.SESSION:
            runs.session = run_id
        elif level == names.VARIANT:
            runs.variants[tags[Tag.VARIANT]] = run_id
        elif level == names.TRIAL:
            kept = runs.trials if run.info.status in ENDED else runs.halves
            kept[tags[Tag.RUN_ID]] = run_id
    return runs
