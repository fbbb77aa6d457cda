"""The project a command works in: its folders, its settings, its tools."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tracker.config import Project, Settings, find_project, load_settings
from tracker.tools.presence import ToolPresence, find_tool
from tracker.vcs.registry import vcs_names

HOW_TO_GET = {"jj": "run `tracker tools install jj`"}


@dataclass(frozen=True)
class Workspace:
    """A project and where everything of it lies."""

    project: Project
    settings: Settings
    environ: Mapping[str, str]

    @property
    def known_vcs(self) -> tuple[str, ...]:
        """Return the systems that are installed as built-ins or plug-ins."""
        return vcs_names()

    def tool(self, name: str) -> ToolPresence | None:
        """Return a tool: the one the settings name, else on PATH, else in the tools folder."""
        chosen = {"git": self.settings.git, "jj": self.settings.jj}.get(name)
        return find_tool(chosen or name, environ=self.environ)

    def how_to_get(self, name: str) -> str:
        """Return what to do about a tool that is not there."""
        return HOW_TO_GET.get(name, f"install {name}")


def open_workspace(project: Path | None, environ: Mapping[str, str] | None = None) -> Workspace:
    """Return the workspace of `--project`, or of the nearest project of the current folder."""
    environ = os.environ if environ is None else environ
    found = find_project(Path.cwd(), project)
    return Workspace(found, load_settings(found, environ, platform=sys.platform), environ)
