"""Values cut and batched to what MLflow stores."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from mlflow.entities import Metric, Param, RunTag
from mlflow.utils.validation import (
    MAX_EXPERIMENT_TAG_VAL_LENGTH,
    MAX_METRICS_PER_BATCH,
    MAX_PARAM_VAL_LENGTH,
    MAX_PARAMS_TAGS_PER_BATCH,
    MAX_TAG_VAL_LENGTH,
)

from tracker.tracking import names

T = TypeVar("T")

EXPERIMENT_TAG_LENGTH = MAX_EXPERIMENT_TAG_VAL_LENGTH
METRICS_PER_BATCH = MAX_METRICS_PER_BATCH
PARAMS_PER_BATCH = MAX_PARAMS_TAGS_PER_BATCH


def cut(text: str, length: int) -> str:
    """Return `text`, its end replaced by `…` where it is longer than `length` characters."""
    return text if len(text) <= length else text[: length - 1] + "…"


def params(values: Mapping[str, object]) -> list[Param]:
    """Return MLflow parameters; what is unknown (None) is left out."""
    return [
        Param(names.key(name), cut(str(value), MAX_PARAM_VAL_LENGTH))
        for name, value in values.items()
        if value is not None
    ]


def tag_values(values: Mapping[str, object]) -> dict[str, str]:
    """Return tags as text; what is unknown (None) is left out."""
    return {
        names.key(name): cut(str(value), MAX_TAG_VAL_LENGTH)
        for name, value in values.items()
        if value is not None
    }


def tags(values: Mapping[str, object]) -> list[RunTag]:
    """Return MLflow tags; what is unknown (None) is left out."""
    return [RunTag(name, value) for name, value in tag_values(values).items()]


def metrics(values: Mapping[str, float | None], timestamp: int) -> list[Metric]:
    """Return one-point metrics in the order given; what is unknown (None) is left out."""
    return [
        Metric(names.key(name), float(value), timestamp, 0)
        for name, value in values.items()
        if value is not None
    ]


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield `items` in slices of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def joined(items: Iterable[object]) -> str:
    """Return the items separated by commas."""
    return ", ".join(str(item) for item in items)
