"""Work folders whose session is dead: who owns one, and the removal of those nobody owns."""

import json
import os
import shutil
from pathlib import Path

import psutil

from tracker.models import Value

MARKER = "owner.json"


class Owner(Value):
    """The process that uses a work folder; its start time tells it from a later one."""

    pid: int
    started: float


def claim(work_root: Path) -> None:
    """Make a session's work folder and write down that this process owns it."""
    work_root.mkdir(parents=True, exist_ok=True)
    pid = os.getpid()
    owner = Owner(pid=pid, started=psutil.Process(pid).create_time())
    (work_root / MARKER).write_text(owner.to_json() + "\n", encoding="utf-8")


def sweep(parent: Path) -> tuple[Path, ...]:
    """Remove the work folders below `parent` whose owner is dead; return what was removed.

    A folder without a readable marker is left alone: it is not one of ours, or
    its owner is just making it.
    """
    if not parent.is_dir():
        return ()
    dead = [folder for folder in sorted(parent.iterdir()) if _is_dead(folder)]
    for folder in dead:
        shutil.rmtree(folder, ignore_errors=True)
    return tuple(dead)


def is_alive(owner: Owner) -> bool:
    """Return whether the very process still runs."""
    try:
        # Start times are kept in ticks of 10 ms; a number is not given again that fast.
        return abs(psutil.Process(owner.pid).create_time() - owner.started) < 1
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _is_dead(folder: Path) -> bool:
    try:
        owner = Owner.model_validate(json.loads((folder / MARKER).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False
    return not is_alive(owner)
