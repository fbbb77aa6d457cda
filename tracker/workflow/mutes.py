"""Series whose verdicts are known and shall not fail a check for a while."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from tracker.config import InputError, Project
from tracker.models import Value
from tracker.workflow.workspace import open_workspace

FILE = Path("experiments") / "mutes.yaml"
"""Within the project, so that it is reviewed and versioned like any other decision."""


class Mute(Value):
    """A test, or a glob of series names, until the end of a day."""

    test: str = Field(min_length=1)
    until: date
    why: str = Field(min_length=1)

    def covers(self, name: str, test: str) -> bool:
        """Return whether a series is meant."""
        return fnmatchcase(name, self.test) or fnmatchcase(test, self.test)

    @property
    def told(self) -> str:
        """Return until when and why."""
        return f"until {self.until.isoformat()}: {self.why}"


class MuteFile(Value):
    """The file of mutes."""

    version: int = 1
    mutes: tuple[Mute, ...] = ()


def mute(project: Path | None, test: str, *, until: str, why: str, today: date) -> Mute:
    """Add a mute to the project's file, in place of an earlier one of the same test."""
    try:
        day = date.fromisoformat(until)
    except ValueError as error:
        raise InputError.single(
            "--until", f"{until} is no date", advice="Write it as 2026-01-31."
        ) from error
    if day < today:
        raise InputError.single("--until", f"{until} is over", advice="Give a day to come.")
    if not why.strip():
        raise InputError.single("--why", "is empty", advice="Say why; it stands in every report.")
    found = open_workspace(project).project
    new = Mute(test=test, until=day, why=why.strip())
    kept = [one for one in load_mutes(found) if one.test != test and one.until >= today]
    _write(found, MuteFile(mutes=(*kept, new)))
    return new


def load_mutes(project: Project) -> tuple[Mute, ...]:
    """Return the mutes of a project, over or not."""
    path = project.root / FILE
    if not path.exists():
        return ()
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        return MuteFile.model_validate(document or {}).mutes
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise InputError.single(
            path,
            f"is no file of mutes: {error}",
            advice="Correct it, or write it with tracker mute.",
        ) from error


def muted_by(mutes: Sequence[Mute], name: str, test: str, *, today: date) -> Mute | None:
    """Return the mute of a series that is in force."""
    return next((one for one in mutes if one.until >= today and one.covers(name, test)), None)


def today() -> date:
    """Return the day in UTC."""
    return datetime.now(UTC).date()


def _write(project: Project, file: MuteFile) -> None:
    path = project.root / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    text = yaml.safe_dump(
        file.model_dump(mode="json", by_alias=True), sort_keys=False, allow_unicode=True
    )
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
