"""The tables of the page: one row a test, one column a variant, the leaders marked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.models import (
    PerformanceStats,
    ProcessedResult,
    RepoSize,
    SkippedTrial,
    TrialSummary,
    repository_names,
    task_names,
)
from tracker.models.results import MEASURED_AGAIN
from tracker.report.charts import variant_names
from tracker.report.names import UNKNOWN, count, number, percent

TrialKey = tuple[str, str, str, str]
"""Suite, test, repository and variant."""


@dataclass(frozen=True)
class Cell:
    """One variant in one test."""

    variant: str
    text: str
    detail: str
    sort: float | None
    bar: float | None
    leads: bool
    n: int | None = None
    why: str = ""


@dataclass(frozen=True)
class Row:
    """One test on one repository."""

    anchor: str
    task: str
    title: str
    cells: tuple[Cell, ...]
    verdict: str
    success: str
    lowest: float | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The tests on one repository."""

    repository: str
    variants: tuple[str, ...]
    rows: tuple[Row, ...]
    count: int

    @property
    def n(self) -> int | None:
        """Return the number of iterations if it is the same in every cell."""
        found = {cell.n for row in self.rows for cell in row.cells if cell.n is not None}
        return next(iter(found)) if len(found) == 1 else None

    @property
    def title(self) -> str:
        """Return the repository as one says it: a size, or a name of its own."""
        sizes = {size.value for size in RepoSize}
        return f"{self.repository} repository" if self.repository in sizes else self.repository


@dataclass(frozen=True)
class Trouble:
    """A trial that did not end well."""

    task: str
    repository: str
    variant: str
    status: str
    success: str
    reason: str


def tables(
    results: Sequence[ProcessedResult],
    trials: Sequence[TrialSummary],
    skipped: Sequence[SkippedTrial],
    most: int | None = None,
) -> tuple[Table, ...]:
    """Return a table for each repository, in the order of the report.

    `most` bounds the rows of all tables; `Table.count` says how many tests there are.
    """
    absences = _absences(trials, skipped)
    variants = tuple(
        dict.fromkeys([*variant_names(results), *(name for _, _, _, name in absences)])
    )
    rows: dict[str, list[Row]] = {}
    places = repository_names(results)
    for index, (task, place) in enumerate(zip(task_names(results), places, strict=True)):
        found = rows.setdefault(place, [])
        if most is None or index < most:
            found.append(_row(results[index], anchor(index), task, variants, absences))
    counts = Counter(places)
    return tuple(
        Table(place, variants, tuple(found), counts[place]) for place, found in rows.items()
    )


def anchor(index: int) -> str:
    """Return the id of the section of a result."""
    return f"test-{index + 1}"


def troubles(
    trials: Sequence[TrialSummary], skipped: Sequence[SkippedTrial]
) -> tuple[Trouble, ...]:
    """Return every trial that failed, is void, was interrupted or skipped, with its reason."""
    bad = [
        Trouble(
            trial.test_id,
            trial.repo_id,
            trial.variant,
            trial.status,
            percent(trial.success_rate),
            trial.reason or UNKNOWN,
        )
        for trial in trials
        if trial.status != "finished"
    ]
    missing = [
        Trouble(one.test_id, one.repo_size.value, one.variant, "skipped", UNKNOWN, one.reason)
        for one in skipped
    ]
    return (*bad, *missing)


def _absences(
    trials: Sequence[TrialSummary], skipped: Sequence[SkippedTrial]
) -> Mapping[TrialKey, tuple[str, str]]:
    """Return status and reason of the variants that have no times, by test and repository."""
    unsound = {
        (trial.suite_id, trial.test_id, trial.repo_id, trial.variant): (
            trial.status,
            trial.reason or "",
        )
        for trial in trials
        if trial.status in ("void", "failed")
    }
    missing = {
        (one.suite_id, one.test_id, one.repo_size.value, one.variant): ("not run", one.reason)
        for one in skipped
    }
    return unsound | missing


def _brief(note: str) -> str:
    """Return a note for a row; what repeated rounds would change stands with the test."""
    return note.partition("; with them")[0] if MEASURED_AGAIN in note else note


def _row(
    result: ProcessedResult,
    section: str,
    task: str,
    variants: Sequence[str],
    absences: Mapping[TrialKey, tuple[str, str]],
) -> Row:
    slowest = max(
        (one.time_ms.median for one in result.variants.values() if one.time_ms.median), default=0.0
    )
    rates = list(result.success_rates.values())
    lowest = min(rates, default=None)
    return Row(
        anchor=section,
        task=task,
        title=result.test_name,
        cells=tuple(_cell(result, name, slowest, absences) for name in variants),
        verdict=result.finding or "nothing to compare",
        success=_success(result),
        lowest=lowest,
        notes=tuple(_brief(note) for note in result.notes),
    )


def _success(result: ProcessedResult) -> str:
    """Return one rate where all are equal, else that of each variant."""
    rates = result.success_rates
    if not rates:
        return UNKNOWN
    if len(set(rates.values())) == 1:
        return percent(next(iter(rates.values())))
    return ", ".join(f"{name} {percent(rate)}" for name, rate in rates.items())


def _cell(
    result: ProcessedResult,
    name: str,
    slowest: float,
    absences: Mapping[TrialKey, tuple[str, str]],
) -> Cell:
    found = result.variants.get(name)
    if found is None or found.time_ms.median is None:
        status, why = _absence(result, name, absences)
        return Cell(name, UNKNOWN, status, None, None, leads=False, why=why)
    median = found.time_ms.median
    return Cell(
        variant=name,
        text=number(median),
        detail=_detail(found.time_ms),
        sort=median,
        bar=100 * median / slowest if slowest else None,
        leads=result.leads(name),
        n=found.time_ms.valid_samples,
    )


def _absence(
    result: ProcessedResult, name: str, absences: Mapping[TrialKey, tuple[str, str]]
) -> tuple[str, str]:
    for place in (result.repo_id, result.repo_size.value):
        found = absences.get((result.test_suite, result.test_id, place, name))
        if found is not None:
            return found
    return "", ""


def _detail(stats: PerformanceStats) -> str:
    low, high = stats.percentiles.p25, stats.percentiles.p75
    return "" if low is None or high is None else f"{number(low)}–{number(high)}"


def shape(results: Sequence[ProcessedResult]) -> str:
    """Return how much was measured, in words."""
    tests, places = count(len(results), "test"), len({result.repo_id for result in results})
    sizes = list(dict.fromkeys(result.repo_size.value for result in results))
    where = f"one {sizes[0]} repository" if places == 1 else f"{places} repositories"
    return f"{tests} on {where}" if results else "nothing measured"
