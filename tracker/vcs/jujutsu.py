"""Jujutsu on its Git backend, colocated unless a variant says otherwise."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from tracker.models.fixture import RepositoryFixture
from tracker.models.plan import Variant
from tracker.vcs.base import CommandError, MaterialiseError, Runner, Vcs
from tracker.vcs.features import (
    JUJUTSU_FEATURES,
    REMOTE,
    can_fetch,
    parse_version,
    supported,
)
from tracker.vcs.git import (
    check_commit_count,
    check_out,
    copy_repository,
    git_version,
    main_branch,
    resolve_tree,
)
from tracker.vcs.git_config import GITCONFIG, git_config, git_environment
from tracker.vcs.jujutsu_config import JJ_CONFIG, is_colocated, jujutsu_config

REACHABLE = "(::(bookmarks() | tags()) ~ root())"
"""The commits Git counts; the working copy's own empty commit and jj's root are not among them."""


class Jujutsu(Vcs):
    """A workspace at `repo` whose working copy is an empty commit on `main`.

    Dates are those of the clock and change
    ids are random, because a fixed seed would give two commands the same change
    id, which jj treats as divergence. Tree ids do not depend on either.
    """

    name: ClassVar[str] = "jujutsu"
    tools: ClassVar[tuple[str, ...]] = ("jj", "git")

    def environment(self, variant: Variant, home: Path, path: str) -> dict[str, str]:  # noqa: ARG002
        """Return the pinned environment of jj and of the git it calls."""
        return {**git_environment(home, path), "JJ_CONFIG": str(home / JJ_CONFIG)}

    def files(self, variant: Variant) -> dict[str, str]:
        """Return the configuration of jj with the variant's settings, and that of its git."""
        return {GITCONFIG: git_config({}), JJ_CONFIG: jujutsu_config(variant.settings)}

    def materialise(
        self,
        run: Runner,
        source: Path,
        root: Path,
        fixture: RepositoryFixture,
        variant: Variant,
    ) -> None:
        """Make a workspace of all the fixture's references, on an empty commit above `main`."""
        repository = self.workdir(root)
        branch = main_branch(fixture)
        if is_colocated(variant.settings):
            _colocate(run, source, root, repository, fixture)
        else:
            _import(run, source, root, repository)
        run(["jj", "new", f'bookmarks(exact:"{branch}")'], cwd=repository)
        _check_commits(run, repository, fixture)
        self.refresh(run, root)

    def workdir(self, root: Path) -> Path:
        """Return the workspace."""
        return root / "repo"

    def refresh(self, run: Runner, root: Path) -> None:
        """Take the snapshot twice: the first one after a checkout looks at every file again."""
        for _ in range(2):
            run(["jj", "status"], cwd=self.workdir(root))

    def tree_id(self, run: Runner, root: Path, revision: str) -> str:
        """Return the tree of a revision as it was last recorded; no snapshot is taken."""
        cwd = self.workdir(root)
        asked = ["jj", "log", "--ignore-working-copy", "--no-graph", "-r", revision]
        argv = [*asked, "-T", 'commit_id ++ "\\n"']
        result = run(argv, cwd=cwd)
        commits = result.stdout.split()
        if len(commits) != 1:
            problem = f"{revision} names {len(commits)} commits, not one"
            raise CommandError(argv, result, problem=problem)
        return resolve_tree(run, cwd, commits[0], f"--git-dir={_git_dir(run, cwd)}")

    def versions(self, run: Runner, cwd: Path) -> dict[str, str]:
        """Return the version of jj and of the git it calls."""
        argv = ["jj", "--version"]
        result = run(argv, cwd=cwd)
        version = parse_version(result.stdout)
        if not version:
            problem = f"said {result.stdout.strip()!r}, not a version"
            raise CommandError(argv, result, problem=problem)
        return {"jj": ".".join(map(str, version)), "git": git_version(run, cwd)}

    def features(self, versions: Mapping[str, str]) -> frozenset[str]:
        """Return what this jj can do with this git."""
        found = supported(JUJUTSU_FEATURES, versions.get("jj"))
        fetches = can_fetch(versions.get("jj"), versions.get("git"))
        return found | {REMOTE} if fetches else found

    def words(self, run: Runner, cwd: Path) -> dict[str, str]:
        """Return `snapshot`: the command group in which this version keeps `snapshot`."""
        known = run(["jj", "util", "snapshot", "--help"], cwd=cwd, check=False)
        return {"snapshot": "util" if known.exit_code == 0 else "debug"}


def _colocate(
    run: Runner, source: Path, root: Path, repository: Path, fixture: RepositoryFixture
) -> None:
    copy_repository(run, source, root, repository)
    check_out(run, repository, main_branch(fixture))
    check_commit_count(run, repository, fixture)
    run(["jj", "git", "init", "--colocate"], cwd=repository)


def _import(run: Runner, source: Path, root: Path, repository: Path) -> None:
    """Fill jj's own repository, which `jj git clone` cannot do with every git and jj."""
    run(["jj", "git", "init", "--no-colocate", str(repository)], cwd=root)
    store = f"--git-dir={_git_dir(run, repository)}"
    keep_packed = ["git", store, "-c", "fetch.unpackLimit=1"]
    refs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
    fetch = [*keep_packed, "fetch", "-q", "--no-write-fetch-head", str(source), *refs]
    run(fetch, cwd=repository)
    run(["jj", "git", "import"], cwd=repository)


def _git_dir(run: Runner, repository: Path) -> str:
    return run(["jj", "git", "root", "--ignore-working-copy"], cwd=repository).stdout.strip()


def _check_commits(run: Runner, repository: Path, fixture: RepositoryFixture) -> None:
    """Raise unless jj sees exactly as many commits as the fixture has.

    All but the newest n − 1 are listed: exactly one must be left. So the
    answer is one character, however long the history is.
    """
    newest = max(fixture.metadata.commits - 1, 0)
    rest = f"{REACHABLE} ~ latest({REACHABLE}, {newest})"
    argv = ["jj", "log", "--ignore-working-copy", "--no-graph", "-r", rest, "-T", '"."']
    left = len(run(argv, cwd=repository).stdout.strip())
    if left != 1:
        found = "fewer" if left == 0 else "more"
        raise MaterialiseError(
            f"{repository}: jj sees {found} commits than the {fixture.metadata.commits} of the"
            f" fixture {fixture.id}; nothing may be measured in it"
        )
