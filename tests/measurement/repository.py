"""A small real repository for the tests that measure real commands."""

import os
import subprocess
from pathlib import Path

from tracker.models import Landmarks, RepositoryFixture, RepoSize
from tracker.models.fixture import Characteristics, FixtureMetadata, Generation

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.invalid",
    "GIT_AUTHOR_DATE": "2020-01-01T00:00:00+0000",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.invalid",
    "GIT_COMMITTER_DATE": "2020-01-01T00:00:00+0000",
}
COMMITS = 4
FILES = 12


def git(*arguments, cwd):
    subprocess.run(["git", *arguments], cwd=cwd, env=ENVIRONMENT, check=True, capture_output=True)


def make_fixture(folder: Path) -> RepositoryFixture:
    source, bare = folder / "source", folder / "bare.git"
    source.mkdir(parents=True)
    git("init", "-q", "-b", "main", cwd=source)
    names = [f"src/file{number:02}.txt" for number in range(FILES)]
    (source / "src").mkdir()
    for commit in range(COMMITS):
        for name in names[commit::COMMITS]:
            (source / name).write_text(f"{name} in commit {commit}\n" * 20)
        git("add", "-A", cwd=source)
        git("commit", "-q", "-m", f"commit {commit}", cwd=source)
    git("clone", "-q", "--bare", str(source), str(bare), cwd=folder)
    return RepositoryFixture(
        id="imported-small-test",
        name="test",
        size=RepoSize.SMALL,
        created_at="2020-01-01T00:00:00.000Z",
        path=str(bare),
        metadata=FixtureMetadata(
            commits=COMMITS, branches=1, tags=0, files=FILES, total_size=10_000, largest_file=1000
        ),
        characteristics=Characteristics(),
        generation=Generation(strategy="imported"),
        landmarks=Landmarks(file=names[0], files=tuple(names)),
    )
