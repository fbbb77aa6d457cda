"""Suites found by id, glob or path, in the folders where they are looked up."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from tracker.config.errors import InputError
from tracker.config.loading import load_suite
from tracker.config.paths import SUITE_ENDINGS, is_path
from tracker.config.validation import suggestion
from tracker.models import TestSuite, Value
from tracker.models.suite import ALL_SYSTEMS

GLOB_CHARACTERS = frozenset("*?[")


class SuiteFile(Value):
    """A suite and the file it was read from."""

    path: Path
    suite: TestSuite


@dataclass
class Library:
    """The suites in some folders, and the files among them that could not be read."""

    suites: dict[str, SuiteFile] = field(default_factory=dict)
    errors: list[InputError] = field(default_factory=list)


def read_library(roots: Iterable[Path], *, known_vcs: Collection[str] = ALL_SYSTEMS) -> Library:
    """Read every suite below the roots; of two with one id in different roots the first counts."""
    library = Library()
    seen: set[Path] = set()
    for root in roots:
        here: dict[str, SuiteFile] = {}
        for path in files_in(root):
            if path.resolve() not in seen:
                seen.add(path.resolve())
                _read_into(here, path, library.errors, known_vcs)
        library.suites = here | library.suites
    return library


def files_in(root: Path) -> list[Path]:
    """Return the YAML and JSON files below a folder, sorted; none if it does not exist."""
    return sorted(path for path in root.rglob("*") if path.suffix.lower() in SUITE_ENDINGS)


def _read_into(
    suites: dict[str, SuiteFile], path: Path, errors: list[InputError], known_vcs: Collection[str]
) -> None:
    try:
        suite = load_suite(path, known_vcs=known_vcs)
        if suite.id in suites:
            raise _same_id(suite.id, suites[suite.id].path, path)
    except InputError as error:
        errors.append(error)
        return
    suites[suite.id] = SuiteFile(path=path, suite=suite)


def find_suites(
    selectors: Sequence[str],
    roots: Iterable[Path],
    *,
    known_vcs: Collection[str] = ALL_SYSTEMS,
    base: Path | None = None,
) -> tuple[SuiteFile, ...]:
    """Return the suites that are asked for, each once, in the order of the selectors.

    A selector is an id or a glob of ids, looked up in `roots`, or the path (or a
    glob) of suite files; a relative path starts at `base`, else at the current
    folder. A selector that selects nothing is an error, and so is a file that
    cannot be read when a glob might have meant it.
    """
    chosen: dict[str, SuiteFile] = {}
    library: Library | None = None
    for selector in selectors:
        if is_path(selector):
            found = _by_path(selector, base or Path(), known_vcs)
        else:
            library = library or read_library(roots, known_vcs=known_vcs)
            found = _by_id(selector, library)
        for item in found:
            earlier = chosen.setdefault(item.suite.id, item)
            if earlier.path.resolve() != item.path.resolve():
                raise _same_id(item.suite.id, earlier.path, item.path)
    return tuple(chosen.values())


def _by_path(selector: str, base: Path, known_vcs: Collection[str]) -> list[SuiteFile]:
    path = base / selector
    if not GLOB_CHARACTERS & set(selector) or path.exists():
        paths = files_in(path) if path.is_dir() else [path]
    else:
        paths = sorted(Path(path.anchor or ".").glob(str(path.relative_to(path.anchor))))
    if not paths:
        raise InputError.single(
            "tests.suites", f"no suite file matches {selector}", advice="Check the path."
        )
    return [SuiteFile(path=item, suite=load_suite(item, known_vcs=known_vcs)) for item in paths]


def _by_id(selector: str, library: Library) -> list[SuiteFile]:
    if selector in library.suites:
        return [library.suites[selector]]
    if library.errors:
        raise InputError.merged(library.errors)
    found = [item for name, item in library.suites.items() if fnmatchcase(name, selector)]
    if not found:
        known = sorted(library.suites)
        listed = f"Suites: {', '.join(known)}." if known else "There are no suites to choose from."
        advice = suggestion(selector, known) or listed
        raise InputError.single("tests.suites", f"there is no suite {selector}", advice=advice)
    return sorted(found, key=lambda item: item.suite.id)


def _same_id(name: str, first: Path, second: Path) -> InputError:
    return InputError.single(
        second, f"has the id {name}, as {first} does", key="id", advice="Rename one of them."
    )
