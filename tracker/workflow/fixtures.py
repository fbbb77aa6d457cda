"""The fixture cache as commands use it."""

from collections.abc import Callable
from pathlib import Path

from tracker.config import InputError
from tracker.fixtures.presets import preset
from tracker.fixtures.store import FixtureStore
from tracker.models import FixtureRequest, RepositoryFixture, RepoSize
from tracker.workflow.workspace import Workspace, open_workspace

GENERATED = (RepoSize.SMALL, RepoSize.MEDIUM, RepoSize.LARGE)


def fixture_store(workspace: Workspace) -> FixtureStore:
    """Return the cache of this user."""
    git = workspace.tool("git")
    if git is None:
        raise InputError.single(
            "git", "is not installed", advice="Fixtures are made with it: install git."
        )
    return FixtureStore(
        workspace.settings.fixture_cache,
        git=str(git.path),
        max_bytes=workspace.settings.fixture_cache_bytes,
    )


def repo_size(text: str) -> RepoSize:
    """Return a size that can be generated."""
    names = [size.value for size in GENERATED]
    if text not in names:
        raise InputError.single(
            "--repo-size", f"there is no size {text}", advice=f"Choose one of {', '.join(names)}."
        )
    return RepoSize(text)


def generated(size: RepoSize, seed: int) -> FixtureRequest:
    """Return the request for a generated repository of a size."""
    return FixtureRequest(size=size, parameters=preset(size), seed=seed)


def build_fixture(
    project: Path | None, size: str, seed: int, progress: Callable[[str, float | None], None]
) -> RepositoryFixture:
    """Build a fixture, or find it in the cache."""
    request = generated(repo_size(size), seed)
    return fixture_store(open_workspace(project)).get(request, seed=seed, progress=progress)


def cached_fixtures(project: Path | None) -> tuple[RepositoryFixture, ...]:
    """Return every fixture of the cache."""
    return fixture_store(open_workspace(project)).list()


def find_fixture(project: Path | None, fixture_id: str) -> RepositoryFixture:
    """Return one fixture of the cache."""
    store = fixture_store(open_workspace(project))
    found = store.find(fixture_id)
    if found is None:
        known = ", ".join(fixture.id for fixture in store.list()) or "none"
        raise InputError.single(fixture_id, "is not cached", advice=f"Cached: {known}.")
    return found


def remove_fixture(project: Path | None, fixture_id: str) -> None:
    """Remove a fixture from the cache."""
    find_fixture(project, fixture_id)
    fixture_store(open_workspace(project)).remove(fixture_id)
