"""Names and limits of what is written to MLflow."""

from pathlib import Path

import pytest
from mlflow.utils.validation import _validate_param, _validate_tag

from tracker.tracking import limits, names
from tracker.tracking.names import Metric, Param, Tag


def test_there_are_at_most_forty_metrics():
    assert len(Metric) <= 40


@pytest.mark.parametrize("name", [*Metric, *Param, *Tag])
def test_every_name_is_described_and_accepted_by_mlflow(name):
    assert name.description != name
    assert name.description
    assert names.key(name) == name


def test_results_stand_above_samples():
    prefixes = [metric.partition("/")[0] for metric in Metric]
    assert prefixes == sorted(prefixes, key=["result", "sample", "session"].index)
    assert next(iter(Metric)) is Metric.TIME_MEDIAN


def test_a_long_value_is_cut_and_not_refused():
    (param,) = limits.params({"p": "x" * 10_000})
    (tag,) = limits.tags({"t": "x" * 10_000})
    _validate_param(param.key, param.value)
    _validate_tag(tag.key, tag.value)
    assert (len(param.value), len(tag.value)) == (6000, 8000)
    assert param.value.endswith("…")


def test_unknown_is_left_out_and_zero_is_kept():
    assert limits.params({"a": None, "b": 0})[0].key == "b"
    assert [m.key for m in limits.metrics({"a": None, "b": 0}, 1)] == ["b"]


def test_a_key_mlflow_would_refuse_is_changed():
    (param,) = limits.params({"a+b?c": 1})
    _validate_param(param.key, param.value)
    assert param.key == "a-b-c"


@pytest.mark.parametrize("name", [*Metric, *Param, *Tag])
def test_every_name_is_explained_in_the_documentation(name):
    document = Path(__file__).parents[2] / "docs" / "mlflow.md"
    assert f"| `{name.value}` | {name.description} |" in document.read_text(encoding="utf-8")
