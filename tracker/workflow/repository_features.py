"""What is counted in a repository to know which others are like it: numbers, and no names."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tracker.config import InputError
from tracker.fixtures.errors import FixtureError
from tracker.fixtures.importing import examine
from tracker.fixtures.plumbing import Plumbing
from tracker.workflow.workspace import Workspace

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


def count_features(workspace: Workspace, path: Path) -> dict[str, float | None]:
    """Return the number of files, commits, branches, tags and bytes of a repository.

    They are counted as in a fixture: commits of all branches and tags, files and bytes of the
    default branch. The repository is only read, by plumbing, without its hooks.

    Raises
    ------
    InputError
        Where there is no repository, it is empty, or git refuses to read it.
    """
    with _plumbing(workspace) as git:
        try:
            source = examine(git, str(path))
            return _counted(git, Path(source.git_dir), source.default, source.refs)
        except FixtureError as error:
            raise InputError.single(
                "--repo", str(error), advice="Name a Git repository with a commit."
            ) from error


def present_settings(workspace: Workspace, path: Path, keys: Iterable[str]) -> dict[str, str]:
    """Return which of some settings the repository's own configuration has.

    Nothing else of it is looked at, and nothing that it includes.
    """
    with _plumbing(workspace) as git:
        file = Path(examine(git, str(path)).git_dir) / "config"
        if not file.is_file():
            return {}
        found = {}
        for key in sorted(set(keys)):
            asked = ("config", "--file", str(file), "--no-includes", "--get", key)
            done = git.run(*asked, cwd=file.parent, accept=(0, 1))
            if done.returncode == 0:
                found[key] = os.fsdecode(done.stdout).strip()
        return found


@contextmanager
def _plumbing(workspace: Workspace) -> Iterator[Plumbing]:
    git = workspace.tool("git")
    if git is None:
        raise InputError.single("git", "is not installed", advice="Install git.")
    with tempfile.TemporaryDirectory(prefix="tracker-") as home:
        yield Plumbing(str(git.path), Path(home), os.environ.get("PATH", SYSTEM_PATH))


def _counted(
    git: Plumbing, repository: Path, default: str, refs: tuple[str, ...]
) -> dict[str, float | None]:
    names = [ref.split(" ", 1)[1] for ref in refs]
    branches = sum(name.startswith("refs/heads/") for name in names)
    listed = git.run("ls-tree", "-r", "-l", "-z", "--full-tree", default, cwd=repository).stdout
    sizes = [
        int(size)
        for entry in listed.split(b"\0")[:-1]
        if (size := entry.split(b"\t", 1)[0].split()[3]) != b"-"
    ]
    ends = ("--branches", "--tags") if branches else (default,)
    return {
        "files": float(len(sizes)),
        "commits": float(git.text("rev-list", "--count", *ends, cwd=repository)),
        "branches": float(max(branches, 1)),
        "tags": float(sum(name.startswith("refs/tags/") for name in names)),
        "total_bytes": float(sum(sizes)),
    }
