"""Records a session in MLflow: what the workflow calls."""

import logging
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from mlflow import MlflowClient
from mlflow.entities import Experiment

from tracker.models import (
    BenchmarkConfig,
    IterationRecord,
    ProcessedResult,
    SessionInfo,
    TrialSummary,
)
from tracker.models.results import VariantStats
from tracker.tracking import limits, notes, run_content, session_run
from tracker.tracking.cases import Case, cases
from tracker.tracking.client import (
    STORE_ERRORS,
    TrackingError,
    absolute_uri,
    connect,
    first_line,
    is_remote,
)
from tracker.tracking.colours import assign
from tracker.tracking.disabled import DisabledTracking
from tracker.tracking.experiment import keep_colours, known_colours, open_experiment
from tracker.tracking.names import Tag
from tracker.tracking.open_runs import Clock, OpenRuns, Warn
from tracker.tracking.owner import Owner
from tracker.tracking.protocol import Ending, SessionTracking
from tracker.tracking.session_runs import SessionRuns, written
from tracker.tracking.signals import deferred
from tracker.tracking.sweep import sweep
from tracker.tracking.trial_run import trial_content
from tracker.tracking.variant_run import variant_content, variants_of
from tracker.tracking.views import views, write_views

REPORT_FOLDER = "report"

_LOGGER = logging.getLogger(__name__)


def unix_ms() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def open_tracking(
    uri: str,
    artifact_root: Path,
    config: BenchmarkConfig,
    *,
    warn: Warn = _LOGGER.warning,
    keep_names: bool = False,
) -> SessionTracking:
    """Return MLflow tracking, or after a warning tracking that records nothing."""
    try:
        return Tracking.open(uri, artifact_root, config, warn=warn, keep_names=keep_names)
    except TrackingError as error:
        warn(f"tracking-disabled: {error} Measuring goes on; nothing is recorded in MLflow.")
        return DisabledTracking(str(error))


