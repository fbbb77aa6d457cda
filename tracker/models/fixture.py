"""Repository fixtures and the parameters they are generated from (specification, section 3)."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.models.base import Value
from tracker.models.enums import FixtureStrategy, RepoSize


class FileTree(Value):
    """Shape of the tree: files = filesPerDir × dirCount."""

    max_depth: int = Field(default=4, ge=1, le=64)
    files_per_dir: int = Field(default=10, ge=1, le=100_000)
    dir_count: int = Field(default=20, ge=1, le=100_000)


class Commits(Value):
    """Shape of the history."""

    count: int = Field(default=100, ge=1, le=1_000_000)
    time_span: float = Field(default=365.0, gt=0, description="days")
    authors_count: int = Field(default=10, ge=1, le=100_000)
    avg_files_per_commit: float = Field(default=3.0, gt=0)


class Branches(Value):
    """Shape of the branches; mergeFrequency is the share of commits that are merges."""

    count: int = Field(default=5, ge=0, le=100_000)
    merge_frequency: float = Field(default=0.0, ge=0, le=1)
    branch_lifetime: float = Field(default=5.0, ge=1, description="commits")
    conflict_frequency: float = Field(default=0.0, ge=0, le=1)


class Tags(Value):
    """How many tags there are."""

    count: int = Field(default=0, ge=0, le=1_000_000)


class Content(Value):
    """What the files hold."""

    code_languages: tuple[str, ...] = Field(default=("python", "c", "javascript"), min_length=1)
    avg_file_size: float = Field(default=4096.0, gt=0, description="bytes")
    binary_ratio: float = Field(default=0.0, ge=0, le=1)


Table = Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=2)]
"""A distribution by its quantiles at equal steps from the smallest value to the largest."""

Shares = Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], Field(min_length=1)]
"""Shares that add up to 1, the first one for depth 0: the top folder."""


class Shape(Value):
    """The distributions a realistic repository is drawn from; numbers only, no name, no content.

    Directories are all of them, those without files of their own and the top folder included.
    Commits are those that are no merges.
    """

    file_bytes: Table
    files_per_directory: Table
    subdirectories: Table
    file_depths: Shares
    directory_depths: Shares
    files_per_commit: Table
    lines_per_commit: Table = Field(description="Added and removed.")
    commits_per_author: Table


class GenerationParameters(Value):
    """Everything a generated repository depends on, beside the seed.

    `shape` counts for the strategy realistic alone, which takes a typical one without it.
    """

    file_tree: FileTree = FileTree()
    commits: Commits = Commits()
    branches: Branches = Branches()
    tags: Tags = Tags()
    content: Content = Content()
    shape: Shape | None = None


class FixtureMetadata(Value):
    """What was counted in the repository itself."""

    commits: int
    branches: int
    tags: int
    files: int
    total_size: int = Field(description="bytes of all files of the main branch")
    largest_file: int = Field(description="bytes")


class Characteristics(Value):
    """What was measured in the repository itself; None where it was not."""

    code_files: int | None = None
    binary_files: int | None = None
    avg_commit_size: float | None = Field(default=None, description="bytes")
    avg_branch_depth: float | None = Field(default=None, description="commits")
    conflict_frequency: float | None = None


class Generation(Value):
    """How the repository came to be; seed and parameters are None for an imported one."""

    strategy: FixtureStrategy
    seed: int | None = None
    parameters: GenerationParameters | None = None


class Landmarks(Value):
    """Names in a fixture that suites may use as `{file}`, `{branch}` …; see docs/suites.md.

    `files` are tracked text files of `main`, `branch` is a branch of a few commits on an
    older commit of `main` that merges cleanly, `conflict_a` and `conflict_b` change one line
    of `file` differently, `old` is the id of an old commit of `main`, `head` that of its tip.
    """

    main: str = "main"
    file: str
    files: tuple[str, ...]
    branch: str | None = None
    conflict_a: str | None = None
    conflict_b: str | None = None
    old: str | None = None
    head: str | None = None


class RepositoryFixture(Value):
    """A repository to measure in; kept as a bare Git repository that every system starts from."""

    id: str
    name: str
    size: RepoSize
    created_at: str
    path: str = Field(description="Absolute path.")
    vcs_type: Literal["jujutsu", "git"] = "git"
    metadata: FixtureMetadata
    characteristics: Characteristics
    generation: Generation
    landmarks: Landmarks | None = None
