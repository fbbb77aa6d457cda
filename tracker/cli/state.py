"""The options that stand before the command, kept for the command."""

from pathlib import Path

_project: Path | None = None


def set_project(project: Path | None) -> None:
    """Remember `--project`."""
    global _project  # noqa: PLW0603  one process parses one command line
    _project = project


def project_option() -> Path | None:
    """Return `--project`, or None."""
    return _project
