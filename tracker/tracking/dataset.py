"""The repository of a trial as MLflow's dataset: the Dataset column of its pages."""

import hashlib
import json

from mlflow.entities import Dataset, DatasetInput, InputTag
from mlflow.utils.validation import MAX_DATASET_DIGEST_SIZE, MAX_DATASET_NAME_SIZE

from tracker.models import RepositoryFixture
from tracker.tracking import limits

CONTEXT = "mlflow.data.context"
"""MLflow's tag that says what a dataset is used for."""


def dataset_input(fixture: RepositoryFixture) -> DatasetInput:
    """Return a repository as a dataset: how to make it again, and what was counted in it.

    The source of a generated one is strategy, seed and parameters; of an imported one
    nothing but its id leaves the session folder. Its folder on this machine never does.
    """
    generation = fixture.generation
    source = {
        "repoId": fixture.id,
        "strategy": generation.strategy.value,
        "seed": generation.seed,
        "parameters": generation.parameters.model_dump(mode="json", by_alias=True)
        if generation.parameters
        else None,
    }
    profile = {
        **fixture.metadata.model_dump(mode="json", by_alias=True),
        **fixture.characteristics.model_dump(mode="json", by_alias=True, exclude_none=True),
    }
    return DatasetInput(
        Dataset(
            name=limits.cut(fixture.id, MAX_DATASET_NAME_SIZE),
            digest=_digest(fixture.id)[:MAX_DATASET_DIGEST_SIZE],
            source_type=generation.strategy.value,
            source=json.dumps(source, sort_keys=True),
            profile=json.dumps(profile, sort_keys=True),
        ),
        [InputTag(CONTEXT, f"measured · {fixture.size.value}")],
    )


def _digest(fixture_id: str) -> str:
    """Return what MLflow shows beside the name; the id of a repository names its content."""
    return hashlib.sha256(fixture_id.encode()).hexdigest()[:8]
