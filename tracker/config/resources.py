"""Where the shipped suites, variants and configurations lie."""

from pathlib import Path

from tracker.config.errors import InputError

PACKAGE = Path(__file__).parents[1]


def data_root(package: Path = PACKAGE) -> Path:
    """Return the folder that holds `experiments/`: inside the wheel, else the checkout."""
    for folder in (package / "data", package.parent):
        if (folder / "experiments" / "suites").is_dir():
            return folder
    raise InputError.single(
        package / "data" / "experiments",
        "does not exist: the installation is incomplete",
        advice="Install vcs-tracker again.",
    )


def shipped_suites() -> Path:
    """Return the folder of the shipped suites."""
    return data_root() / "experiments" / "suites"


def shipped_variants() -> Path:
    """Return the folder of the shipped variants."""
    return data_root() / "experiments" / "variants"


def shipped_configs() -> Path:
    """Return the folder of the shipped configurations."""
    return data_root() / "experiments" / "configs"
