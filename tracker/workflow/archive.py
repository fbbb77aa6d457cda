"""The folder of a session: what was asked, what was planned, the journal, and whether it ended."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from tracker.config import InputError, Project
from tracker.models import BenchmarkReport, Plan, SessionInfo
from tracker.models.base import Value

Kept = TypeVar("Kept", bound=Value)


class Ending(Value):
    """What is remembered of a finished session without reading its report."""

    report_id: str
    config_id: str


@dataclass(frozen=True)
class SessionFolder:
    """Where a session keeps what it needs to go on, or to be reported again."""

    path: Path

    @property
    def session_id(self) -> str:
        """Return the session's id."""
        return self.path.name

    @property
    def journal(self) -> Path:
        """Return the file of the journal."""
        return self.path / "journal.jsonl"

    @property
    def exists(self) -> bool:
        """Return whether the session was begun."""
        return (self.path / "session.json").is_file()

    @property
    def finished(self) -> bool:
        """Return whether everything planned was measured and reported."""
        return (self.path / "finished").is_file()

    def begin(self, session: SessionInfo, plan: Plan) -> None:
        """Write what the session is about; session.json comes last."""
        self.path.mkdir(parents=True, exist_ok=True)
        _write(self.path / "plan.json", plan)
        _write(self.path / "session.json", session)

    def session(self) -> SessionInfo:
        """Return what was known when the session began."""
        return _read(self.path / "session.json", SessionInfo)

    def plan(self) -> Plan:
        """Return what was planned."""
        return _read(self.path / "plan.json", Plan)

    def report(self) -> BenchmarkReport:
        """Return the report of a finished session."""
        return _read(self.path / "report.json", BenchmarkReport)

    def ending(self) -> Ending | None:
        """Return how the session ended, None while it has not."""
        return _read(self.path / "finished", Ending) if self.finished else None

    def finish(self, report: BenchmarkReport) -> None:
        """Keep the report and mark the session as finished."""
        metadata = report.metadata
        _write(self.path / "report.json", report)
        _write(
            self.path / "finished",
            Ending(report_id=metadata.report_id, config_id=metadata.benchmark_config),
        )


def folder_of(project: Project, session_id: str) -> SessionFolder:
    """Return the folder of a session, which need not exist."""
    return SessionFolder(project.sessions / session_id)


def all_sessions(project: Project) -> list[SessionFolder]:
    """Return the folders of all sessions that were begun, the oldest first."""
    if not project.sessions.is_dir():
        return []
    folders = [SessionFolder(path) for path in project.sessions.iterdir()]
    begun = [folder for folder in folders if folder.exists]
    return sorted(begun, key=lambda folder: folder.session().started_ms)


def find_session(project: Project, session_id: str | None) -> SessionFolder:
    """Return a session's folder: the one asked for, else the latest."""
    begun = all_sessions(project)
    if not begun:
        raise InputError.single(
            project.sessions, "holds no session", advice="Measure first: tracker run quickstart"
        )
    if session_id is None:
        return begun[-1]
    found = [folder for folder in begun if folder.session_id == session_id]
    if not found:
        latest = ", ".join(folder.session_id for folder in begun[-5:])
        raise InputError.single(session_id, "is no session here", advice=f"The latest: {latest}.")
    return found[0]


def unfinished_session(project: Project, session_id: str | None) -> SessionFolder:
    """Return the session that `--resume` goes on with."""
    if session_id is not None:
        found = find_session(project, session_id)
        if found.finished:
            raise InputError.single(
                session_id, "is finished", advice="Show it: tracker report " + session_id
            )
        return found
    waiting = [folder for folder in all_sessions(project) if not folder.finished]
    if not waiting:
        raise InputError.single(
            "--resume", "there is no interrupted session", advice="Leave the option out."
        )
    return waiting[-1]


def _write(path: Path, value: Value) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_suffix(".writing")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(value.to_json(indent=2))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _read(path: Path, kind: type[Kept]) -> Kept:
    try:
        return kind.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError.single(
            path, f"cannot be read: {error.strerror}", advice="The session is damaged."
        ) from error
    except ValidationError as error:
        raise InputError.single(
            path,
            "was written by another version of the tracker, or is damaged",
            advice="Use that version, or move the session's folder away.",
        ) from error
