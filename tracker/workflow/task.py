"""What a session is to do: everything that can be wrong with the question is found here.

Nothing heavy is imported, so that a wrong question is answered at once.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tracker.config import InputError
from tracker.measurement.journal import load_journal
from tracker.measurement.resume import Resumption
from tracker.models import SessionInfo
from tracker.workflow.archive import SessionFolder, folder_of, unfinished_session
from tracker.workflow.preparation import Prepared, prepare
from tracker.workflow.request import RunRequest
from tracker.workflow.workspace import Workspace, open_workspace

SESSION_ID = re.compile(r"benchmark-[0-9]{1,20}")


@dataclass(frozen=True)
class Task:
    """A session that is about to run, or to go on."""

    workspace: Workspace
    request: RunRequest
    folder: SessionFolder
    prepared: Prepared
    resumption: Resumption | None = None
    known: SessionInfo | None = None

    @property
    def keep_names(self) -> bool:
        """Say whether names may be published; a session goes on as it was begun."""
        return self.request.keep_names if self.known is None else self.known.keep_names


def planned_task(
    project: Path | None, request: RunRequest, *, clock: Callable[[], float] = time.time
) -> Task:
    """Return the task that is asked for; nothing is written.

    Raises
    ------
    InputError
        When a file, an option, the selection or the session cannot be used.
    """
    workspace = open_workspace(project)
    if request.session is not None and not SESSION_ID.fullmatch(request.session):
        raise InputError.single(
            "--session",
            f"{request.session} is no session id",
            advice="Write benchmark- and digits, such as benchmark-1699564800000.",
        )
    if request.resume:
        return _resumed(workspace, request)
    prepared = prepare(workspace, request)
    given = request.session or prepared.plan.config.agentdb.session_id
    folder = folder_of(workspace.project, given or f"benchmark-{int(clock() * 1000)}")
    if folder.exists:
        raise InputError.single(
            folder.session_id,
            "has been begun already",
            advice=f"Go on with: tracker run --resume --session {folder.session_id}",
        )
    return Task(workspace, request, folder, prepared)


def _resumed(workspace: Workspace, request: RunRequest) -> Task:
    folder = unfinished_session(workspace.project, request.session)
    known, plan = folder.session(), folder.plan()
    if request.sources:
        asked = prepare(workspace, request, seed=plan.seed)
        if asked.config_hash != known.config_hash:
            raise InputError.single(
                folder.session_id,
                "was begun with other tests or settings",
                advice="Leave suites and options out to go on as it was begun.",
            )
    file = Path(known.config_file) if known.config_file else None
    resumption = Resumption(load_journal(folder.journal) if folder.journal.exists() else ())
    prepared = Prepared(plan, file, known.config_hash)
    return Task(workspace, request, folder, prepared, resumption, known)
