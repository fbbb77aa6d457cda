"""What the workflow asks of tracking, with MLflow or without it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from tracker.models import IterationRecord, ProcessedResult, SessionInfo, TrialSummary
from tracker.models.results import VariantStats

Ending = Literal["FINISHED", "FAILED", "KILLED"]


class SessionTracking(Protocol):
    """Records a session; called between timed regions only, one trial at a time."""

    @property
    def experiment_id(self) -> str | None:
        """Return MLflow's id of the experiment, None without MLflow."""

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
        keep_output: bool = False,
    ) -> str | None:
        """Write a trial whole and return its run id, None where it could not be written."""

    def judge_trial(self, trial: TrialSummary, stats: VariantStats | None, note: str) -> str | None:
        """Write the note of a trial anew, now that all is judged; return its run id."""

    def finish_session(
        self,
        results: Sequence[ProcessedResult],
        trials: Sequence[TrialSummary],
        report_dir: Path | None,
        status: Ending = "FINISHED",
    ) -> None:
        """Write the variant runs, the summary, the report and the views; end the session."""

    def terminate(self, status: Ending) -> None:
        """End every run that is open."""
