"""Generation parameters in a file: what `tracker fixtures learn` writes and `build` reads."""

from pathlib import Path

import yaml

from tracker.config.loading import read_document
from tracker.config.validation import validated
from tracker.models import GenerationParameters

ENDINGS = (".yaml", ".yml", ".json")


def is_parameter_file(path: Path) -> bool:
    """Return whether a path is taken for a file of parameters and not for a repository."""
    return path.suffix.lower() in ENDINGS


def load_parameters(path: Path) -> GenerationParameters:
    """Return the parameters in a file; raise InputError with file, line and key."""
    return validated(GenerationParameters, read_document(path, "generation parameters"))


def parameters_text(parameters: GenerationParameters, *, as_json: bool) -> str:
    """Return what `load_parameters` reads, tables in one line each."""
    if as_json:
        return f"{parameters.to_json(indent=2)}\n"
    values = parameters.model_dump(mode="json", by_alias=True, exclude_none=True)
    return yaml.safe_dump(values, sort_keys=False, default_flow_style=None, width=100)
