"""Settings of a project: option > environment > tracker.toml > default."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from tracker.config.documents import Document, Path_, Plain, read_text
from tracker.config.errors import InputError
from tracker.config.project import Project
from tracker.config.validation import validated
from tracker.models import Value

DEFAULT_FIXTURE_CACHE_BYTES = 20 * 2**30
"""Room for a few large fixtures; the oldest are removed beyond it."""

ENVIRONMENT = {
    "storeUrl": "TRACKER_STORE_URL",
    "trackingUri": "MLFLOW_TRACKING_URI",
    "fixtureCache": "TRACKER_FIXTURE_CACHE",
    "workDir": "TRACKER_WORK_DIR",
    "git": "TRACKER_GIT",
    "jj": "TRACKER_JJ",
}
"""Key of tracker.toml → the environment variable that wins over it."""

SQLITE = re.compile(r"^(?P<scheme>sqlite(?:\+\w+)?):///(?P<file>[^/?:][^?]*)(?P<query>\?.*)?$")
URL = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
TOML_PLACE = re.compile(r" \(at line (?P<line>\d+), column \d+\)$")


class SettingsFile(Value):
    """What tracker.toml may hold; a key that is missing has its default."""

    store_url: str | None = Field(default=None, min_length=1)
    tracking_uri: str | None = Field(default=None, min_length=1)
    fixture_cache: str | None = Field(default=None, min_length=1)
    fixture_cache_bytes: int = Field(default=DEFAULT_FIXTURE_CACHE_BYTES, gt=0)
    work_dir: str | None = Field(default=None, min_length=1)
    git: str | None = Field(default=None, min_length=1)
    jj: str | None = Field(default=None, min_length=1)


class Settings(Value):
    """Where things are, every path absolute and every relative SQLite URL anchored."""

    store_url: str
    tracking_uri: str
    fixture_cache: Path
    fixture_cache_bytes: int
    work_dir: Path
    git: str | None = Field(description="None: the one on PATH")
    jj: str | None = Field(description="None: the one on PATH")


def load_settings(
    project: Project,
    environ: Mapping[str, str],
    options: Mapping[str, str | None] | None = None,
    *,
    platform: str = "linux",
) -> Settings:
    """Return the settings; `options` are those of the command line by their keys in the file."""
    document = _read(project.settings_file)
    data: dict[str, Plain] = dict(document.data) if isinstance(document.data, dict) else {}
    validated(SettingsFile, document)
    data |= {key: environ[name] for key, name in ENVIRONMENT.items() if environ.get(name)}
    data |= {key: value for key, value in (options or {}).items() if value is not None}
    merged = validated(SettingsFile, Document(project.settings_file, data))
    root = project.root
    return Settings(
        store_url=store_url(merged.store_url or "sqlite:///tracker.db", root),
        tracking_uri=anchored_url(merged.tracking_uri or "sqlite:///mlflow.db", root),
        fixture_cache=_folder(merged.fixture_cache, root) or default_cache(environ, platform),
        fixture_cache_bytes=merged.fixture_cache_bytes,
        work_dir=_folder(merged.work_dir, root) or project.work,
        git=_tool(merged.git, root),
        jj=_tool(merged.jj, root),
    )


def store_url(text: str, root: Path) -> str:
    """Return the pattern store's URL, anchored; refuse what is no URL of a database."""
    if not URL.match(text):
        raise InputError.single(
            "store URL",
            f"{text} is not a URL",
            key="storeUrl",
            advice="Write a file as sqlite:///tracker.db, a server as postgresql://user@host/name.",
        )
    if text.startswith("postgres://"):
        return f"postgresql://{text.removeprefix('postgres://')}"
    return anchored_url(text, root)


def anchored_url(url: str, root: Path) -> str:
    """Return a URL; that of a relative SQLite file names the file below `root`."""
    found = SQLITE.match(url)
    if found is None:
        return url
    return f"{found['scheme']}:///{root / found['file']}{found['query'] or ''}"


def default_cache(environ: Mapping[str, str], platform: str) -> Path:
    """Return the user's folder for fixtures, by the custom of the platform."""
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    user = home / "Library" / "Caches" if platform == "darwin" else home / ".cache"
    given = environ.get("XDG_CACHE_HOME")
    if given and Path(given).is_absolute():
        user = Path(given)
    return user / "vcs-tracker" / "fixtures"


def _folder(text: str | None, root: Path) -> Path | None:
    return None if text is None else root / Path(text).expanduser()


def _tool(text: str | None, root: Path) -> str | None:
    """Return a tool's name as it is, its path absolute."""
    if text is None or "/" not in text:
        return text
    return str(root / Path(text).expanduser())


def _read(path: Path) -> Document:
    if not path.exists():
        return Document(path, {})
    text = read_text(path, "settings")
    try:
        return Document(path, tomllib.loads(text), _lines(text))
    except tomllib.TOMLDecodeError as error:
        place = TOML_PLACE.search(str(error))
        raise InputError.single(
            path,
            f"is not valid TOML: {TOML_PLACE.sub('', str(error))}",
            line=int(place["line"]) if place else None,
            advice='Correct it, such as storeUrl = "sqlite:///tracker.db".',
        ) from None
    except (RecursionError, ValueError):
        raise InputError.single(path, "is not valid TOML", advice="Correct it.") from None


def _lines(text: str) -> dict[Path_, int]:
    """Return the line of each top-level key; settings have no deeper ones."""
    places: dict[Path_, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name = re.match(r"\s*\[*\"?([\w-]+)\"?\s*[=\]]", line)
        if name:
            places.setdefault((name[1],), number)
    return places
