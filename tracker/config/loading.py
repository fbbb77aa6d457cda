"""Configurations, suites and variants, from a file to a value that holds."""

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

from tracker.config.documents import Document, Path_
from tracker.config.errors import InputError
from tracker.config.json_reader import read_json
from tracker.config.paths import anchored, is_path, leads_out
from tracker.config.suite_checks import Finding, check_suite, raise_findings
from tracker.config.validation import validated
from tracker.config.yaml_reader import read_yaml
from tracker.models import BenchmarkConfig, TestSuite
from tracker.models.config import Environment, Execution, TestSelection
from tracker.models.suite import ALL_SYSTEMS

A_CONFIG = "a benchmark configuration (`tracker config init` writes one)"
A_SUITE = "a test suite"
EITHER = "a benchmark configuration or a test suite"

DEFAULT_EXECUTION = Execution(iterations=15, warmup_runs=2, timeout=60_000)
"""How a suite runs by itself: 15 rounds are enough to decide between three systems."""


def read_document(path: Path, kind: str) -> Document:
    """Return what a YAML or JSON file holds; its name decides which."""
    return read_json(path, kind) if path.suffix.lower() == ".json" else read_yaml(path, kind)


def load_config(path: Path) -> BenchmarkConfig:
    """Return the configuration in a file; its relative paths are made absolute."""
    return _config(read_document(path, A_CONFIG))


def load_suite(path: Path, *, known_vcs: Collection[str] = ALL_SYSTEMS) -> TestSuite:
    """Return the suite in a file, checked against the systems that are installed."""
    return _suite(read_document(path, A_SUITE), known_vcs)


def load_any(
    path: Path, *, known_vcs: Collection[str] = ALL_SYSTEMS
) -> BenchmarkConfig | TestSuite:
    """Return what a file holds: a list under `tests` is a suite, a mapping a configuration."""
    document = read_document(path, EITHER)
    tests = document.data.get("tests") if isinstance(document.data, dict) else None
    if isinstance(tests, list):
        return _suite(document, known_vcs)
    if isinstance(tests, dict):
        return _config(document)
    raise InputError.single(
        path,
        "is neither a test suite nor a benchmark configuration",
        line=document.line_of(("tests",)),
        key="tests",
        advice="Give `tests` as a list (a suite) or as a mapping with `suites` (a configuration).",
    )


def default_config(suites: Sequence[TestSuite], selectors: Sequence[str]) -> BenchmarkConfig:
    """Return the configuration of suites that are run without one.

    The id is made from the suites' content, so that the same suites make the
    same MLflow experiment and a changed suite makes another.
    """
    content = "\n".join(suite.to_json() for suite in suites)
    return BenchmarkConfig(
        id=f"benchmark-{hashlib.sha256(content.encode()).hexdigest()[:8]}",
        name=", ".join(suite.name for suite in suites)[:100],
        description="Default configuration of a suite that was run by itself.",
        execution=DEFAULT_EXECUTION,
        environment=Environment(),
        tests=TestSelection(suites=tuple(selectors)),
    )


def _suite(document: Document, known_vcs: Collection[str]) -> TestSuite:
    suite = validated(TestSuite, document)
    check_suite(suite, document, known_vcs)
    return suite


def _config(document: Document) -> BenchmarkConfig:
    config = validated(BenchmarkConfig, document)
    raise_findings([*_escapes(config, document), *_nothing_to_measure(config)], document)
    folder = document.path.absolute().parent
    tests, data = config.tests, config.data_generation
    suites = tuple(anchored(item, folder) if is_path(item) else item for item in tests.suites)
    fixtures = data.custom_fixtures
    placed = None if fixtures is None else tuple(anchored(item, folder) for item in fixtures)
    return config.model_copy(
        update={
            "tests": tests.model_copy(update={"suites": suites}),
            "data_generation": data.model_copy(update={"custom_fixtures": placed}),
        }
    )


def _escapes(config: BenchmarkConfig, document: Document) -> list[Finding]:
    suites = config.tests.suites
    fixtures = config.data_generation.custom_fixtures or ()
    volumes = config.environment.docker.volumes
    paths: list[tuple[Path_, str]] = [
        *((("tests", "suites", n), item) for n, item in enumerate(suites) if is_path(item)),
        *((("dataGeneration", "customFixtures", n), item) for n, item in enumerate(fixtures)),
        *(
            (("environment", "docker", "volumes", n, "source"), item.source)
            for n, item in enumerate(volumes)
        ),
        (("output", "destination"), config.output.destination),
    ]
    folder = document.path.absolute().parent
    return [
        (key, *reason)
        for key, text in paths
        if (reason := _escape(text, folder, follow=key[0] != "output"))
    ]


def _escape(text: str, folder: Path, *, follow: bool = True) -> tuple[str, str] | None:
    """Return why a relative path leaves its folder and what to do, or None if it stays inside."""
    if "\x00" in text or not text.strip():
        return "is not a path", "Write the path of a file or folder."
    if not leads_out(text, folder, follow=follow):
        return None
    return f"{text} leads out of the folder {folder}", "Give an absolute path, or move the file."


def _nothing_to_measure(config: BenchmarkConfig) -> list[Finding]:
    data = config.data_generation
    if data.repo_sizes or data.custom_fixtures:
        return []
    advice = "Add a size to repoSizes or a path to customFixtures."
    return [(("dataGeneration", "repoSizes"), "there is no repository to measure in", advice)]
