"""The pattern store: the one way to the history in SQL."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from types import TracebackType
from typing import Self

from sqlalchemy import Connection

from patterns.models import (
    FailedRun,
    PatternQuery,
    PatternRecord,
    PatternSearchResult,
    Recommendation,
    TrialRow,
)
from patterns.store import advice, daily, loading, query, runs, schema, upkeep, writing
from patterns.store.engine import make_engine, parse_url, reading, shown
from patterns.store.engine import writing as write_transaction
from patterns.store.errors import told_clearly
from patterns.store.matching import groups, matching_tasks
from patterns.store.outcomes import OutcomeReader
from patterns.store.rows import pattern_row
from patterns.store.values import (
    DailyTrend,
    Merged,
    PrunedTask,
    RunRow,
    SessionRow,
    StoredPatterns,
    StoredRecommendation,
    StoredTrial,
    TaskStatistics,
)

_PATTERNS_AT_ONCE = 5_000
"""Patterns of one transaction: enough that its fsync costs little, few enough to let other
writers in between."""


class PatternStore:
    """Everything that was measured and what it was worth, in SQLite or PostgreSQL.

    Parameters
    ----------
    address : str
        ``sqlite:///FILE``, ``sqlite://`` (in memory) or ``postgresql://USER@HOST/DATABASE``.
    create : bool
        Whether to create the schema, and with SQLite the file, where there is none.

    Raises
    ------
    StoreError
        From every method: where, what and what to do, without passwords.

    Notes
    -----
    The contract, the same on both databases:

    * What a method wrote is durable when it returns, and is there whole or not at all.
    * Any number of processes may read and write at once. One writes at a time; others wait,
      at most two minutes on SQLite. A reading method sees one state of the store.
    * A trial has one pattern (by `run_id`), and a pattern that is there is not added again
      (by the hash of its content and run). Writing something twice changes nothing.
    * The daily means (`performance_trends`) are those of the iterations that are there,
      written in the transaction that adds, replaces or removes them.
    * Filters work before the best `k` are taken. Statistics, best and worst are of all matches,
      not of the returned ones; the trend is tested on the newest 200 of them and the answer
      tells on how many, since when. Unknown rewards and latencies are skipped by averages and
      come last in the order; `min_reward` leaves them out.
    * Text comes back as it went in. NUL characters and names of more than 400 bytes (task,
      session, operation, system, variant, run) are refused.

    A store may be used by several threads; in memory, by one at a time.

    Examples
    --------
    >>> from patterns import BenchmarkPattern, PatternContext, PatternQuery, PatternRecord
    >>> pattern = BenchmarkPattern(
    ...     session_id="benchmark-1699564800000", task="commit-jujutsu-benchmark",
    ...     input='{"operation": "commit"}', output='{"executionTime": 45}',
    ...     reward=0.92, success=True, latency_ms=45,
    ... )
    >>> context = PatternContext(
    ...     operation="commit", vcs_type="jujutsu", variant="jujutsu", repo_size="medium",
    ...     run_id="run-1699564800-abc123", created_at=1699564800000,
    ... )
    >>> with PatternStore("sqlite://") as store:
    ...     stored = store.add_trial(PatternRecord(pattern=pattern, context=context), ())
    ...     answer = store.query(PatternQuery(task="commit-*", min_reward=0.5))
    >>> stored.outcome, answer.statistics.total_found, answer.patterns[0].reward
    ('added', 1, 0.92)
    """

    def __init__(self, address: str, *, create: bool = True) -> None:
        url = parse_url(address)
        self.address = shown(url)
        with told_clearly(self.address):
            self._engine = make_engine(url)
            try:
                schema.ensure(self._engine, create=create)
            except BaseException:
                self._engine.dispose()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        with told_clearly(self.address):
            self._engine.dispose()

    # Writing

    def add_trial(self, record: PatternRecord, rows: Sequence[TrialRow]) -> StoredTrial:
        """Write a trial's pattern and its iterations, or neither.

        A run that is there with the same content is left as it is, and iterations that are
        missing are added. With other content - it was resumed, or judged anew - its pattern
        is replaced, and its iterations too where some are given.
        """
        with self._writing() as connection:
            return writing.add_trial(connection, record, rows)

    def add_patterns(self, records: Iterable[PatternRecord]) -> StoredPatterns:
        """Write what is new among patterns, thousands at a time.

        Each batch is durable on its own: an error leaves the earlier batches in the store,
        and giving everything again adds only the rest. A run that is there stays as it is.
        Tens of thousands of them that outweigh what an SQLite file holds are one batch, whose
        indexes are made at its end; other writers wait for it.
        """
        rows = (pattern_row(record) for record in records)
        added = known = 0
        while batch := tuple(islice(rows, loading.AT_LEAST)):
            with self._writing() as connection:
                if loading.pays(connection, len(batch)):
                    new, old = loading.load(connection, chain(batch, rows))
                    added, known = added + new, known + old
                    continue
            for some in groups(batch, _PATTERNS_AT_ONCE):
                with self._writing() as connection:
                    new, old = writing.add_patterns(connection, some)
                added, known = added + new, known + old
        return StoredPatterns(added=added, known=known)

    def merge(self, other: "PatternStore") -> Merged:
        """Write what is new of another store; of a run that both have, ours stays as it is."""
        plain = self.add_patterns(other.records(trials=False))
        added = known = iterations = 0
        for record in other.records(trials=True):
            run_id = record.context.run_id or ""
            if self.run(run_id) not in {None, record}:
                known += 1
                continue
            stored = self.add_trial(record, other.results(run_id))
            added, known = added + (stored.outcome == "added"), known + (stored.outcome == "known")
            iterations += stored.iterations
        return Merged(added=plain.added + added, known=plain.known + known, iterations=iterations)

    def replace_trials(self, records: Sequence[PatternRecord]) -> int:
        """Write the patterns of trials that are there anew, all or none; return how many."""
        with self._writing() as connection:
            return upkeep.replace_trials(connection, records)

    def prune(self, *, before: int, keep: int, really: bool = False) -> tuple[PrunedTask, ...]:
        """Remove patterns older than a time, or tell by task what would be removed.

        The newest `keep` of each task stay however old they are, and so do the baselines that
        rewards are pinned to. The iterations of trials go with them.
        """
        if really:
            with self._writing() as connection:
                return upkeep.prune(connection, before, keep)
        with self._reading() as connection:
            return upkeep.prunable(connection, before, keep)

    def update_mlflow_run(self, run_id: str, mlflow_run_id: str) -> bool:
        """Write which MLflow run a trial has; return whether there is such a trial."""
        with self._writing() as connection:
            return writing.update_mlflow_run(connection, run_id, mlflow_run_id)

    def refresh_trends(self, operations: Sequence[str] | None = None) -> int:
        """Compute the daily means of some or all operations anew; return how many there are.

        Every write keeps them; this rebuilds them from nothing, with the same result.
        """
        with self._writing() as connection:
            return daily.refresh(connection, operations)

    def add_recommendations(
        self, report_id: str, created_at: int, recommendations: Sequence[Recommendation]
    ) -> int:
        """Write a report's recommendations, in place of those it had; return how many."""
        with self._writing() as connection:
            return advice.replace(connection, report_id, created_at, recommendations)

    # Reading

    def query(self, asked: PatternQuery) -> PatternSearchResult:
        """Return the best patterns that match, and what all matches say."""
        with self._reading() as connection:
            return query.search(connection, asked)

    def records(self, task: str = "*", *, trials: bool | None = None) -> Iterator[PatternRecord]:
        """Return the patterns of matching tasks one by one, as one state of the store has them.

        `trials` takes only those that have a run, or only those that have none.
        """
        with self._reading() as connection:
            tasks = None
            if task != "*":
                tasks = [one.name for one in matching_tasks(connection, task)]
            yield from upkeep.list_records(connection, tasks, trials=trials)

    def find(self, key: str) -> PatternRecord | None:
        """Return the pattern of a run's id or of a content hash (hexadecimal), or None."""
        with self._reading() as connection:
            return upkeep.find(connection, key)

    @contextmanager
    def read_outcomes(self) -> Iterator[OutcomeReader]:
        """Open what reads outcomes; everything it reads is from one state of the store."""
        with self._reading() as connection:
            yield OutcomeReader(connection)

    def stats(self, task: str = "*") -> tuple[TaskStatistics, ...]:
        """Return the statistics of each task that matches a name, prefix or glob, by name."""
        with self._reading() as connection:
            return query.task_statistics(connection, task)

    def runs(self, session_id: str | None = None, limit: int | None = None) -> tuple[RunRow, ...]:
        """Return the trials, newest first."""
        with self._reading() as connection:
            return runs.list_runs(connection, session_id, limit)

    def run(self, run_id: str) -> PatternRecord | None:
        """Return a trial's pattern and context, or None where there is no such trial."""
        with self._reading() as connection:
            return runs.find_run(connection, run_id)

    def trials(self, operation: str) -> tuple[PatternRecord, ...]:
        """Return the trials of an operation with their contexts, oldest first."""
        with self._reading() as connection:
            return runs.list_trials(connection, operation)

    def failures(self, operation: str) -> tuple[FailedRun, ...]:
        """Return how iterations of an operation failed, by trial and cause, newest first."""
        with self._reading() as connection:
            return runs.list_failures(connection, operation)

    def results(self, run_id: str) -> tuple[TrialRow, ...]:
        """Return a trial's iterations, in their order."""
        with self._reading() as connection:
            return runs.list_results(connection, run_id)

    def sessions(self) -> tuple[SessionRow, ...]:
        """Return the sessions that have trials, newest first."""
        with self._reading() as connection:
            return runs.list_sessions(connection)

    def baseline(
        self,
        *,
        operation: str,
        test_id: str,
        fixture_id: str,
        machine_class: str,
        vcs_type: str = "git",
        variant: str = "git",
    ) -> PatternRecord | None:
        """Return the trial that rewards in this context are pinned to, or None.

        It is the oldest finished and successful one: a later one would move old rewards. What
        it measured is in its `reward_terms`.
        """
        context = {
            "operation": operation,
            "vcs_type": vcs_type,
            "variant": variant,
            "test_id": test_id,
            "fixture_id": fixture_id,
            "machine_class": machine_class,
        }
        with self._reading() as connection:
            return runs.find_baseline(connection, context)

    def trends(
        self, operation: str | None = None, vcs_type: str | None = None
    ) -> tuple[DailyTrend, ...]:
        """Return the daily means by operation, system and day."""
        with self._reading() as connection:
            return daily.list_trends(connection, operation, vcs_type)

    def recommendations(self, report_id: str) -> tuple[StoredRecommendation, ...]:
        """Return a report's recommendations, in the order they were given."""
        with self._reading() as connection:
            return advice.listed(connection, report_id)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with told_clearly(self.address), reading(self._engine) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with told_clearly(self.address), write_transaction(self._engine) as connection:
            yield connection
