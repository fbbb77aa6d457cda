"""The note beside an installed program: what it is, where it came from, its SHA-256."""

import os
import tempfile
from pathlib import Path

from pydantic import ValidationError

from tracker.tools.installation import Installed


def record_path(program: Path) -> Path:
    """Return where the note of `program` is kept."""
    return program.with_name(f"{program.name}.json")


def write_record(installed: Installed) -> None:
    """Write the note beside the program, whole or not at all."""
    target = record_path(installed.path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(installed.to_json(indent=2) + "\n")
        draft.chmod(0o644)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def read_record(program: Path) -> Installed | None:
    """Return the note of `program`, or None when there is none that can be read."""
    try:
        return Installed.model_validate_json(record_path(program).read_bytes())
    except (OSError, ValidationError):
        return None
