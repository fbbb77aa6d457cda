"""The fixture cache as commands use it."""

from collections.abc import Callable
from pathlib import Path

from tracker.config import InputError, is_parameter_file, load_parameters
from tracker.fixtures.errors import FixtureError
from tracker.fixtures.presets import preset
from tracker.fixtures.store import FixtureStore
from tracker.models import (
    FixtureRequest,
    FixtureStrategy,
    GenerationParameters,
    RepositoryFixture,
    RepoSize,
)
from tracker.workflow.workspace import Workspace, open_workspace

SYNTHETIC = FixtureStrategy.SYNTHETIC.value
STRATEGIES = (SYNTHETIC, FixtureStrategy.REALISTIC.value)
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


def generated(size: RepoSize, seed: int, strategy: str = SYNTHETIC) -> FixtureRequest:
    """Return the request for a generated repository of a size."""
    return FixtureRequest(
        size=size, parameters=preset(size), seed=seed, strategy=FixtureStrategy(strategy)
    )


def from_parameters(path: Path, seed: int, strategy: str | None = None) -> FixtureRequest:
    """Return the request for a repository of parameters in a file.

    With a shape it is realistic, unless told otherwise.
    """
    parameters = load_parameters(path)
    usual = SYNTHETIC if parameters.shape is None else FixtureStrategy.REALISTIC.value
    return FixtureRequest(
        size=RepoSize.CUSTOM,
        parameters=parameters,
        seed=seed,
        strategy=FixtureStrategy(strategy or usual),
    )


def build_fixture(
    project: Path | None,
    wanted: str,
    seed: int,
    progress: Callable[[str, float | None], None],
    strategy: str | None = None,
) -> RepositoryFixture:
    """Build a fixture of a size or of a file of parameters, or find it in the cache."""
    if strategy not in (None, *STRATEGIES):
        raise InputError.single(
            "--strategy",
            f"there is no strategy {strategy}",
            advice=f"Choose one of {', '.join(STRATEGIES)}.",
        )
    if is_parameter_file(Path(wanted)):
        request = from_parameters(Path(wanted), seed, strategy)
    else:
        request = generated(repo_size(wanted), seed, strategy or SYNTHETIC)
    return fixture_store(open_workspace(project)).get(request, seed=seed, progress=progress)


def learned_parameters(project: Path | None, repository: Path) -> GenerationParameters:
    """Return parameters that make a repository like `repository`, which is only read."""
    try:
        return fixture_store(open_workspace(project)).learn(str(repository))
    except FixtureError as error:
        raise InputError.single("PATH", str(error)) from error


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
