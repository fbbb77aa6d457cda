"""Every model is compared with the specification, whose interfaces `specification.json` holds."""

import json
import re
import types
from pathlib import Path
from typing import Literal, Union, get_args, get_origin

import pytest

import patterns.models
import tracker
import tracker.models
from patterns.models import BenchmarkPattern
from tracker.models import RawMetric, Value

SPECIFICATION = json.loads((Path(__file__).parent / "specification.json").read_text())
INTERFACES = SPECIFICATION["interfaces"]
IN_PATTERNS = {
    "BenchmarkPattern",
    "Pattern",
    "PatternQuery",
    "PatternSearchResult",
    "Recommendation",
    "TrendAnalysis",
}

ADDED = {
    # Clarifications 2, 3, 5, 7, 8, 18, 25, 27, 29 and the design's extensions; all optional.
    "BenchmarkConfig": {"$schema"},
    "BenchmarkConfig.execution": {
        "precision", "maxIterations", "maxDuration", "pinnedCpu", "realtime", "coldCache",
    },
    "BenchmarkConfig.environment.docker": {"storage"},
    "BenchmarkConfig.dataGeneration": {"strategy"},
    "BenchmarkConfig.analysis": {"regressionLimits"},
    "PatternSearchResult.insights": {"trendMatches", "trendSince"},
    "TestSuite": {"$schema"},
    "Test": {"operation", "byVcs", "tags", "mutates", "prepare", "outcome", "counts", "shell"},
    "RepositoryFixture": {"landmarks"},
    "GenerationParameters": {"tags", "shape"},
    "GenerationParameters.branches": {"conflictFrequency"},
    "RawMetric.context": {"variant"},
    "RawMetric.execution": {"stdoutBytes", "stdoutSha256", "stderrBytes", "stderrSha256"},
    "RawMetric.performance": {"network"},
    "CPUMetrics": {"runQueueDelay"},
    "MemoryMetrics": {"treePeak", "treePeakSource", "minorFaults", "majorFaults"},
    "IOMetrics": {"deviceReadBytes", "deviceWriteBytes"},
    "ProcessedResult": {
        "testId", "repoSize", "repoId", "variants", "comparisons", "leaders", "successRates", "notes",
        "finding",
    },
    "ProcessedResult.learning": {"rewards"},
    "PatternSearchResult": {"ids"},
    "PerformanceStats": {"bimodal"},
    "ComparisonMetrics": {
        "verdict", "reason", "n", "paired", "ratioOfMedians", "pAdjusted", "cliffsDelta",
        "smallestDetectable", "cpu", "ioRatio", "diskRatio",
    },
    "Bottleneck": {"variant", "evidence", "interval", "runs"},
    "BenchmarkReport.appendices": {"noise"},
    "BenchmarkReport.comparison": {"growth"},
    "BenchmarkReport.historical": {"courses", "machineClass", "sessions", "noiseFloor", "reason"},
    "Regression": {
        "variant", "repository", "metric", "noiseFloor", "pAdjusted", "n", "previousVersion",
        "currentVersion", "runs",
    },
    "Improvement": {
        "variant", "repository", "metric", "noiseFloor", "pAdjusted", "n", "previousVersion",
        "currentVersion", "runs",
    },
    "Recommendation": {"evidence"},
    "Recommendation.expectedImpact": {"interval", "n"},
    "TrendAnalysis": {"slopeInterval", "n", "reason"},
    "TrendAnalysis.forecast": {"interval"},
    "PatternQuery": {"since", "until", "variant", "operation", "repoSize", "machineClass"},
    "BenchmarkReport.summary": {"avgSpeedupN"},
    "RepoCategoryComparison": {"n"},
}  # fmt: skip


def model_named(name: str) -> type[Value]:
    home = patterns.models if name in IN_PATTERNS else tracker.models
    return getattr(home, name)


def shapes():
    """Give each interface and each nested object: its path, its model, the specified fields."""
    waiting = [(name, model_named(name), fields) for name, fields in INTERFACES.items()]
    while waiting:
        path, model, fields = waiting.pop(0)
        yield pytest.param(path, model, fields, id=path)
        for name, field in fields.items():
            if "fields" in field:
                waiting.append((f"{path}.{name}", nested(model, name), field["fields"]))


