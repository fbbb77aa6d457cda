"""A small generated repository that every conformance test starts from."""

import os
from pathlib import Path

import pytest

from tracker.fixtures import FixtureStore
from tracker.models import (
    FixtureRequest,
    GenerationParameters,
    RepositoryFixture,
    RepoSize,
)
from tracker.models.fixture import Branches, Commits, FileTree, Tags

PARAMETERS = GenerationParameters(
    file_tree=FileTree(max_depth=3, files_per_dir=5, dir_count=6),
    commits=Commits(count=40, avg_files_per_commit=2),
    branches=Branches(count=5, merge_frequency=0.2, branch_lifetime=2),
    tags=Tags(count=3),
)


@pytest.fixture(scope="session")
def repository(git: str, tmp_path_factory: pytest.TempPathFactory) -> RepositoryFixture:
    """Return a fixture of 40 commits and 30 files."""
    store = FixtureStore(tmp_path_factory.mktemp("fixtures"), git)
    request = FixtureRequest(size=RepoSize.CUSTOM, parameters=PARAMETERS)
    return store.get(request, seed=1)


@pytest.fixture
def path_of_tools(git: str) -> str:
    """Return a PATH on which git is found, and jj where it is there."""
    folders = [str(Path(git).parent), os.environ.get("PATH", os.defpath)]
    if os.environ.get("TRACKER_JJ"):
        folders.insert(0, str(Path(os.environ["TRACKER_JJ"]).parent))
    return os.pathsep.join(folders)
