"""`tracker check`: the histories judged, suspects measured again, and an exit code."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from patterns.learning.monitoring.duel import ALPHA
from tracker.config import InputError
from tracker.models.gate import GateReport, GateResult, GateSummary
from tracker.workflow.bench import Report
from tracker.workflow.duel import opened_executor, version_of
from tracker.workflow.gate_history import check_rules, judge_history
from tracker.workflow.gate_measurement import (
    Measuring,
    OpenExecutor,
    measure_groups,
    planned_groups,
)
from tracker.workflow.gate_request import CheckRequest
from tracker.workflow.history import open_store
from tracker.workflow.imported_history import imported_series
from tracker.workflow.mutes import load_mutes, muted_by, today
from tracker.workflow.series_history import METRICS, HistorySeries, stored_series
from tracker.workflow.workspace import Workspace, open_workspace

PASSED, REGRESSED, UNDECIDED = 0, 1, 3
"""Exit codes; 2 is wrong input, 4 a benchmark that failed."""


def check(
    project: Path | None,
    request: CheckRequest,
    progress: Report = lambda _text, _done: None,
    *,
    open_executor: OpenExecutor = opened_executor,
    day: Callable[[], date] = today,
) -> GateReport:
    """Return what has changed for the worse or the better, and how sure it is.

    Parameters
    ----------
    project : Path, optional
        Its store, imported histories and mutes are read.
    request : CheckRequest
        With two programs suspects are measured again, or the chosen tests whatever the
        history says.
    open_executor : callable
        Opens what measures; tests replay a script.

    Raises
    ------
    InputError
        When there is nothing to check, or the question is wrong.
    """
    check_rules(request.rules)
    if (request.old is None) != (request.new is None):
        raise InputError.single("--old, --new", "one is missing", advice="Give both programs.")
    workspace = open_workspace(project)
    series = () if request.measures_all else _series(workspace, request)
    results = list(judge_history(series, request.rules))
    notes: list[str] = []
    if request.old is not None and request.new is not None:
        measuring = Measuring(
            workspace,
            request,
            version_of(request.old, request.vcs_type, "old"),
            version_of(request.new, request.vcs_type, "new"),
            progress,
            open_executor,
        )
        results = _measured_again(results, series, measuring)
    elif any(result.level == "suspect" for result in results):
        notes.append("suspects are measured again with --old PROGRAM --new PROGRAM")
    if not results:
        raise InputError.single(
            "history",
            "there is nothing to check",
            advice="Measure with tracker run, import a history, or give --old, --new and --test.",
        )
    return _report(_muted(results, workspace, day()), request, notes)


def _series(workspace: Workspace, request: CheckRequest) -> tuple[HistorySeries, ...]:
    own_metrics = tuple(metric for metric in request.metrics if metric in METRICS)
    with open_store(workspace) as store:
        own = stored_series(store, metrics=own_metrics)
    return (*own, *imported_series(workspace.project))


def _measured_again(
    results: Sequence[GateResult], series: Sequence[HistorySeries], measuring: Measuring
) -> list[GateResult]:
    """Return the results with what measuring says in place of the suspects."""
    request = measuring.request
    if request.measures_all:
        plan = planned_groups(measuring.workspace, request.selection, measuring.old)
        return list(measure_groups(plan, measuring))
    suspects = [
        one.key
        for result, one in zip(results, series, strict=True)
        if result.level == "suspect" and one.key.variant == request.vcs_type
    ]
    measured: list[GateResult] = []
    for suite, test, size in dict.fromkeys(
        (key.suite, key.test, key.repo_size) for key in suspects
    ):
        selection = replace(
            request.selection, sources=(suite,) if suite else (), repo_sizes=(size,)
        )
        plan = planned_groups(measuring.workspace, selection, measuring.old, (test,))
        measured += measure_groups(plan, measuring)
    answered = {(result.test_id, result.repository, result.metric) for result in measured}
    kept = [
        result
        for result, one in zip(results, series, strict=True)
        if (one.key.test, one.key.repo_size, one.key.metric) not in answered
        or one.key.variant != request.vcs_type
    ]
    return [*kept, *measured]


def _muted(
    results: Sequence[GateResult], workspace: Workspace, day: date
) -> tuple[GateResult, ...]:
    mutes = load_mutes(workspace.project)
    found = []
    for result in results:
        mute = muted_by(mutes, result.name, result.test_id, today=day)
        found.append(result if mute is None else result.model_copy(update={"muted": mute.told}))
    return tuple(found)


def _report(
    results: Sequence[GateResult], request: CheckRequest, notes: Sequence[str]
) -> GateReport:
    rules = request.rules
    heard = [result for result in results if result.muted is None]
    failing = [
        result for result in heard if result.verdict == "regressed" and rules.fails(result.severity)
    ]
    unsure = [result for result in heard if result.verdict in ("inconclusive", "missing")]
    code = PASSED
    if failing:
        code = REGRESSED
    elif unsure and request.strict:
        code = UNDECIDED
    verdicts = Counter(result.verdict for result in heard)
    order = ("regressed", "inconclusive", "improved", "missing", "unchanged")
    return GateReport(
        verdict="regressed" if failing else "inconclusive" if unsure else "passed",
        exit_code=code,
        baseline=rules.baseline,
        fail_on=rules.fail_on,
        limits_percent=rules.limits_percent,
        false_discovery_rate=rules.q,
        alpha=ALPHA,
        summary=GateSummary.model_validate({**verdicts, "muted": len(results) - len(heard)}),
        notes=tuple(notes),
        results=tuple(
            sorted(
                results,
                key=lambda result: (
                    result.muted is not None,
                    order.index(result.verdict),
                    -(abs(result.change_percent or 0.0)),
                    result.name,
                ),
            )
        ),
    )