def field_of(model: type[Value], name: str):
    found = [item for item in model.model_fields.values() if item.alias == name]
    assert found, f"{model.__name__} has no {name}"
    return found[0]


def nested(model: type[Value], name: str) -> type[Value]:
    inner = unwrapped(field_of(model, name).annotation)
    assert isinstance(inner, type)
    assert issubclass(inner, Value), f"{model.__name__}.{name} is not a model"
    return inner


def unwrapped(annotation):
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(item for item in get_args(annotation) if item is not types.NoneType)
    return annotation


def words(annotation) -> set[str]:
    """Return the closed set of an annotation, a tuple's items included."""
    annotation = unwrapped(annotation)
    if get_origin(annotation) is tuple:
        return words(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return {str(getattr(item, "value", item)) for item in get_args(annotation)}
    return {item.value for item in getattr(annotation, "__members__", {}).values()}


def test_every_interface_of_the_specification_is_here():
    assert len(INTERFACES) == 35


@pytest.mark.parametrize("name", sorted(INTERFACES))
def test_every_interface_can_be_imported_from_tracker(name):
    assert getattr(tracker, name) is model_named(name)


@pytest.mark.parametrize(("path", "model", "fields"), list(shapes()))
def test_a_model_has_the_specified_fields_and_only_known_additions(path, model, fields):
    aliases = {field.alias for field in model.model_fields.values()}
    assert aliases - set(fields) == ADDED.get(path, set())
    assert set(fields) <= aliases


@pytest.mark.parametrize(("path", "model", "fields"), list(shapes()))
def test_added_and_optional_fields_need_not_be_given(path, model, fields):
    required = {field.alias for field in model.model_fields.values() if field.is_required()}
    optional = {name for name, field in fields.items() if field["optional"]} | ADDED.get(
        path, set()
    )
    allowed = {"testId", "repoSize", "repoId"} if path == "ProcessedResult" else set()
    assert not (required & optional) - allowed


@pytest.mark.parametrize(("path", "model", "fields"), list(shapes()))
def test_closed_sets_are_those_of_the_specification(path, model, fields):
    for name, field in fields.items():
        specified = set(re.findall(r"'([^']*)'", field.get("type", "")))
        if not specified or specified == {"jujutsu", "git", "git-worktrees"}:
            continue  # a plug-in adds systems; the three are checked below
        assert words(field_of(model, name).annotation) == specified, f"{path}.{name}"


@pytest.mark.parametrize("name", sorted(SPECIFICATION["unions"]))
def test_a_named_union_is_an_enumeration_with_its_values(name):
    assert [item.value for item in getattr(tracker, name)] == SPECIFICATION["unions"][name]


def test_the_three_systems_are_known():
    assert {item.value for item in tracker.VcsType} == {"jujutsu", "git", "git-worktrees"}


def test_the_raw_metric_example_is_read_and_written_unchanged():
    example = SPECIFICATION["rawMetricExample"]
    metric = RawMetric.model_validate_json(json.dumps(example))
    written = json.loads(metric.model_dump_json(by_alias=True, exclude_none=True))
    assert written == example


def test_the_pattern_example_is_read_and_written_unchanged():
    example = SPECIFICATION["patternExample"]
    written = BenchmarkPattern.model_validate(example).model_dump(by_alias=True)
    assert written == example


def test_unknown_keys_are_refused_and_unknown_values_are_null():
    example = SPECIFICATION["rawMetricExample"]
    with pytest.raises(ValueError, match="extra"):
        RawMetric.model_validate(example | {"typo": 1})
    assert (
        '"heap":null'
        in RawMetric.model_validate(
            example | {"performance": {"cpu": {}, "memory": {}, "io": {}, "disk": {}}}
        ).to_json()
    )


def test_trend_data_has_the_fields_of_the_clarification():
    aliases = {field.alias for field in tracker.TrendData.model_fields.values()}
    assert aliases == {"operation", "vcsType", "variant", "metric", "points", "analysis"}


def test_occurences_keeps_the_spelling_of_the_specification():
    assert "occurences" in nested(tracker.Bottleneck, "impact").model_fields
