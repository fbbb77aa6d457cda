"""What is written when a session is over: variants, trends, summary, tables, report, views."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlflow import MlflowClient

from tracker.models import BenchmarkConfig, ProcessedResult, SessionInfo, TrialSummary
from tracker.tracking import limits, notes, run_content, session_run
from tracker.tracking.cases import Case
from tracker.tracking.change import Change
from tracker.tracking.figures import figures
from tracker.tracking.names import Metric, Tag
from tracker.tracking.open_runs import Clock, OpenRuns
from tracker.tracking.protocol import Ending
from tracker.tracking.server import (
    REGRESSIONS,
    TREND,
    artifact_path,
    run_path,
    trials_path,
    view_path,
)
from tracker.tracking.session_runs import SessionRuns
from tracker.tracking.session_tables import (
    COMPARISONS_FILE,
    RESULTS_FILE,
    comparisons_table,
    results_table,
)
from tracker.tracking.trend_run import add_session, trend_content, trend_runs
from tracker.tracking.variant_run import medians_of, variant_content, variants_of
from tracker.tracking.views import views, write_views

REPORT_FOLDER, REPORT_PAGE = "report", "report.html"


@dataclass(frozen=True)
class Conclusion:
    """Writes the end of one session; every step is guarded on its own."""

    client: MlflowClient
    experiment_id: str
    session: SessionInfo
    config: BenchmarkConfig
    cases: tuple[Case, ...]
    results: Sequence[ProcessedResult]
    trials: Sequence[TrialSummary]
    changes: Mapping[str, Change]
    runs: SessionRuns
    open_runs: OpenRuns
    clock: Clock
    tags_of: Callable[[str], dict[str, object]]
    colours: Mapping[str, str]

    def write(self, report_dir: Path | None, status: Ending) -> None:
        """Write everything; the views last, because they show the rest."""
        attempt = self.open_runs.attempt
        attempt("the runs of the variants", lambda: self._variants(status))
        if self.cases:
            attempt("the trend", self._trends)
        session_run_id = self.runs.session
        if session_run_id is not None:
            attempt("the summary of the session", lambda: self._summary(session_run_id))
            attempt("the tables of the session", lambda: self._tables(session_run_id))
            if report_dir is not None and report_dir.is_dir():
                attempt("the report", lambda: self._report(session_run_id, report_dir))
        if self.cases:
            attempt("the prepared views", self._views)

    def _variants(self, status: Ending) -> None:
        for variant in variants_of(self.trials):
            content = variant_content(
                session=self.session,
                variant=variant,
                cases=self.cases,
                trials=self.trials,
                status=status,
                tags=self.tags_of(variant),
                now_ms=self.clock(),
                links=self._links(),
            )
            run_id = self.runs.variants.get(variant)
            if run_id is None:
                run_id = self.open_runs.create(self.experiment_id, content)
                self.runs.variants[variant] = run_id
            else:
                self.open_runs.reopen(run_id)
                self.client.log_batch(run_id, tags=limits.tags(content.tags), synchronous=True)
            self.open_runs.complete(run_id, content)

    def _trends(self) -> None:
        machine_class = self.session.machine.machine_class
        known = trend_runs(self.client, self.experiment_id, machine_class)
        types = {trial.variant: trial.vcs_type for trial in self.trials}
        for variant in variants_of(self.trials):
            medians = medians_of(variant, self.cases, self.trials)
            if not medians:
                continue
            run_id = known.get(variant)
            if run_id is None:
                content = trend_content(
                    self.session, variant, types.get(variant), self.tags_of(variant)
                )
                run_id = self.open_runs.create(self.experiment_id, content)
                self.open_runs.complete(run_id, content)
            by_name = {case.headline: median for case, median in medians.items()}
            add_session(self.client, run_id, self.session, by_name)

    def _summary(self, run_id: str) -> None:
        slower = [change for change in self.changes.values() if change.is_regression]
        summary = {
            **session_run.summary(self.trials, self.results),
            Metric.SESSION_REGRESSIONS: len(slower) if self._judged else None,
        }
        run_content.log_results(self.client, run_id, summary, {}, timestamp=self.clock())
        names = {
            trial.run_id: f"{trial.test_id} on {trial.repo_size.value} with {trial.variant}"
            for trial in self.trials
        }
        told = {
            names[key]: change.words
            for key, change in self.changes.items()
            if change.is_regression and key in names
        }
        links = {
            "Every trial": trials_path(self.experiment_id, self.session.session_id),
            **self._links(),
        }
        note = notes.session_note(self.session.session_id, self.results, told, links, self._pages())
        tags = limits.tags({Tag.NOTE: note, Tag.RESULTS_IN: self.experiment_id})
        self.client.log_batch(run_id, tags=tags, synchronous=True)

    def _tables(self, run_id: str) -> None:
        run_content.log_artifacts(
            self.client,
            run_id,
            {
                RESULTS_FILE: results_table(self.results),
                COMPARISONS_FILE: comparisons_table(self.results),
                **figures(self.cases, self.colours),
            },
        )

    def _report(self, run_id: str, report_dir: Path) -> None:
        run_content.log_folder(self.client, run_id, report_dir, REPORT_FOLDER)

    def _views(self) -> None:
        regressions = sum(change.is_regression for change in self.changes.values())
        prepared = views(self.session, self.cases, regressions if self._judged else None)
        write_views(self.client, self.experiment_id, prepared, self.clock())

    @property
    def _judged(self) -> bool:
        """Say whether there were sessions enough for one trial at least."""
        return any(change.regression != "too few sessions" for change in self.changes.values())

    def _links(self) -> dict[str, str]:
        return session_links(self.experiment_id, self.runs.session, self.config)

    def _pages(self) -> dict[tuple[str, str, str, str], str]:
        """Return the address of each trial's page by suite, test, repository and variant."""
        return {
            (one.suite_id, one.test_id, one.repo_id, one.variant): run_path(
                self.experiment_id, self.runs.trials[one.run_id]
            )
            for one in self.trials
            if one.run_id in self.runs.trials
        }


def session_links(
    experiment_id: str, session_run_id: str | None, config: BenchmarkConfig
) -> dict[str, str]:
    """Return the addresses that stand in every note of a session, by what they show."""
    links = {}
    if session_run_id is not None:
        links["Session"] = run_path(experiment_id, session_run_id)
        if config.output.archive_results and "html" in config.output.formats:
            place = f"{REPORT_FOLDER}/{REPORT_PAGE}"
            links["Report"] = artifact_path(experiment_id, session_run_id, place)
    return {
        **links,
        "Latest session, every operation": view_path(experiment_id),
        "Trend": view_path(experiment_id, TREND),
        "Regressions": view_path(experiment_id, REGRESSIONS),
    }
