"""Version-control systems: operations as command lines, one file for each."""

from tracker.vcs.base import CommandError, CommandResult, MaterialiseError, Runner, Vcs
from tracker.vcs.commands import expand, split
from tracker.vcs.registry import UnknownVcsError, get_vcs, vcs_names

__all__ = [
    "CommandError",
    "CommandResult",
    "MaterialiseError",
    "Runner",
    "UnknownVcsError",
    "Vcs",
    "expand",
    "get_vcs",
    "split",
    "vcs_names",
]
