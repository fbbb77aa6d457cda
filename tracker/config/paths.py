"""Paths as configurations write them: told from ids, and anchored in the folder of their file."""

from pathlib import Path

SUITE_ENDINGS = (".yaml", ".yml", ".json")


def is_path(selector: str) -> bool:
    """Say whether a suite selector is a path (it has a slash or ends like a file), not an id."""
    return "/" in selector or selector.lower().endswith(SUITE_ENDINGS)


def anchored(text: str, folder: Path) -> str:
    """Return a path as written where absolute, else below `folder`."""
    path = Path(text)
    return str(path if path.is_absolute() else folder / path)


def leads_out(text: str, folder: Path, *, follow: bool = True) -> bool:
    """Say whether a relative path leaves `folder`, by `..` or, where followed, by a link."""
    path = Path(text)
    if path.is_absolute():
        return False
    depth = 0
    for part in path.parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return True
    return follow and not (folder / path).resolve().is_relative_to(folder.resolve())
