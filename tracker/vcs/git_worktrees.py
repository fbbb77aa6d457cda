"""Git with linked worktrees: the steps run in one that is linked to another checkout."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from tracker.models.fixture import RepositoryFixture
from tracker.models.plan import Variant
from tracker.vcs.base import Runner
from tracker.vcs.features import WORKTREE_FEATURES, supported
from tracker.vcs.git import (
    Git,
    check_commit_count,
    check_out,
    copy_repository,
    main_branch,
    refresh_index,
)


class GitWorktrees(Git):
    """A detached main checkout at `repo`, and `main` checked out in the linked `linked`."""

    name: ClassVar[str] = "git-worktrees"

    def materialise(
        self,
        run: Runner,
        source: Path,
        root: Path,
        fixture: RepositoryFixture,
        variant: Variant,  # noqa: ARG002
    ) -> None:
        """Copy the repository, leave its main branch free and link a worktree to it."""
        repository = root / "repo"
        branch = main_branch(fixture)
        copy_repository(run, source, root, repository)
        check_out(run, repository, branch)
        run(["git", "checkout", "-q", "--detach"], cwd=repository)
        run(["git", "worktree", "add", "-q", str(self.workdir(root)), branch], cwd=repository)
        check_commit_count(run, repository, fixture)
        self.refresh(run, root)

    def workdir(self, root: Path) -> Path:
        """Return the linked worktree."""
        return root / "linked"

    def refresh(self, run: Runner, root: Path) -> None:
        """Refresh the index of both checkouts."""
        super().refresh(run, root)
        refresh_index(run, root / "repo")

    def features(self, versions: Mapping[str, str]) -> frozenset[str]:
        """Return what this git can do, worktrees included."""
        return super().features(versions) | supported(WORKTREE_FEATURES, versions.get("git"))
