"""The experiment of a benchmark configuration."""

import json
from collections.abc import Mapping
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Experiment, ViewType
from mlflow.exceptions import MlflowException

from tracker.models import BenchmarkConfig
from tracker.tracking import limits, names
from tracker.tracking.address import URL
from tracker.tracking.names import Tag
from tracker.tracking.notes import experiment_note
from tracker.tracking.server import view_path


def open_experiment(
    client: MlflowClient, config: BenchmarkConfig, artifact_root: str | None
) -> Experiment:
    """Return the experiment of `config`; make it where it is missing.

    `artifact_root` is None where a server keeps the artifacts.
    """
    found = _of_config(client, config.id)
    if found is not None:
        return found
    taken = {experiment.name for experiment in client.search_experiments(view_type=ViewType.ALL)}
    name = next(name for name in _candidates(config) if name not in taken)
    location = None if artifact_root is None else _free_place(artifact_root, config.id)
    try:
        experiment_id = client.create_experiment(
            name, artifact_location=location, tags={Tag.CONFIG_ID: config.id}
        )
    except MlflowException:
        # Another process has made it since.
        found = _of_config(client, config.id)
        if found is None:
            raise
        return found
    note = experiment_note(config.name, config.description, view_path(experiment_id))
    client.set_experiment_tag(
        experiment_id, Tag.NOTE, limits.cut(note, limits.EXPERIMENT_TAG_LENGTH)
    )
    return client.get_experiment(experiment_id)


def _of_config(client: MlflowClient, config_id: str) -> Experiment | None:
    found = client.search_experiments(
        filter_string=f"tags.`{Tag.CONFIG_ID.value}` = '{config_id}'", max_results=1
    )
    return found[0] if found else None


def _candidates(config: BenchmarkConfig) -> list[str]:
    """Return names in order of preference; a deleted experiment still holds its own."""
    named = names.key(config.name).strip() or config.id
    return [
        named,
        f"{named} ({config.id})",
        *(f"{named} ({config.id}) {n}" for n in range(2, 1000)),
    ]


def _free_place(artifact_root: str, config_id: str) -> str:
    """Return a folder of this experiment's own; a deleted one keeps its files.

    In a bucket runs lie in folders of their own anyway.
    """
    if URL.match(artifact_root):
        return f"{artifact_root}/{config_id}"
    folder = Path(artifact_root) / config_id
    number = 1
    while folder.exists():
        number += 1
        folder = Path(artifact_root) / f"{config_id}-{number}"
    return str(folder)


def known_colours(experiment: Experiment) -> dict[str, str]:
    """Return the colours that the variants of the experiment have so far."""
    try:
        found = json.loads(experiment.tags.get(Tag.COLOURS, "{}"))
    except json.JSONDecodeError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def keep_colours(client: MlflowClient, experiment_id: str, colours: Mapping[str, str]) -> None:
    """Store the colours of the variants."""
    text = json.dumps(dict(colours), sort_keys=True)
    if len(text) <= limits.EXPERIMENT_TAG_LENGTH:
        client.set_experiment_tag(experiment_id, Tag.COLOURS, text)
