"""The project folder and where things lie in it."""

from pathlib import Path

from tracker.config.errors import InputError
from tracker.config.resources import shipped_suites, shipped_variants
from tracker.models import Value

MARKER = "MLproject"


class Project(Value):
    """A project folder; every path in it is absolute."""

    root: Path

    @property
    def settings_file(self) -> Path:
        """Return the file of settings, which need not exist."""
        return self.root / "tracker.toml"

    @property
    def store_path(self) -> Path:
        """Return the default file of the pattern store."""
        return self.root / "tracker.db"

    @property
    def mlflow_path(self) -> Path:
        """Return the default file of the MLflow store."""
        return self.root / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """Return the folder of MLflow's artifacts."""
        return self.root / "mlruns"

    @property
    def sessions(self) -> Path:
        """Return the folder with one folder for each session."""
        return self.root / ".tracker" / "sessions"

    @property
    def results(self) -> Path:
        """Return the default folder of reports."""
        return self.root / "results"

    @property
    def work(self) -> Path:
        """Return the default folder of working copies, on the project's file system."""
        return self.root / ".tracker" / "work"

    @property
    def suite_roots(self) -> tuple[Path, ...]:
        """Return the folders in which suites are looked up by id: the project's, the shipped."""
        return _distinct(self.root / "experiments" / "suites", shipped_suites())

    @property
    def variant_roots(self) -> tuple[Path, ...]:
        """Return the folders in which variants are looked up: the project's, the shipped."""
        return _distinct(self.root / "experiments" / "variants", shipped_variants())


def find_project(start: Path, override: Path | None = None) -> Project:
    """Return the project: `override`, else the nearest parent with MLproject, else `start`."""
    if override is not None:
        if not override.is_dir():
            raise InputError.single(
                override, "is not a folder", key="--project", advice="Give an existing folder."
            )
        return Project(root=override.resolve())
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / MARKER).is_file():
            return Project(root=folder)
    return Project(root=here)


def _distinct(*folders: Path) -> tuple[Path, ...]:
    return tuple({folder.resolve(): folder for folder in folders}.values())
