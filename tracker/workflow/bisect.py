"""`tracker bisect`: which of several versions became slower."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from patterns.learning.monitoring.bisection import Bisection, Nearer, bisect, questions
from patterns.learning.monitoring.duel import ALPHA, DuelState, Finding, judge
from patterns.statistics.sequential import median_sequence
from tracker.config import InputError
from tracker.measurement.executor import Executor
from tracker.models import Plan, TrialGroup
from tracker.models.gate import BisectedVersion, BisectReport
from tracker.workflow.bench import Report
from tracker.workflow.duel import (
    VALUES,
    Rounds,
    Version,
    measure_rounds,
    opened_executor,
    version_of,
)
from tracker.workflow.gate_measurement import OpenExecutor, planned_groups
from tracker.workflow.gate_request import BisectRequest
from tracker.workflow.workspace import open_workspace

FEWEST_VERSIONS = 2

DecidedBy = Callable[[Rounds], bool]


def bisect_versions(
    project: Path | None,
    request: BisectRequest,
    progress: Report = lambda _text, _done: None,
    *,
    open_executor: OpenExecutor = opened_executor,
) -> BisectReport:
    """Return the first slow version of an ordered list of programs.

    The last is measured against the first; where it is not slower, that is the answer. Each
    version asked about is measured against the first too, until it is sure whether it lies
    nearer to the first or to the last.

    Raises
    ------
    InputError
        For fewer than two programs, an unknown metric, or not exactly one test.
    """
    if len(request.programs) < FEWEST_VERSIONS:
        raise InputError.single(
            "PROGRAM", "one version has no predecessor", advice="Give two or more, oldest first."
        )
    if request.metric not in VALUES:
        raise InputError.single(
            "--metric", f"{request.metric} is unknown", advice=f"Choose {', '.join(VALUES)}."
        )
    workspace = open_workspace(project)
    versions = [
        version_of(program, request.vcs_type, f"version-{number}")
        for number, program in enumerate(request.programs, start=1)
    ]
    plan = planned_groups(workspace, request.selection, versions[0], (request.test,))
    if len(plan.groups) != 1:
        names = ", ".join(group.key for group in plan.groups)
        raise InputError.single(
            "--test", f"{names} are several", advice="Choose one test and one --repo-size."
        )
    with open_executor(workspace, _with(plan, versions), progress) as executor:
        return _Search(executor, plan.groups[0], versions, request, progress).report()


def _with(plan: Plan, versions: Sequence[Version]) -> Plan:
    variants = tuple(version.variant for version in versions)
    groups = tuple(group.model_copy(update={"variants": variants}) for group in plan.groups)
    return plan.model_copy(update={"groups": groups})


class _Search:
    """One bisection; every duel is against the first version."""

    def __init__(
        self,
        executor: Executor,
        group: TrialGroup,
        versions: Sequence[Version],
        request: BisectRequest,
        progress: Report,
    ) -> None:
        self.executor = executor
        self.group = group
        self.versions = versions
        self.request = request
        self.progress = progress
        self.asked: list[BisectedVersion] = []
        self.seconds = 0.0
        # All questions together are answered wrongly at most this often.
        self.alpha = ALPHA / (questions(len(versions)) + 1)
        self.least = 1.0 + request.least_percent / 100.0

    def report(self) -> BisectReport:
        """Measure, and return the answer."""
        last = len(self.versions) - 1
        whole = self._whole(last)
        if whole.finding is not Finding.SLOWER or whole.ratio is None:
            self._tell(last, "old" if whole.finding is Finding.NO_CHANGE else "undecided", whole)
            return self._none(whole)
        self._tell(last, "new", whole)
        half = math.log(whole.ratio) / 2
        found = bisect(len(self.versions), lambda version: self._nearer(version, half))
        return self._found(found, whole)

    def _whole(self, last: int) -> DuelState:
        def state(rounds: Rounds) -> DuelState:
            return judge(self._ratios(rounds), least=self.least, alpha=self.alpha)

        rounds = self._measure(last, lambda rounds: state(rounds).finding is not Finding.UNDECIDED)
        return state(rounds)

    def _nearer(self, version: int, half: float) -> Nearer:
        def side(rounds: Rounds) -> Nearer:
            found = median_sequence(self._ratios(rounds), self.alpha)
            if found is None or found.low <= half <= found.high:
                return Nearer.UNDECIDED
            return Nearer.NEW if found.low > half else Nearer.OLD

        rounds = self._measure(version, lambda rounds: side(rounds) is not Nearer.UNDECIDED)
        nearer = side(rounds)
        state = judge(self._ratios(rounds), least=self.least, alpha=self.alpha)
        self._tell(version, nearer.value, state)
        return nearer

    def _ratios(self, rounds: Rounds) -> Sequence[float]:
        return rounds.log_ratios.get(self.request.metric, ())

    def _measure(self, version: int, decided: DecidedBy) -> Rounds:
        old, new = self.versions[0], self.versions[version]
        rounds = measure_rounds(
            self.executor,
            self.group,
            old,
            new,
            metrics=(self.request.metric,),
            decided=decided,
            budget_s=self.request.budget_s,
            seed=self.request.seed + version,
            progress=lambda done: self.progress(
                f"{new.name}: round {len(self._ratios(done))}",
                min(done.seconds / self.request.budget_s, 1.0),
            ),
        )
        self.seconds += rounds.seconds
        return rounds

    def _tell(self, version: int, nearer: str, state: DuelState) -> None:
        interval = None
        if state.low is not None and state.high is not None:
            interval = (state.low, state.high)
        self.asked.append(
            BisectedVersion.model_validate(
                {
                    "version": self.versions[version].name,
                    "nearer": nearer,
                    "ratio": state.ratio,
                    "interval": interval,
                    "n": state.n,
                }
            )
        )

    def _none(self, whole: DuelState) -> BisectReport:
        reasons = {
            Finding.NO_CHANGE: "the last version is no slower than the first",
            Finding.FASTER: "the last version is faster than the first",
            Finding.UNDECIDED: "not decided within the budget: no regression is confirmed",
        }
        return self._answer(found=False, ratio=whole.ratio, reason=reasons[whole.finding])

    def _found(self, found: Bisection, whole: DuelState) -> BisectReport:
        names = [version.name for version in self.versions]
        return self._answer(
            found=found.decided,
            ratio=whole.ratio,
            reason=None if found.decided else "versions in between were not decided",
            first_slow=names[found.first_new],
            last_fast=names[found.last_old],
        )

    def _answer(
        self,
        *,
        found: bool,
        ratio: float | None,
        reason: str | None,
        first_slow: str | None = None,
        last_fast: str | None = None,
    ) -> BisectReport:
        return BisectReport(
            test_id=self.group.test.id,
            metric=self.request.metric,
            found=found,
            first_slow=first_slow,
            last_fast=last_fast,
            ratio=ratio,
            asked=tuple(self.asked),
            reason=reason,
            seconds=self.seconds,
        )
