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
    RepositoryFixture,
    SessionInfo,
    TrialSummary,
)
from tracker.models.results import VariantStats
from tracker.tracking import limits, run_content, session_run
from tracker.tracking.address import TrackingError, absolute_uri, given_root, is_remote
from tracker.tracking.cases import cases
from tracker.tracking.change import Change
from tracker.tracking.client import STORE_ERRORS, connect, first_line
from tracker.tracking.colours import assign
from tracker.tracking.conclusion import Conclusion, session_links
from tracker.tracking.disabled import DisabledTracking
from tracker.tracking.experiment import keep_colours, known_colours, open_experiment
from tracker.tracking.names import Metric, Tag
from tracker.tracking.open_runs import Clock, OpenRuns, Warn
from tracker.tracking.owner import Owner
from tracker.tracking.protocol import Ending, Recorded, SessionTracking
from tracker.tracking.session_runs import SessionRuns, written
from tracker.tracking.signals import deferred
from tracker.tracking.sweep import sweep
from tracker.tracking.trial_run import judged_tags, trial_content

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
        warn(
            f"tracking-disabled: {error} Measuring goes on; nothing is recorded in MLflow. "
            "Write it later with: tracker runs sync"
        )
        return DisabledTracking(str(error))


class Tracking:
    """A session in MLflow.

    Every call writes in batches and returns when the store has it; none may fall in a
    timed region. A call that fails warns and lets the session go on: the journal has
    the measurements. Between `begin_session` and `measured` a slow store is not waited
    for; see `Patience`. SIGINT and SIGTERM wait until the call is over.
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
        self.unlogged: set[str] = set()
        self._changes: dict[str, Change] = {}
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
            Record what may name private things: command line, author, output of commands.

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
                root = None if is_remote(address) else given_root(artifact_root, environ)
                experiment = open_experiment(client, config, root)
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
        self._open_session()
        self._open.patience.measuring(True)
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
        fixture: RepositoryFixture | None = None,
        change: Change | None = None,
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
        fixture
            The repository it was measured in, recorded as a dataset.
        change
            What the sessions before say of it; known when the session is over.
        keep_output
            Keep the output of the commands in the artifacts, as of generated repositories;
            it is kept as well where the user asked to keep names.

        Returns
        -------
        run_id : str or None
            None where the store failed or is too slow; the trial is then in `unlogged`
            until it is given again.
        """
        if change is not None:
            self._changes[trial.run_id] = change
        done = self._runs.trials.get(trial.run_id)
        if done is not None:
            return done
        session = self._begun()

        def write() -> str:
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
                keep_output=keep_output or self._keep_names,
                now_ms=self._clock(),
                fixture=fixture,
                change=change,
                links=self._links(),
            )
            self._forget_half(trial.run_id)
            run_id = self._open.create(self.experiment_id, content)
            self._runs.halves[trial.run_id] = run_id
            self._open.complete(run_id, content)
            del self._runs.halves[trial.run_id]
            return run_id

        run_id = self._open.attempt(
            f"trial {trial.run_id} ({trial.test_id}, {trial.variant})", write
        )
        if run_id is None:
            self.unlogged.add(trial.run_id)
        else:
            self.unlogged.discard(trial.run_id)
            self._runs.trials[trial.run_id] = run_id
        return run_id

    def judge_trial(
        self,
        trial: TrialSummary,
        stats: VariantStats | None,
        note: str,
        change: Change | None = None,
    ) -> str | None:
        """Write the note of a trial anew, now that all is judged; return its run id."""
        run_id = self._runs.trials.get(trial.run_id)
        if run_id is None:
            return None
        if change is not None:
            self._changes[trial.run_id] = change
        tags = limits.tags(judged_tags(trial, stats, note, change, self._links()))
        ratio: dict[str, float | None] = {Metric.CHANGE: change.ratio if change else None}
        metrics = limits.metrics(ratio, self._clock())
        self._open.attempt(
            f"the verdict on trial {trial.run_id}",
            lambda: self.client.log_batch(run_id, metrics=metrics, tags=tags, synchronous=True),
        )
        return run_id

    def measured(self) -> None:
        """Take it that nothing is measured any more: the store may take its time from here on."""
        self._open.patience.measuring(False)
        self._open.failures.clear()
        if self._runs.session is None:
            self._open_session()

    def finish_session(
        self,
        results: Sequence[ProcessedResult],
        trials: Sequence[TrialSummary],
        report_dir: Path | None,
        status: Ending = "FINISHED",
    ) -> None:
        """Write variants, trends, summary, tables, report and views; end the session."""
        self._open.patience.measuring(False)
        self._open.attempt("the colours", lambda: [self._colour(t.variant) for t in trials])
        Conclusion(
            client=self.client,
            experiment_id=self.experiment_id,
            session=self._begun(),
            config=self._config,
            cases=cases(results),
            results=results,
            trials=trials,
            changes=self._changes,
            runs=self._runs,
            open_runs=self._open,
            clock=self._clock,
            tags_of=lambda variant: {**self._common_tags(), Tag.COLOUR: self._colour(variant)},
            colours=self._colours,
        ).write(report_dir, status)
        self.terminate(status)

    def terminate(self, status: Ending) -> None:
        """End every run that is open; safe to call from a signal handler, and twice."""
        self._open.terminate(status)

    @property
    def complete(self) -> bool:
        """Say whether MLflow has everything it was given since `measured`."""
        return not self.unlogged and not self._open.failures and self._runs.session is not None

    @property
    def recorded(self) -> Recorded:
        """Return where in MLflow the session is."""
        return Recorded(
            experiment_id=self.experiment_id,
            session_run=self._runs.session,
            trials=dict(self._runs.trials),
        )

    def _open_session(self) -> None:
        session = self._begun()
        content = session_run.opening(
            session=session,
            config=self._config,
            tags=self._common_tags(),
            keep_names=self._keep_names,
        )

        def begin() -> str:
            self._runs = written(self.client, session.session_id)
            known = session_run.adoptable(self.client, self._environ) or self._runs.session
            if known is None:
                known = self._open.create(self.experiment_id, content)
                run_content.log_results(
                    self.client, known, {}, content.params, timestamp=content.start_ms
                )
            else:
                self._open.reopen(known)
                session_run.start(self.client, known, content)
            return known

        self._runs.session = known = self._open.attempt("the session", begin)
        if known is not None:
            self._open.attempt(
                "the configuration of the session",
                lambda: run_content.log_artifacts(self.client, known, content.artifacts),
            )

    def _begun(self) -> SessionInfo:
        if self._session is None:
            raise RuntimeError("begin_session must be called first")
        return self._session

    def _links(self) -> dict[str, str]:
        return session_links(self.experiment_id, self._runs.session, self._config)

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
