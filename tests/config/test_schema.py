"""The schemas say what the specification says, and what the reader accepts."""

import json
from pathlib import Path

import jsonschema
import pytest

from tracker.config import (
    InputError,
    config_schema,
    config_template,
    load_any,
    load_config,
    shipped_configs,
    shipped_suites,
    suite_schema,
    variant_schema,
)
from tracker.config.yaml_reader import read_yaml
from tracker.models import BenchmarkConfig

SPECIFICATION = json.loads(
    (Path(__file__).parents[1] / "models" / "specification.json").read_text()
)["configSchema"]


def resolved(node: dict, root: dict) -> dict:
    while "$ref" in node:
        found = root
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = {key: value for key, value in node.items() if key != "$ref"} | found
    return node


def specified(node: dict, ours: dict, root: dict, path: str = ""):
    """Give each constraint of the specification's schema with what ours says there."""
    ours = resolved(ours, root)
    for key, value in node.items():
        if key == "properties":
            for name, inner in value.items():
                yield from specified(inner, ours["properties"][name], root, f"{path}.{name}")
        elif key == "items":
            yield from specified(value, ours["items"], root, f"{path}[]")
        else:
            yield pytest.param(value, ours.get(key), id=f"{path or 'root'} {key}")


@pytest.mark.parametrize(
    ("wanted", "ours"), list(specified(SPECIFICATION, config_schema(), config_schema()))
)
def test_the_schema_has_the_specification_s_required_lists_patterns_and_limits(wanted, ours):
    assert ours == wanted


@pytest.mark.parametrize("schema", [config_schema(), suite_schema(), variant_schema()])
def test_the_schemas_are_valid_schemas(schema):
    jsonschema.Draft7Validator.check_schema(schema)


def data_of(path: Path):
    return json.loads(path.read_text()) if path.suffix == ".json" else read_yaml(path, "x").data


@pytest.mark.parametrize("path", sorted(shipped_configs().iterdir()), ids=lambda path: path.name)
def test_shipped_configurations_satisfy_the_schema(path):
    jsonschema.validate(data_of(path), config_schema(), jsonschema.Draft7Validator)


@pytest.mark.parametrize("path", sorted(shipped_suites().iterdir()), ids=lambda path: path.name)
def test_shipped_suites_satisfy_the_schema(path):
    jsonschema.validate(data_of(path), suite_schema(), jsonschema.Draft7Validator)


@pytest.mark.parametrize(
    "change",
    [{"id": "x"}, {"name": ""}, {"execution": {}}, {"extra": 1}, {"tests": {"suites": []}}],
)
def test_what_the_reader_refuses_the_schema_refuses_too(change, config, write):
    wrong = config | change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, config_schema(), jsonschema.Draft7Validator)
    with pytest.raises(InputError):
        load_config(write(wrong))


def test_the_new_configuration_is_valid_and_shows_every_section(write):
    text = config_template("benchmark-01234567", "mine", "mine.yaml")
    config = load_any(write(text))
    assert isinstance(config, BenchmarkConfig)
    assert config.id == "benchmark-01234567"
    for field in BenchmarkConfig.model_fields.values():
        if field.alias not in {"$schema", "createdAt"}:
            assert f"\n{field.alias}:" in text


def test_the_new_configuration_shows_the_defaults(write, config):
    text = config_template("benchmark-01234567")
    shown = load_config(write(text))
    bare = load_config(write(config, "bare.yaml"))
    for section in ("environment", "data_generation", "output", "analysis", "agentdb"):
        assert getattr(shown, section) == getattr(bare, section), section
