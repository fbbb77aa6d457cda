"""A folder in which a test writes files, and the texts of a valid suite and configuration."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]

CONFIG = {
    "id": "benchmark-0a1b2c3d",
    "name": "mine",
    "execution": {"iterations": 15, "warmupRuns": 2, "timeout": 60000},
    "environment": {},
    "tests": {"suites": ["basic-operations"]},
}
SUITE = {
    "id": "mine",
    "name": "Mine",
    "category": "basic-operations",
    "tests": [
        {"id": "first", "name": "First", "command": "git status"},
        {"id": "second", "name": "Second", "command": "git log", "dependsOn": ["first"]},
    ],
}


@pytest.fixture
def write(tmp_path) -> Write:
    """Return a function that writes text, bytes or (as JSON, which YAML reads too) a value."""

    def write(content: object, name: str = "file.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
        return path

    return write


@pytest.fixture
def config() -> dict:
    return json.loads(json.dumps(CONFIG))


@pytest.fixture
def suite() -> dict:
    return json.loads(json.dumps(SUITE))
