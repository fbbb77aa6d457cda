"""Suites, variants and a configuration that plans are made of."""

import pytest

from tracker.models import BenchmarkConfig, TestSuite, Variant
from tracker.models.config import Environment, Execution, TestSelection


@pytest.fixture
def config() -> BenchmarkConfig:
    return BenchmarkConfig(
        id="benchmark-01234567",
        name="mine",
        execution=Execution(iterations=10, warmup_runs=2, timeout=5000),
        environment=Environment(),
        tests=TestSelection(suites=("s",)),
    )


def suite_of(*tests: dict, name: str = "s", **more) -> TestSuite:
    """Return a suite of tests given by their keys; every test runs `git status`."""
    return TestSuite.model_validate(
        {
            "id": name,
            "name": name,
            "category": "basic-operations",
            "tests": [{"name": "x", "command": "git status", **test} for test in tests],
            **more,
        }
    )


@pytest.fixture
def make_suite():
    return suite_of


@pytest.fixture
def variants() -> list[Variant]:
    defaults = [Variant(name=name, vcs_type=name) for name in ("git", "git-worktrees", "jujutsu")]
    return [*defaults, Variant(name="git+x", vcs_type="git", settings={"a.b": "c"})]
