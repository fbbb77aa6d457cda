"""Tracking that records nothing: for tests, and where the store cannot be reached."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tracker.models import (
    IterationRecord,
    ProcessedResult,
    RepositoryFixture,
    SessionInfo,
    TrialSummary,
)
from tracker.models.results import VariantStats
from tracker.tracking.change import Change
from tracker.tracking.protocol import Ending


class DisabledTracking:
    """Takes every call and writes nothing; `reason` says why. Measuring goes on."""

    experiment_id: None = None
    complete: bool = False
    recorded: None = None

    def __init__(self, reason: str = "") -> None:
        self.reason = reason

    def begin_session(self, session: SessionInfo) -> None:
        """Do nothing."""

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
    ) -> None:
        """Do nothing."""

    def judge_trial(
        self,
        trial: TrialSummary,
        stats: VariantStats | None,
        note: str,
        change: Change | None = None,
    ) -> str | None:
        """Write nothing."""

    def measured(self) -> None:
        """Do nothing."""

    def finish_session(
        self,
        results: Sequence[ProcessedResult],
        trials: Sequence[TrialSummary],
        report_dir: Path | None,
        status: Ending = "FINISHED",
    ) -> None:
        """Do nothing."""

    def terminate(self, status: Ending) -> None:
        """Do nothing."""
