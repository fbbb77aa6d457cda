"""What the workflow asks of tracking, with MLflow or without it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from tracker.models import (
    IterationRecord,
    ProcessedResult,
    RepositoryFixture,
    SessionInfo,
    TrialSummary,
    Value,
)
from tracker.models.results import VariantStats
from tracker.tracking.change import Change

Ending = Literal["FINISHED", "FAILED", "KILLED"]


class Recorded(Value):
    """Where in MLflow a session is; `trials` are MLflow's run ids by the tracker's."""

    experiment_id: str
    session_run: str | None
    trials: dict[str, str]


class SessionTracking(Protocol):
    """Records a session; called between timed regions only, one trial at a time."""

    @property
    def experiment_id(self) -> str | None:
        """Return MLflow's id of the experiment, None without MLflow."""

    @property
    def complete(self) -> bool:
        """Say whether MLflow has everything it was given since `measured`."""

    @property
    def recorded(self) -> Recorded | None:
        """Return where in MLflow the session is, None without MLflow."""

    def begin_session(self, session: SessionInfo) -> str | None:
        """Open the run of the session and return its id."""

    def log_trial(
        self,
        trial: TrialSummary,
        records: Sequence[IterationRecord],
        stats: VariantStats | None,
        reward: float | None,
        note: str = "",
        params: Mapping[str, object] | None = None,
        *,
        fixture: RepositoryFixture | None = None,
        change: Change | None = None,
        keep_output: bool = False,
    ) -> str | None:
        """Write a trial whole and return its run id, None where it could not be written."""

    def judge_trial(
        self,
        trial: TrialSummary,
        stats: VariantStats | None,
        note: str,
        change: Change | None = None,
    ) -> str | None:
        """Write the note of a trial anew, now that all is judged; return its run id."""

    def measured(self) -> None:
        """Take it that nothing is measured any more; what could not be written may be again."""

    def finish_session(
        self,
        results: Sequence[ProcessedResult],
        trials: Sequence[TrialSummary],
        report_dir: Path | None,
        status: Ending = "FINISHED",
    ) -> None:
        """Write variants, trends, summary, tables, report and views; end the session."""

    def terminate(self, status: Ending) -> None:
        """End every run that is open."""
