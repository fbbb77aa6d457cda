"""Git in one checkout."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from tracker.models.fixture import RepositoryFixture
from tracker.models.plan import Variant
from tracker.vcs.base import CommandError, MaterialiseError, Runner, Vcs
from tracker.vcs.features import GIT_FEATURES, parse_version, supported
from tracker.vcs.git_config import GITCONFIG, git_config, git_environment

INDEX = "INDEX"
"""The revision that stands for what is staged, in `tree_id`."""


class Git(Vcs):
    """One checkout of `main` at `repo`; every branch and tag is local, there is no remote."""

    name: ClassVar[str] = "git"
    tools: ClassVar[tuple[str, ...]] = ("git",)

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._pause = pause

    def environment(self, variant: Variant, home: Path, path: str) -> dict[str, str]:  # noqa: ARG002
        """Return the pinned environment; settings are in the files."""
        return git_environment(home, path)

    def files(self, variant: Variant) -> dict[str, str]:
        """Return the configuration: the pins with the variant's settings over them."""
        return {GITCONFIG: git_config(variant.settings)}

    def materialise(
        self,
        run: Runner,
        source: Path,
        root: Path,
        fixture: RepositoryFixture,
        variant: Variant,  # noqa: ARG002
    ) -> None:
        """Copy the repository to `repo`, check out its main branch and count its commits."""
        repository = self.workdir(root)
        copy_repository(run, source, root, repository)
        check_out(run, repository, main_branch(fixture))
        check_commit_count(run, repository, fixture)
        self.refresh(run, root)

    def workdir(self, root: Path) -> Path:
        """Return the checkout."""
        return root / "repo"

    def refresh(self, run: Runner, root: Path) -> None:
        """Store an index in which no file looks as young as the index itself."""
        self._wait_for_the_next_second()
        refresh_index(run, self.workdir(root))

    def _wait_for_the_next_second(self) -> None:
        """Let the second of the checkout pass.

        Git compares whole seconds: a file as young as the index is read again
        by every `git status` until one of them rewrites the index.
        """
        self._pause(1.02 - self._clock() % 1.0)

    def tree_id(self, run: Runner, root: Path, revision: str) -> str:
        """Return the tree of a revision, or of what is staged for `INDEX`."""
        cwd = self.workdir(root)
        if revision == INDEX:
            return run(["git", "write-tree"], cwd=cwd).stdout.strip()
        return resolve_tree(run, cwd, revision)

    def versions(self, run: Runner, cwd: Path) -> dict[str, str]:
        """Return the version of git."""
        return {"git": git_version(run, cwd)}

    def features(self, versions: Mapping[str, str]) -> frozenset[str]:
        """Return what this git can do."""
        return supported(GIT_FEATURES, versions.get("git"))


def main_branch(fixture: RepositoryFixture) -> str:
    """Return the name of the branch that is checked out."""
    return fixture.landmarks.main if fixture.landmarks else "main"


def copy_repository(run: Runner, source: Path, root: Path, repository: Path) -> None:
    """Copy every object and reference, packed as they are, and keep no remote.

    Nothing is hard-linked: no command that is measured can damage the fixture.
    """
    git_dir = repository / ".git"
    clone = ["git", "clone", "-q", "--mirror", "--no-hardlinks", "--template="]
    run([*clone, str(source), str(git_dir)], cwd=root)
    run(["git", "--git-dir=.git", "config", "core.bare", "false"], cwd=repository)
    run(["git", "--git-dir=.git", "config", "--remove-section", "remote.origin"], cwd=repository)


def check_out(run: Runner, repository: Path, branch: str) -> None:
    """Check out `branch`."""
    run(["git", "symbolic-ref", "HEAD", f"refs/heads/{branch}"], cwd=repository)
    run(["git", "checkout", "-q", "-f", branch, "--"], cwd=repository)


def refresh_index(run: Runner, checkout: Path) -> None:
    """Write the index anew, and let `git status` fill the caches the settings ask for."""
    run(["git", "update-index", "-q", "--refresh", "--force-write-index"], cwd=checkout)
    run(["git", "status", "--porcelain"], cwd=checkout)


def check_commit_count(run: Runner, repository: Path, fixture: RepositoryFixture) -> None:
    """Raise unless every commit of the fixture is there."""
    counted = run(["git", "rev-list", "--count", "--branches", "--tags"], cwd=repository)
    found = int(counted.stdout)
    if found != fixture.metadata.commits:
        raise MaterialiseError(
            f"{repository}: holds {found} commits, the fixture {fixture.id} has"
            f" {fixture.metadata.commits}; remove the fixture and build it again"
        )


def resolve_tree(run: Runner, cwd: Path, revision: str, *options: str) -> str:
    """Return the tree id of a revision Git understands."""
    argv = ["git", *options, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{tree}}"]
    return run(argv, cwd=cwd).stdout.strip()


def git_version(run: Runner, cwd: Path) -> str:
    """Return git's version in dotted numbers."""
    argv = ["git", "--version"]
    result = run(argv, cwd=cwd)
    version = parse_version(result.stdout)
    if not version:
        raise CommandError(argv, result, problem=f"said {result.stdout.strip()!r}, not a version")
    return ".".join(map(str, version))