class Tracking:
    """A session in MLflow.

    Every call writes in batches and returns when the store has it; none may fall in a
    timed region. A call that fails warns and lets the session go on: the journal has
    the measurements. SIGINT and SIGTERM wait until the call is over.
    """

    def __init__(
        self,
        client: MlflowClient,
        experiment: Experiment,
        config: BenchmarkConfig,
        owner: Owner,
        *,
        warn: Warn,
        clock: Clock,
        environ: Mapping[str, str],
        keep_names: bool,
    ) -> None:
        self.client = client
        self.experiment_id = str(experiment.experiment_id)
        self.unlogged: list[str] = []
        self._config = config
        self._owner = owner
        self._clock = clock
        self._environ = environ
        self._keep_names = keep_names
        self._colours = known_colours(experiment)
        self._session: SessionInfo | None = None
        self._runs = SessionRuns()
        self._open = OpenRuns(client, warn=warn, clock=clock)

    @classmethod
    def open(
        cls,
        uri: str,
        artifact_root: Path,
        config: BenchmarkConfig,
        *,
        owner: Owner | None = None,
        warn: Warn = _LOGGER.warning,
        clock: Clock = unix_ms,
        environ: Mapping[str, str] = os.environ,
        keep_names: bool = False,
    ) -> Self:
        """Open the store, end what dead processes left open, and find the experiment.

        Parameters
        ----------
        uri
            MLflow's tracking address; a relative SQLite file lies beside `artifact_root`.
        artifact_root
            Folder of the artifacts, `mlruns/` of the project; a server uses its own.
        config
            The benchmark configuration: one experiment.
        owner
            The process that writes, by default this one.
        keep_names
            Record the command line and the author, which may name private things.

        Raises
        ------
        TrackingError
            The store cannot be used.
        """
        address = absolute_uri(uri, artifact_root.absolute().parent)
        client = connect(address, artifact_root)
        try:
            with deferred():
                sweep(client, clock())
                experiment = open_experiment(
                    client, config, None if is_remote(address) else artifact_root
                )
        except STORE_ERRORS as error:
            raise TrackingError(
                f"the MLflow store cannot be read: {first_line(error)} Check MLFLOW_TRACKING_URI."
            ) from error
        return cls(
            client,
            experiment,
            config,
            owner or Owner.current(),
            warn=warn,
            clock=clock,
            environ=environ,
            keep_names=keep_names,
        )

    def begin_session(self, session: SessionInfo) -> str | None:
        """Open the session's run: the one `mlflow run` made, the interrupted one, or a new one."""
        self._session = session
        content = session_run.opening(
            session=session,
            config=self._config,
            tags=self._common_tags(),
            keep_names=self._keep_names,
        )
        with self._open.guarded("the session"):
            self._runs = written(self.client, self.experiment_id, session.session_id)
            known = session_run.adoptable(self.client, self._environ) or self._runs.session
            if known is None:
                known = self._open.create(self.experiment_id, content)
                run_content.log_results(
                    self.client, known, {}, content.params, timestamp=content.start_ms
                )
            else:
                self._open.reopen(known)
                session_run.start(self.client, known, content)
            self._runs.session = known
        if self._runs.session is not None:
            with self._open.guarded("the configuration of the session"):
                run_content.log_artifacts(self.client, self._runs.session, content.artifacts)
        return self._runs.session

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
        """Write a trial whole and return MLflow's id of its run.

        Parameters
        ----------
        trial, records
            The trial and all its iterations, warm-ups and failed ones included.
        stats, reward
            Its statistics and its reward; None where there is none.
        note
            The verdict of each pair, a line each, as plain text.
        params
            Further parameters, beside those every trial has.
        keep_output
            Keep the output of the commands in the artifacts: only for generated
            repositories, or where the user asked to keep names.

        Returns
        -------
        run_id : str or None
            None where the store failed; the trial is then in `unlogged`.
        """
        done = self._runs.trials.get(trial.run_id)
        if done is not None:
            return done
        session = self._begun()
        run_id = None
        with self._open.guarded(f"trial {trial.run_id} ({trial.test_id}, {trial.variant})"):
            content = trial_content(
                session=session,
                config=self._config,
                trial=trial,
                records=records,
                stats=stats,
                reward=reward,
                note=note,
                params=params or {},
                tags={**self._common_tags(), Tag.COLOUR: self._colour(trial.variant)},
                keep_output=keep_output,
                now_ms=self._clock(),
            )
            self._forget_half(trial.run_id)
            run_id = self._open.create(self.experiment_id, content)
            self._open.complete(run_id, content)
            self._runs.trials[trial.run_id] = run_id
        if trial.run_id not in self._runs.trials:
            self.unlogged.append(trial.run_id)
            return None
        return run_id

    def judge_trial(self, trial: TrialSummary, stats: VariantStats | None, note: str) -> str | None:
        """Write the note of a trial anew, now that all is judged; return its run id."""
        run_id = self._runs.trials.get(trial.run_id)
        if run_id is None:
            return None
        with self._open.guarded(f"the verdict on trial {trial.run_id}"):
            text = notes.trial_note(trial, stats, note)
            for tag in limits.tags({Tag.NOTE: text}):
                self.client.set_tag(run_id, tag.key, tag.value)
        return run_id

    def finish_session(
        self,
        results: Sequence[ProcessedResult],
        trials: Sequence[TrialSummary],
        report_dir: Path | None,
        status: Ending = "FINISHED",
    ) -> None:
        """Write the variant runs, the summary, the report and the views; end the session."""
        session = self._begun()
        found = cases(results)
        with self._open.guarded("the runs of the variants"):
            for variant in variants_of(trials):
                self._log_variant(session, variant, found, trials, status)
        with self._open.guarded("the summary of the session"):
            self._log_summary(session, results, trials)
        if report_dir is not None and report_dir.is_dir() and self._runs.session is not None:
            with self._open.guarded("the report"):
                self.client.log_artifacts(self._runs.session, str(report_dir), REPORT_FOLDER)
        if found:
            with self._open.guarded("the prepared views"):
                prepared = views(session.session_id, found)
                write_views(self.client, self.experiment_id, prepared, self._clock())
        self.terminate(status)

    def terminate(self, status: Ending) -> None:
        """End every run that is open; safe to call from a signal handler, and twice."""
        self._open.terminate(status)

    def _log_variant(
        self,
        session: SessionInfo,
        variant: str,
        found: Sequence[Case],
        trials: Sequence[TrialSummary],
        status: Ending,
    ) -> None:
        content = variant_content(
            session=session,
            variant=variant,
            cases=found,
            trials=trials,
            status=status,
            tags={**self._common_tags(), Tag.COLOUR: self._colour(variant)},
            now_ms=self._clock(),
        )
        run_id = self._runs.variants.get(variant)
        if run_id is None:
            run_id = self._open.create(self.experiment_id, content)
            self._runs.variants[variant] = run_id
        else:
            self._open.reopen(run_id)
            self.client.log_batch(run_id, tags=limits.tags(content.tags), synchronous=True)
        self._open.complete(run_id, content)

    def _log_summary(
        self,
        session: SessionInfo,
        results: Sequence[ProcessedResult],
        trials: Sequence[TrialSummary],
    ) -> None:
        run_id = self._runs.session
        if run_id is None:
            return
        summary = session_run.summary(trials, results)
        run_content.log_results(self.client, run_id, summary, {}, timestamp=self._clock())
        tags = limits.tags(
            {
                Tag.NOTE: notes.session_note(session.session_id, results),
                Tag.RESULTS_IN: self.experiment_id,
            }
        )
        self.client.log_batch(run_id, tags=tags, synchronous=True)

    def _begun(self) -> SessionInfo:
        if self._session is None:
            raise RuntimeError("begin_session must be called first")
        return self._session

    def _common_tags(self) -> dict[str, object]:
        return {Tag.OWNER: self._owner, Tag.SOURCE: "tracker run", Tag.SOURCE_TYPE: "LOCAL"}

    def _colour(self, variant: str) -> str:
        if variant not in self._colours:
            self._colours = assign(self._colours, variant)
            keep_colours(self.client, self.experiment_id, self._colours)
        return self._colours[variant]

    def _forget_half(self, run_id: str) -> None:
        """Take away what an interrupted process wrote of this trial before it was killed."""
        half = self._runs.halves.pop(run_id, None)
        if half is not None:
            self.client.delete_run(half)
