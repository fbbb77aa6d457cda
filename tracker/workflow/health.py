"""What a machine has for a measurement, and how it gets the rest."""

import os
from collections.abc import Callable
from pathlib import Path

from tracker.tools.doctor import CheckStatus
from tracker.tools.doctor import examine as examine_machine
from tracker.tools.install import install_jj
from tracker.tools.presence import tools_folder
from tracker.workflow.workspace import open_workspace


def examine(project: Path | None) -> tuple[list[dict[str, object]], bool]:
    """Return a row for each check, and whether anything can be measured at all."""
    workspace = open_workspace(project)
    report = examine_machine(
        workspace.project.root,
        store_url=workspace.settings.store_url,
        tracking_uri=workspace.settings.tracking_uri,
    )
    rows: list[dict[str, object]] = [
        {
            "check": check.name,
            "status": check.status.value,
            "found": check.found,
            "advice": None if check.status is CheckStatus.OK else check.advice,
        }
        for check in report.checks
    ]
    return rows, report.can_measure


def install_tool(name: str, say: Callable[[str], None]) -> str:
    """Install jj and return one line on what is there now."""
    if name != "jj":
        raise ValueError(name)
    installed = install_jj(tools_folder(os.environ), say)
    return f"jj {installed.version} at {installed.path} ({installed.source}; {installed.verified})"
