"""One trial group while it is measured: variants take turns in rounds, each fact journaled."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tracker.measurement.contamination import busy_share, is_contaminated, may_repeat
from tracker.measurement.executor import (
    Begun,
    ExecutorError,
    ExecutorLostError,
    TrialSpec,
    Turn,
)
from tracker.measurement.journal import (
    Event,
    GroupBegun,
    GroupEnded,
    Iteration,
    RoundEnded,
    RoundsEnded,
    RoundSetAside,
    TrialBegun,
    TrialEnded,
    TrialStopped,
)
from tracker.measurement.judgement import cause_of, is_hopeless, is_unsampled
from tracker.measurement.ledger import GroupLedger
from tracker.measurement.precision import Budget, PrecisionRule
from tracker.measurement.progress import Progress, Step
from tracker.measurement.round_counts import rounds_of, turn_count
from tracker.measurement.summary import result_of, summarise
from tracker.measurement.surroundings import Surroundings
from tracker.measurement.turn import RunningTrial, TurnResult
from tracker.models import (
    ErrorType,
    GroupResult,
    IterationRecord,
    RepositoryFixture,
    TrialGroup,
)
from tracker.models.config import Execution
from tracker.models.enums import Phase
from tracker.models.session import Precision

PROFILE: tuple[Phase, int] = ("profile", 1)
"""The last round; a group that has it is measured."""

PROFILE_TRIES = 3
"""How often a profiling iteration is tried when the command ended before the first sample."""


class InterruptedByStop(Exception):  # noqa: N818 - not an error: the user asked for it
    """The session is to end; the open round becomes a fragment."""


class GroupRun:
    """Measures one group; all it knows stands in its ledger, which the journal can rebuild."""

    def __init__(
        self,
        name: str,
        group: TrialGroup,
        ledger: GroupLedger,
        execution: Execution,
        around: Surroundings,
    ) -> None:
        self.name = name
        self.group = group
        self.ledger = ledger
        self.execution = execution
        self.around = around
        self.trials: dict[str, RunningTrial] = {}

    def measure(self) -> GroupResult:
        """Measure what is left of the group and return its result, interrupted or not."""
        counter = self.around.counter
        end = counter.done + self.turn_count
        sealed = [key for key in self.ledger.rounds if key[0] != "warm-up"]
        counter.done += len(sealed) * len(self.group.variants)
        try:
            if PROFILE not in self.ledger.rounds:
                self._open()
                self._take_all_rounds()
        except InterruptedByStop:
            self._end_trials(broken_off=True)
            self.ledger.break_off()
            return result_of(self.group, self.ledger, broken_off=True)
        except BaseException:
            self._end_trials(broken_off=True)
            raise
        self._end_trials(broken_off=False)
        self._log(GroupEnded(group=self.name, trials=summarise(self.group, self.ledger)))
        counter.done = end
        self._tell("finished")
        return result_of(self.group, self.ledger)

    @property
    def turn_count(self) -> int:
        """Return how many executions an uninterrupted group takes."""
        return turn_count(self.group, self.execution)

    def _open(self) -> None:
        self._log_begin()
        self.trials = {
            variant.name: self._running(variant.name)
            for variant in self.group.variants
            if variant.name in self.ledger.run_ids
        }
        self._begin_trials()

    def _running(self, name: str) -> RunningTrial:
        variant = next(variant for variant in self.group.variants if variant.name == name)
        test = self.group.test
        spec = TrialSpec(
            group=self.name,
            suite_id=self.group.suite_id,
            test=test,
            variant=variant,
            fixture=self._fixture(),
            run_id=self.ledger.run_ids[name],
            setup=self.group.setup,
            teardown=self.group.teardown,
            timeout_ms=test.timeout or self.execution.timeout,
            renews=any(one.service is not None for one in self.group.variants),
        )
        kept = self.ledger.records_of(name)
        return RunningTrial(
            spec=spec,
            wanted=test.for_vcs(variant.vcs_type),
            failures=[cause_of(record.raw) for record in kept if record.phase == "measured"],
            reference=next((record.outcome for record in kept if record.outcome is not None), None),
        )

    def _begin_trials(self) -> None:
        """Set the trials up, several at once if asked for; nothing is measured meanwhile."""
        self._check_stop()
        waiting = self._live()
        if self.execution.parallelism == 1 or len(waiting) < 2:  # noqa: PLR2004  one after another
            for name in waiting:
                self._check_stop()
                self._note_begin(name, self._begun(name))
            return
        with ThreadPoolExecutor(self.execution.parallelism, thread_name_prefix="set-up") as pool:
            begun = list(pool.map(self._begun, waiting))
        for name, found in zip(waiting, begun, strict=True):
            self._note_begin(name, found)

    def _begun(self, name: str) -> Begun | ExecutorError:
        """Set up a trial; what goes wrong is returned, so that other set-ups come to their end."""
        self._tell("set-up", name)
        self.trials[name].begin_anew()
        try:
            return self.around.executor.begin(self.trials[name].spec)
        except ExecutorError as error:
            return error

    def _note_begin(self, name: str, begun: Begun | ExecutorError) -> None:
        if isinstance(begun, ExecutorLostError):
            raise begun
        if isinstance(begun, ExecutorError):
            self._check_stop()  # then the set-up was cancelled and says nothing of the variant
            self._stop_trial(name, "failed", f"set-up: {begun}")
            return
        self._log(
            TrialBegun(
                group=self.name,
                variant=name,
                run_id=self.trials[name].spec.run_id,
                one_off_ms=begun.one_off_ms,
                service_start_ms=begun.service_start_ms,
                versions=begun.versions,
            )
        )

    def _take_all_rounds(self) -> None:
        for number in range(1, self.execution.warmup_runs + 1):
            self._round("warm-up", number)
        if self.execution.precision is None:
            for number in range(1, self.execution.iterations + 1):
                if ("measured", number) not in self.ledger.rounds:
                    self._round("measured", number)
        elif self.ledger.precision is None:
            self._take_rounds_until_known(self.execution.precision)
        self._round(*PROFILE)

    def _take_rounds_until_known(self, precision_percent: float) -> None:
        budget = Budget(self.execution.max_iterations, self.execution.max_duration)
        rule = PrecisionRule(precision_percent, self.around.confidence, budget)
        known = self.ledger.rounds_of("measured")
        ended = None
        for records in known:
            ended = self._seen(rule, records)
        number = len(known)
        while ended is None and self._live():
            number += 1
            self._round("measured", number)
            ended = self._seen(rule, self.ledger.rounds_of("measured")[-1])
        if ended is not None:
            self._log(RoundsEnded(group=self.name, precision=ended))

    def _seen(self, rule: PrecisionRule, records: Sequence[IterationRecord]) -> Precision | None:
        rule.see(records)
        return rule.decide(self._live(), self.ledger.spent_ms)

    def _live(self) -> list[str]:
        return [name for name in self.trials if self.ledger.stop_of(name) is None]

    def _round(self, phase: Phase, number: int) -> None:
        """Let every variant take its turn, again if others kept the machine busy meanwhile."""
        if not self._live():
            return
        while True:
            done, failures = self.around.counter.done, self._failure_counts()
            started = self.around.timer()
            self._turns(phase, number)
            elapsed_ms = 1000 * (self.around.timer() - started)
            busy = self._foreign_load(phase)
            if busy is None:
                break
            self._log(
                RoundSetAside(
                    group=self.name, phase=phase, round=number, busy=busy, elapsed_ms=elapsed_ms
                )
            )
            self.around.counter.done = done
            for name, count in failures.items():
                del self.trials[name].failures[count:]
        self._log(RoundEnded(group=self.name, phase=phase, round=number, elapsed_ms=elapsed_ms))

    def _turns(self, phase: Phase, number: int) -> None:
        """Take every variant's turn; once more from the start if the executor is lost."""
        done = self.around.counter.done
        try:
            self._pass(phase, number, retries=0)
        except ExecutorLostError as lost:
            self.around.counter.done = done
            self._log_begin()  # what the open round has is a fragment from here on
            self._recover(lost)
            self._pass(phase, number, retries=1)

    def _foreign_load(self, phase: Phase) -> float | None:
        """Return the share others took of the machine if the round is to be measured again."""
        rounds = self.execution.iterations
        if self.execution.precision is not None:
            rounds = len(self.ledger.rounds_of("measured")) + 1
        records = self.ledger.open_records()
        cores = self.around.taker.machine.cores
        if phase != "measured" or self.ledger.has_open_stops:
            return None
        if not may_repeat(self.ledger.set_aside, rounds) or not is_contaminated(records, cores):
            return None
        return busy_share(records, cores)

    def _failure_counts(self) -> dict[str, int]:
        return {name: len(trial.failures) for name, trial in self.trials.items()}

    def _pass(self, phase: Phase, number: int, *, retries: int) -> None:
        names = list(self.trials)
        suffix = "" if phase == "measured" else f"#{phase}"
        places = self.around.order(self.name + suffix, number, len(names))
        for order, place in enumerate(places):
            self._check_stop()
            name = names[place]
            if self.ledger.stop_of(name) is not None:
                self.around.counter.done += 1
                continue
            self._tell(phase, name, number)
            turn = Turn(phase=phase, round=number, order=order)
            self._keep(self.trials[name], turn, self._take(self.trials[name], turn, retries))

    def _take(self, trial: RunningTrial, turn: Turn, retries: int) -> TurnResult:
        try:
            return self._sampled(trial, turn, retries)
        except ExecutorLostError as lost:
            if retries == 0:
                raise
            self._recover(lost)
            return self.around.taker.lost(trial, turn, lost)

    def _sampled(self, trial: RunningTrial, turn: Turn, retries: int) -> TurnResult:
        """Take a turn; a profiling one again while the command is too quick for the sampler."""
        result = self.around.taker.take(trial, turn, retries=retries)
        for _ in range(1, PROFILE_TRIES if turn.phase == "profile" else 1):
            if not is_unsampled(result.record.raw):
                break
            result = self.around.taker.take(trial, turn, retries=retries)
        return result

    def _keep(self, trial: RunningTrial, turn: Turn, result: TurnResult) -> None:
        raw = result.record.raw
        self._log(Iteration(group=self.name, record=result.record))
        self.around.counter.done += 1
        self._tell(turn.phase, result.record.variant, turn.round, result)
        if raw.quality.error_type is ErrorType.INTERRUPTED:
            raise InterruptedByStop
        if not raw.quality.success:
            self._check_stop()  # a command that was cancelled says nothing of its variant
        if turn.phase != "profile":
            trial.failures.append(cause_of(raw))
        if result.void is not None:
            self._stop_trial(result.record.variant, "void", result.void)
        elif is_hopeless(trial.failures):
            self._stop_trial(result.record.variant, "failed", result.reason or str(cause_of(raw)))

    def _recover(self, lost: ExecutorLostError) -> None:
        self._tell("recovery", message=str(lost))
        self.around.executor.recover()
        self._begin_trials()

    def _stop_trial(self, name: str, status: str, reason: str) -> None:
        self._log(
            TrialStopped(
                group=self.name,
                variant=name,
                status="void" if status == "void" else "failed",
                reason=reason,
            )
        )

    def _end_trials(self, *, broken_off: bool) -> None:
        """Run every teardown, whatever happens to one of them, then write it down."""
        trials, self.trials = self.trials, {}
        problems = {
            name: self._end(trial, failed=broken_off or self.ledger.stop_of(name) is not None)
            for name, trial in trials.items()
        }
        for name, problem in problems.items():
            self._log(TrialEnded(group=self.name, variant=name, problem=problem))

    def _end(self, trial: RunningTrial, *, failed: bool) -> str | None:
        self._tell("teardown", trial.spec.variant.name)
        executor = self.around.executor
        try:
            try:
                return executor.end(trial.spec, failed=failed).problem
            except ExecutorLostError:  # what a killed session leaves must be torn down all the more
                executor.recover()
                return executor.end(trial.spec, failed=failed).problem
        except ExecutorError as error:
            return f"teardown: {error}"

    def _fixture(self) -> RepositoryFixture:
        if self.ledger.fixture is None:
            raise ValueError(f"group {self.name} has no fixture")
        return self.ledger.fixture

    def _log_begin(self) -> None:
        self._log(
            GroupBegun(
                group=self.name,
                fixture=self._fixture(),
                run_ids=dict(self.ledger.run_ids),
                skipped=self.ledger.skipped,
            )
        )

    def _check_stop(self) -> None:
        if self.around.stop.requested:
            raise InterruptedByStop(self.around.stop.reason)

    def _log(self, event: Event) -> None:
        self.around.journal.write(event)
        self.ledger.apply(event)

    def _tell(
        self,
        step: Step,
        variant: str | None = None,
        number: int | None = None,
        result: TurnResult | None = None,
        message: str | None = None,
    ) -> None:
        raw = result.record.raw if result else None
        self.around.listener(
            Progress(
                group=self.name,
                step=step,
                done=self.around.counter.done,
                total=self.around.counter.total,
                variant=variant,
                round=number,
                rounds=rounds_of(step, self.execution),
                last_ms=raw.execution.duration_ms if raw else None,
                success=raw.quality.success if raw else None,
                message=message or (result.reason if result else None),
            )
        )
