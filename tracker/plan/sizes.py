"""Whether a repository is large enough for a suite, by its number of files."""

from tracker.models import FixtureRequest, RepoSize

MINIMUM_FILES = {RepoSize.SMALL: 0, RepoSize.MEDIUM: 1_000, RepoSize.LARGE: 16_000}
"""Fewest files that count as a size: the geometric means between the generated sizes.

Those have 200, 5,000 and 50,000 files. `custom` as a minimum asks for nothing.
"""

GENERATED_FILES = {RepoSize.SMALL: 200, RepoSize.MEDIUM: 5_000, RepoSize.LARGE: 50_000}
"""Files of a generated size whose parameters are not told."""


def planned_files(fixture: FixtureRequest) -> int | None:
    """Return how many files a repository will have; None where only reading it can tell."""
    if fixture.parameters is not None:
        tree = fixture.parameters.file_tree
        return tree.files_per_dir * tree.dir_count
    return GENERATED_FILES.get(fixture.size)


def too_small(files: int | None, minimum: RepoSize) -> str | None:
    """Return why a repository is too small, or None; an unknown number is never too small."""
    needed = MINIMUM_FILES.get(minimum, 0)
    if files is None or files >= needed:
        return None
    return f"the repository has {files} files; the suite asks for {needed} ({minimum.value})"
