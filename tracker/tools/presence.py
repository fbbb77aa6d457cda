"""Which tools are there: on PATH, or in the folder `tracker tools install` puts them."""

import os
import re
import shutil
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from tracker.models.base import Value
from tracker.tools.command import Runner, run_command
from tracker.tools.versions import find_version

# A tool that does not say its version within this time is reported without one.
VERSION_TIMEOUT_S = 10.0

_VERSIONED = re.compile(r"-[0-9][0-9.]*$")


class Origin(StrEnum):
    """Where a tool was found."""

    PATH = "path"
    TOOLS_FOLDER = "tools-folder"


class ToolPresence(Value):
    """A tool that is there; `version` is None when it does not say one."""

    name: str
    path: Path
    version: str | None
    origin: Origin


def data_folder(environ: Mapping[str, str]) -> Path:
    """Return the user's folder for the tracker's own data."""
    base = Path(environ.get("XDG_DATA_HOME") or "")
    if not base.is_absolute():  # the XDG specification ignores a relative one
        home = environ.get("HOME")
        base = (Path(home) if home else Path.home()) / ".local" / "share"
    return base / "vcs-tracker"


def tools_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder `tracker tools install` puts programs into."""
    return data_folder(os.environ if environ is None else environ) / "tools" / "bin"


def locate_tool(name: str, *, environ: Mapping[str, str] | None = None) -> Path | None:
    """Return where a tool is, PATH before the tools folder, without running it."""
    environ = os.environ if environ is None else environ
    on_path = shutil.which(name, path=environ.get("PATH", os.defpath))
    if on_path is not None:
        return Path(on_path)
    installed = tools_folder(environ) / name
    return installed if os.access(installed, os.X_OK) and installed.is_file() else None


def find_tool(
    name: str, *, environ: Mapping[str, str] | None = None, run: Runner = run_command
) -> ToolPresence | None:
    """Return a tool's path and version, or None when it is not there.

    Parameters
    ----------
    name : str
        The program's name: `git`, `jj`, `cc`, `watchman`, `docker` …
    environ : mapping, optional
        The environment whose PATH and home are searched; the process's own by default.
    run : Runner, optional
        Runs `name --version`.
    """
    path = locate_tool(name, environ=environ)
    if path is None:
        return None
    # Git takes the name it is called by for a command: `git-2.55` is none of its commands.
    argv = [str(path.with_name(_plain(path.name))), "--version"]
    answer = run(argv, timeout_s=VERSION_TIMEOUT_S, environ=environ, program=path)
    return ToolPresence(
        name=name,
        path=path,
        version=find_version(answer.stdout) if answer.succeeded else None,
        origin=Origin.TOOLS_FOLDER if path.parent == tools_folder(environ) else Origin.PATH,
    )


def _plain(name: str) -> str:
    """Return a program's name without the version at its end."""
    return _VERSIONED.sub("", name)
