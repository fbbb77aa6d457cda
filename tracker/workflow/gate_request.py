"""What the command line asks of `tracker check` and `tracker bisect`."""

from dataclasses import dataclass, field
from pathlib import Path

from tracker.workflow.gate_history import GateRules
from tracker.workflow.request import RunRequest

DEFAULT_BUDGET_S = 300.0
"""Seconds for the re-measurement of one test."""


@dataclass(frozen=True, kw_only=True)
class CheckRequest:
    """Options of one check."""

    rules: GateRules = field(default_factory=GateRules)
    metrics: tuple[str, ...] = ("time", "cpu")
    selection: RunRequest = field(default_factory=RunRequest)
    """Which tests and repositories are measured; empty: the suspects of the history."""
    old: Path | None = None
    new: Path | None = None
    vcs_type: str = "git"
    budget_s: float = DEFAULT_BUDGET_S
    strict: bool = False
    seed: int = 0

    @property
    def measures_all(self) -> bool:
        """Return whether tests were chosen, which are measured whatever the history says."""
        chosen = self.selection
        return bool(chosen.sources or chosen.tests or chosen.repos)


@dataclass(frozen=True, kw_only=True)
class BisectRequest:
    """Options of one bisection."""

    programs: tuple[Path, ...]
    test: str
    metric: str = "cpu"
    selection: RunRequest = field(default_factory=RunRequest)
    vcs_type: str = "git"
    budget_s: float = DEFAULT_BUDGET_S
    least_percent: float = 3.0
    seed: int = 0
