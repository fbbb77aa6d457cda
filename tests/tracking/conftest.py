"""A real MLflow store on SQLite, made once and copied for each test."""

import shutil

import pytest

from tests.tracking.synthetic import config
from tracker.tracking.client import connect
from tracker.tracking.recorder import Tracking


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """Return the folder of a store whose tables exist; making them takes seconds."""
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # where MLflow's own experiment keeps its artifacts
        connect(f"sqlite:///{folder / 'mlflow.db'}", folder / "mlruns")
    return folder


@pytest.fixture
def project(empty_store, tmp_path):
    """Return a project folder with an empty store."""
    shutil.copy(empty_store / "mlflow.db", tmp_path / "mlflow.db")
    return tmp_path


@pytest.fixture
def warnings_said():
    return []


@pytest.fixture
def open_tracking(project, warnings_said):
    """Return a function that opens tracking in the project."""

    def open_(configuration=None, **options):
        return Tracking.open(
            "sqlite:///mlflow.db",
            project / "mlruns",
            configuration or config(),
            **{"warn": warnings_said.append, "environ": {}, **options},
        )

    return open_


@pytest.fixture
def tracking(open_tracking):
    return open_tracking()
