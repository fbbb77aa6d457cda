"""The measurement of a whole plan: group after group, from the start or from a journal."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence

from tracker.measurement.executor import Executor, ExecutorError
from tracker.measurement.fixtures_ahead import make_ahead
from tracker.measurement.group_names import group_names
from tracker.measurement.group_run import GroupRun
from tracker.measurement.journal import GroupSkipped, Journal, SessionStarted
from tracker.measurement.ledger import GroupLedger
from tracker.measurement.progress import Progress, ProgressListener, Stop
from tracker.measurement.resume import Resumption
from tracker.measurement.round_counts import turn_count
from tracker.measurement.summary import result_of
from tracker.measurement.surroundings import Counter, Order, Surroundings
from tracker.measurement.turn import TurnTaker
from tracker.models import (
    GroupResult,
    Plan,
    RepositoryFixture,
    SessionInfo,
    SkippedTrial,
    TrialGroup,
)
from tracker.vcs.commands import lacks

Token = Callable[[], str]
"""Gives six hexadecimal digits, new ones with every call."""

TrialKey = tuple[str, str, str, str]


def measure_plan(
    plan: Plan,
    session: SessionInfo,
    executor: Executor,
    journal: Journal,
    *,
    order: Order,
    resume: Resumption | None = None,
    stop: Stop | None = None,
    progress: ProgressListener = lambda _: None,
    clock: Callable[[], float] = time.time,
    token: Token = lambda: secrets.token_hex(3),
    timer: Callable[[], float] = time.monotonic,
) -> Iterator[GroupResult]:
    """Measure every group of a plan and yield each result as soon as it is known.

    Parameters
    ----------
    plan : Plan
        The groups in their order, and how often each test is executed.
    session : SessionInfo
        Its id stands in the journal, its machine in every record.
    executor : Executor
        Does everything that touches the outside; it is not closed.
    journal : Journal
        Takes every event before the next one happens.
    order : callable
        (name, round, count) → the order of the variants in this round. Warm-up and
        profiling rounds ask under the names `<group>#warm-up` and `<group>#profile`.
    resume : Resumption, optional
        What the journal of the interrupted session says.
    stop : Stop, optional
        Asked between executions. The group at hand is torn down and yielded with
        status `interrupted`, and nothing more is measured.
    progress : callable
        Told of every step.
    clock : callable
        Unix seconds, for run ids and for iterations in which nothing could be measured.
    token : callable
        Random part of run ids.
    timer : callable
        Monotonic seconds, for the time budget of adaptive measuring.

    Yields
    ------
    result : GroupResult
        Finished groups of a resumed session first come as they are in the journal.
    """
    known = resume or Resumption()
    known.check(session.session_id, plan)
    journal.write(SessionStarted(session_id=session.session_id, seed=plan.seed))
    counter = Counter(sum(turn_count(group, plan.config.execution) for group in plan.groups))
    around = Surroundings(
        executor=executor,
        journal=journal,
        taker=TurnTaker(executor, session.machine, clock),
        order=order,
        stop=stop or Stop(),
        listener=progress,
        counter=counter,
        timer=timer,
        confidence=plan.config.analysis.confidence_level,
    )
    around.stop.add_listener(executor.cancel)
    measurement = _Measurement(plan, known, around, RunIds(clock, token))
    yield from measurement.results()


class RunIds:
    """Makes run ids, `run-<unix s>-<6 hex>`, and none of them twice."""

    def __init__(self, clock: Callable[[], float], token: Token) -> None:
        self._clock = clock
        self._token = token
        self._given: set[str] = set()

    def new(self) -> str:
        """Return a run id nobody has had yet."""
        while True:
            made = f"run-{int(self._clock())}-{self._token()}"
            if made not in self._given:
                self._given.add(made)
                return made


class _Measurement:
    """One pass over the plan; remembers which trials failed for those that depend on them."""

    def __init__(
        self, plan: Plan, known: Resumption, around: Surroundings, run_ids: RunIds
    ) -> None:
        self.plan = plan
        self.known = known
        self.around = around
        self.run_ids = run_ids
        self.failed: set[TrialKey] = set()

    def results(self) -> Iterator[GroupResult]:
        self._make_fixtures_ahead()
        for name, group in zip(group_names(self.plan), self.plan.groups, strict=True):
            if self.around.stop.requested:
                return
            result = self._group(name, group)
            self._remember(result)
            yield result
            if result.status == "interrupted":
                return

    def _make_fixtures_ahead(self) -> None:
        named = zip(group_names(self.plan), self.plan.groups, strict=True)
        unmade = [g.fixture for name, g in named if self.known.ledger(name).fixture is None]
        make_ahead(self.around.executor, unmade, self.plan.config.execution.parallelism)

    def _group(self, name: str, group: TrialGroup) -> GroupResult:
        ledger = self.known.ledger(name)
        if ledger.finished:
            self.around.counter.done += turn_count(group, self.plan.config.execution)
            return result_of(group, ledger)
        skipped = self._skipped(group)
        if len(skipped) == len(group.variants):
            return self._skip(name, group, ledger, skipped)
        if ledger.fixture is None or not ledger.run_ids:
            try:
                self._tell(name, "fixture")
                ledger.fixture = self.around.executor.fixture(group.fixture)
            except ExecutorError as error:
                unmade = [_skipped(group, v.name, f"no fixture: {error}") for v in group.variants]
                return self._skip(name, group, ledger, tuple(unmade))
            skipped += _impossible(group, ledger.fixture, skipped)
            if len(skipped) == len(group.variants):
                return self._skip(name, group, ledger, skipped)
            left_out = {trial.variant for trial in skipped}
            ledger.skipped = skipped
            ledger.run_ids = {
                variant.name: self.run_ids.new()
                for variant in group.variants
                if variant.name not in left_out
            }
        return GroupRun(name, group, ledger, self.plan.config.execution, self.around).measure()

    def _skip(
        self, name: str, group: TrialGroup, ledger: GroupLedger, skipped: tuple[SkippedTrial, ...]
    ) -> GroupResult:
        event = GroupSkipped(group=name, skipped=skipped)
        self.around.journal.write(event)
        ledger.apply(event)
        self.around.counter.done += turn_count(group, self.plan.config.execution)
        self._tell(name, "finished")
        return result_of(group, ledger)

    def _skipped(self, group: TrialGroup) -> tuple[SkippedTrial, ...]:
        """Return the trials whose test depends on one that failed for the same variant."""
        return tuple(
            _skipped(group, variant.name, f"depends on {test}, which failed or was skipped")
            for variant in group.variants
            for test in [
                next(
                    (t for t in group.depends_on if _key(group, t, variant.name) in self.failed),
                    None,
                )
            ]
            if test is not None
        )

    def _remember(self, result: GroupResult) -> None:
        group = result.group
        bad = [trial.variant for trial in result.trials if trial.status != "finished"]
        bad += [trial.variant for trial in result.skipped]
        self.failed |= {_key(group, group.test.id, variant) for variant in bad}

    def _tell(self, name: str, step: str) -> None:
        counter = self.around.counter
        told = "fixture" if step == "fixture" else "finished"
        self.around.listener(
            Progress(group=name, step=told, done=counter.done, total=counter.total)
        )


def _key(group: TrialGroup, test: str, variant: str) -> TrialKey:
    return (group.suite_id, test, group.fixture.to_json(), variant)


def _impossible(
    group: TrialGroup, fixture: RepositoryFixture, skipped: Sequence[SkippedTrial]
) -> tuple[SkippedTrial, ...]:
    """Return the trials whose commands name something this repository does not have."""
    done = {trial.variant for trial in skipped}
    found = []
    for variant in group.variants:
        own = group.test.for_vcs(variant.vcs_type)
        checked = (own.outcome.command,) if own.outcome and own.outcome.command else ()
        lacking = lacks(fixture.landmarks, (*(own.prepare or ()), *own.steps, *checked))
        if lacking and variant.name not in done:
            found.append(_skipped(group, variant.name, f"the repository has no {{{lacking}}}"))
    return tuple(found)


def _skipped(group: TrialGroup, variant: str, reason: str) -> SkippedTrial:
    return SkippedTrial(
        suite_id=group.suite_id,
        test_id=group.test.id,
        variant=variant,
        repo_size=group.fixture.size,
        reason=reason,
    )
