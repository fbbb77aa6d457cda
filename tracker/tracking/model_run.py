"""A fitted model as an MLflow run: file, signature, training hash; nothing is pickled."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tracker.tracking.address import TrackingError
from tracker.tracking.client import STORE_ERRORS, connect, first_line
from tracker.tracking.names import Tag

EXPERIMENT = "recommendation models"
MODEL = "model"
LEVEL = "model"


def log_model(
    uri: str,
    artifact_root: Path,
    file: Path,
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    params: Mapping[str, object],
    metrics: Mapping[str, float],
) -> str:
    """Write a model's run and return its id.

    Parameters
    ----------
    file : Path
        The model in the skops format.
    inputs, outputs : sequence of str
        Names of the features, and of the variants whose ln(ratio) is predicted: the signature,
        all doubles.

    Raises
    ------
    TrackingError
        Where MLflow's store cannot be used.
    """
    from mlflow.models import ModelSignature  # noqa: PLC0415  it loads pandas
    from mlflow.types import ColSpec, Schema  # noqa: PLC0415

    signature = ModelSignature(
        inputs=Schema([ColSpec("double", name) for name in inputs]),
        outputs=Schema([ColSpec("double", name) for name in outputs]),
    )
    client = connect(uri, artifact_root)
    try:
        known = client.get_experiment_by_name(EXPERIMENT)
        place = (artifact_root / "recommendation-models").absolute().as_uri()
        experiment = known.experiment_id if known else client.create_experiment(EXPERIMENT, place)
        run = client.create_run(experiment, run_name=f"model · {file.stem[:12]}")
        run_id = str(run.info.run_id)
        for name, value in params.items():
            client.log_param(run_id, name, value)
        for name, number in metrics.items():
            client.log_metric(run_id, name, number)
        client.set_tag(run_id, Tag.LEVEL.value, LEVEL)
        client.log_artifact(run_id, str(file), MODEL)
        text = json.dumps(signature.to_dict(), indent=2)
        client.log_text(run_id, text, f"{MODEL}/signature.json")
        client.set_terminated(run_id)
    except STORE_ERRORS as error:
        raise TrackingError(f"the model is not in MLflow: {first_line(error)}") from error
    return run_id
