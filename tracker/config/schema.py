"""JSON schemas of the files, and the configuration that `tracker config init` writes."""

from typing import Any

from tracker.models import BenchmarkConfig, BenchmarkReport, TestSuite, Value, Variant

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The specification's dialect; nothing in files people write needs a later one."""

REPORT_DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""Reports have pairs (`range`, intervals), whose `prefixItems` came with this one."""


def config_schema() -> dict[str, Any]:
    """Return the JSON schema of a benchmark configuration."""
    return _schema(BenchmarkConfig)


def suite_schema() -> dict[str, Any]:
    """Return the JSON schema of a test suite."""
    return _schema(TestSuite)


def variant_schema() -> dict[str, Any]:
    """Return the JSON schema of a variant."""
    return _schema(Variant)


def report_schema() -> dict[str, Any]:
    """Return the JSON schema of a report."""
    return _schema(BenchmarkReport, REPORT_DIALECT)


def _schema(model: type[Value], dialect: str = DIALECT) -> dict[str, Any]:
    return {"$schema": dialect} | model.model_json_schema(by_alias=True)


TEMPLATE = """\
# A benchmark configuration. Run it with: tracker run {file}
# Only id, name, execution, environment and tests are required; all else shows its default.

id: {id}             # benchmark- and eight of 0-9 a-f; one id is one MLflow experiment
name: {name}
description: ""
version: 1.0.0

execution:
  iterations: 15      # measured rounds per test, 1 to 1000; fewer than 6 can decide nothing
  warmupRuns: 2       # rounds that are thrown away first, 0 to 10
  timeout: 60000      # ms, 1000 to 3600000; a test may have its own
  parallelism: 1      # repositories and set-ups made at once; measured times never overlap
  randomSeed: 20251109  # order of the systems within a round; leave out for a new one each time
  # precision: 2          # percent; instead of iterations: until every ratio is known to ±2 %
  # maxIterations: 200    # with precision: 15 to 1000
  # maxDuration: 600000   # with precision: ms for the rounds of one test
  # pinnedCpu: 0          # this machine alone: commands run on this processor
  # realtime: true        # this machine alone, root: commands run with SCHED_RR
  # coldCache: true       # this machine alone, root: page cache dropped before each iteration

environment:
  docker:             # used with --environment docker; without it everything runs locally
    network: none     # none, bridge or host
    resources:
      cpus: 2
      memory: 4294967296             # bytes
      memoryReservation: 1073741824  # bytes

tests:
  suites: [basic-operations]  # ids, globs such as "basic-*", or paths of suite files
  # include: [status-clean, "commit*"]   # only these tests (and what they depend on)
  # exclude: [merge]                     # never these
  # tags: [read]                         # only tests with one of these tags

dataGeneration:
  repoSizes: [small]          # small, medium, large
  # customFixtures: [/path/to/a/repository]
  cacheFixtures: true

output:
  formats: [json, markdown, html]   # results.csv is always written
  destination: results
  archiveResults: true              # each session keeps a folder of its own
  compression: false

analysis:
  statisticalSignificance: 0.05
  confidenceLevel: 0.95
  outlierDetection: true
  trendAnalysis: true

agentdb:
  enabled: true
  storePatterns: true
  queryHistorical: true
"""


def config_template(config_id: str, name: str = "my-benchmark", file: str = "FILE") -> str:
    """Return the text of a new configuration, with a comment for every key."""
    return TEMPLATE.format(id=config_id, name=name, file=file)
