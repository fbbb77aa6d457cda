"""A project in an empty folder, and sessions whose executor replays a script."""

import shutil
from pathlib import Path

import pytest

from tracker.measurement.replay import ReplayExecutor
from tracker.tracking.client import connect
from tracker.workflow.request import RunRequest
from tracker.workflow.session import run_session
from tracker.workflow.task import planned_task


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory) -> Path:
    """Return an MLflow store without an experiment: making one takes seconds."""
    folder = tmp_path_factory.mktemp("mlflow")
    connect(f"sqlite:///{folder / 'mlflow.db'}", folder / "mlruns")
    return folder / "mlflow.db"


def make_project(base: Path, patch: pytest.MonkeyPatch, empty_mlflow: Path) -> Path:
    """Make an empty project below `base`; nothing of the user's is used."""
    folder = base / "project"
    folder.mkdir()
    shutil.copy(empty_mlflow, folder / "mlflow.db")
    (folder / "MLproject").write_text("name: test\n")
    for name in ("TRACKER_STORE_URL", "MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "TRACKER_JJ"):
        patch.delenv(name, raising=False)
    patch.setenv("TRACKER_FIXTURE_CACHE", str(base / "fixtures"))
    tools = base / "bin"
    tools.mkdir()
    for name, version in (("git", "git version 2.39.5"), ("jj", "jj 0.35.0")):
        tool = tools / name
        tool.write_text(f"#!/bin/sh\necho {version}\n")
        tool.chmod(0o755)
    patch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    patch.chdir(folder)
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch, empty_mlflow) -> Path:
    """Return an empty project."""
    return make_project(tmp_path, monkeypatch, empty_mlflow)


@pytest.fixture
def without_jj(project: Path, monkeypatch) -> Path:
    """Return a project on a machine without jj."""
    tools = project.parent / "no-jj"
    tools.mkdir()
    shutil.copy(project.parent / "bin" / "git", tools / "git")
    monkeypatch.setenv("PATH", f"{tools}:/bin")
    monkeypatch.setenv("XDG_DATA_HOME", str(project.parent / "data"))
    return project


class Replay:
    """Runs sessions of a project without a clock; every executor it made is in `executors`."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.executors: list[ReplayExecutor] = []
        self.warnings: list[str] = []

    def run(self, executor: ReplayExecutor, **options):
        self.executors.append(executor)
        request = RunRequest(**{"sources": ("quickstart",), **options})
        return run_session(
            planned_task(self.project, request),
            lambda _text, _done: None,
            self.warnings.append,
            make_executor=lambda *_: executor,
        )


@pytest.fixture
def replay(project: Path) -> Replay:
    """Return what runs scripted sessions in the project."""
    return Replay(project)
