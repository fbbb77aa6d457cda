"""Change points and forecasts of anybody's series, from one CSV file into another."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from patterns.learning.change_points import DEFAULT, Course, inspect
from patterns.learning.forecasting import Forecast, History, forecast
from patterns.learning.series import Series, SeriesError, require_order, require_points
from tracker.workflow.series_files import SeriesFile, read_series, write_csv

DETECTION_COLUMNS = (
    "series",
    "index",
    "level",
    "timestamp",
    "direction",
    "ratio",
    "p",
    "before",
    "after",
    "n_before",
    "n_after",
)
FORECAST_COLUMNS = ("series", "timestamp", "pred", "lo80", "hi80", "lo95", "hi95")

FEWEST_POINTS = 2
"""One value has no course."""

SHOWN = 5
"""Names in a note; the rest is counted."""


@dataclass(frozen=True, slots=True)
class SeriesResult:
    """A table, and what has to be said about how it came to be."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    notes: tuple[str, ...]


def detect_file(path: Path, output: Path | None) -> SeriesResult:
    """Return the alarms of every series of a file, and write them where asked."""
    file = read_series(path)
    repeated = _check(file, repeats=True, fewest=FEWEST_POINTS, purpose="a change of level")
    courses = [inspect(series.values) for series in file.series]
    rows = tuple(
        row
        for series, course in zip(file.series, courses, strict=True)
        for row in _alarms(series, course)
    )
    result = SeriesResult(
        DETECTION_COLUMNS, rows, (*repeated, *_detection_notes(file.series, courses))
    )
    if output is not None:
        write_csv(output, result.columns, result.rows)
    return result


def forecast_file(path: Path, output: Path | None, *, seed: int = 0) -> SeriesResult:
    """Return a forecast of every test row of a file, and write them where asked."""
    file = read_series(path, roles=True)
    _check(file, repeats=False, fewest=FEWEST_POINTS, purpose="a forecast", known=True)
    histories = [
        History(series.name, series.times, series.values, series.known, series.source)
        for series in file.series
    ]
    by_name = {series.name: series for series in file.series}
    rows = tuple(_forecast_row(by_name[one.series], one) for one in forecast(histories, seed=seed))
    result = SeriesResult(FORECAST_COLUMNS, rows, _forecast_notes(file.series))
    if output is not None:
        write_csv(output, result.columns, result.rows)
    return result


def _check(
    file: SeriesFile, *, repeats: bool, fewest: int, purpose: str, known: bool = False
) -> tuple[str, ...]:
    repeated = []
    for which, series in enumerate(file.series):
        try:
            require_points(series.known if known else series.values.size, fewest, purpose)
            if require_order(series.times, repeats=repeats):
                repeated.append(series.name)
        except SeriesError as error:
            raise file.refused(which, error) from error
    return _note(repeated, "repeat a timestamp; their rows were taken in the order of the file")


def _alarms(series: Series, course: Course) -> list[tuple[object, ...]]:
    return [
        (
            series.name,
            point.index,
            point.level.value,
            series.stamps[point.index],
            "up" if point.rises else "down",
            None if point.ratio is None else f"{point.ratio:.6g}",
            f"{10.0**-point.evidence:.3g}",
            f"{point.before:.10g}",
            f"{point.after:.10g}",
            point.n_before,
            point.n_after,
        )
        for point in course.change_points
    ]


def _forecast_row(series: Series, one: Forecast) -> tuple[object, ...]:
    bounds = [f"{bound:.10g}" for each in one.intervals for bound in (each.low, each.high)]
    return (series.name, series.stamps[one.position], f"{one.predicted:.10g}", *bounds)


def _detection_notes(series: tuple[Series, ...], courses: list[Course]) -> list[str]:
    fewest = 2 * DEFAULT.shortest
    short = [one.name for one in series if one.values.size < fewest]
    constant = [one.name for one in series if np.ptp(one.values) == 0]
    signed = [one.name for one in series if not np.all(one.values > 0)]
    drifting = [one.name for one, course in zip(series, courses, strict=True) if course.drifts]
    return [
        *_note(short, f"have fewer than {fewest} points: no step could be confirmed"),
        *_note(constant, "are constant: there is nothing to find"),
        *_note(signed, "have values of 0 or less: differences were compared, not ratios"),
        *_note(drifting, "drift or wander: those changes were not called steps"),
    ]


def _forecast_notes(series: tuple[Series, ...]) -> tuple[str, ...]:
    few = [one.name for one in series if one.known < 20]  # noqa: PLR2004  19 scores for 95 %
    constant = [one.name for one in series if np.ptp(one.values[: one.known]) == 0]
    return (
        *_note(
            few,
            "have fewer than 20 history rows: their intervals are calibrated on the other series",
        ),
        *_note(constant, "have a constant history: their intervals have next to no width"),
    )


def _note(names: list[str], what: str) -> tuple[str, ...]:
    if not names:
        return ()
    listed = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    return (f"{len(names)} series {what} ({listed}).",)
