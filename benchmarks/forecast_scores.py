"""One-step forecasts of two kinds of histories, ours beside plain forecasters.

The first set is `forecast/train.csv.gz` of a data folder: its series move, so that the last
value is hard to beat. The second is made from `cpd/train_offline.csv.gz`, the last 30 points
to be forecast: `measured` as they were before steps were injected, `steps` shuffled, which
leaves noise alone, with a step at one of sixty points, and `flat` shuffled without steps: there
long medians are hard to beat. Every forecaster has its intervals corrected by the same
adaptive conformal rule; `boosted trees` is one global quantile model on 14 lag features.
`score.py` of the folder scores them all.

    python benchmarks/forecast_scores.py shared/data
"""

import argparse
import csv
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.ensemble import HistGradientBoostingRegressor

from tracker.workflow.series_trends import forecast_file

Floats = NDArray[np.float64]
Row = tuple[str, str, float, str, str]
TESTS = 30
STEPS = (0.01, 0.02, 0.03, 0.05, 0.1, 0.2)
STEP_SHARE = 1 / 60
LAGS = 14
LEVELS = (0.8, 0.95)
RATE = 0.02
NAMES = ("MASE", "cov80", "cov95", "winkler80", "winkler95")


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", choices=("first", "second"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sets = {"first": arguments.data / "forecast" / "train.csv.gz", "second": folder / "b.csv"}
        _write(sets["second"], second_set(arguments.data / "cpd"))
        for title, source in sets.items():
            if arguments.only in (None, title):
                _report(title, source, arguments.data / "forecast" / "score.py", folder)


def second_set(data: Path) -> Iterable[tuple[object, ...]]:
    """Give the rows of the second set: series, timestamp, value, role, source."""
    truth = json.loads((data / "train_offline_truth.json").read_text())
    random = np.random.default_rng(7)
    for name, rows in _series(data / "train_offline.csv.gz").items():
        values = np.array([row[2] for row in rows])
        for at, step in zip(truth[name]["cps"], truth[name]["mags"], strict=True):
            values[at:] /= 1 + step
        if truth[name]["track"] == "perm":
            kinds = {"flat": values}
        else:
            kinds = {"measured": values}
            for copy in range(2):
                shuffled = random.permutation(values)
                for at in np.flatnonzero(random.random(values.size) < STEP_SHARE):
                    shuffled[at:] *= 1 + random.choice((-1, 1)) * random.choice(STEPS)
                kinds[f"steps {copy}"] = shuffled
        for kind, made in kinds.items():
            for at, (row, value) in enumerate(zip(rows, made, strict=True)):
                role = "history" if at < made.size - TESTS else "test"
                yield f"{name} {kind}", row[1], value, role, kind.split()[0]


def _report(title: str, source: Path, score: Path, folder: Path) -> None:
    output = folder / "forecast.csv"
    print(f"\n{title} set                          {'  '.join(NAMES)}")
    before = time.process_time()
    forecast_file(source, output)
    seconds = time.process_time() - before
    _print("ours", source, output, score)
    rows = [row for series in _series(source).values() for row in series]
    for name, forecaster in FORECASTERS.items():
        _write(output, _rolled(rows, forecaster), ("pred", "lo80", "hi80", "lo95", "hi95"))
        _print(name, source, output, score)
    print(f"ours took {seconds:.0f} s of CPU")


def _print(name: str, source: Path, output: Path, score: Path) -> None:
    command = [sys.executable, str(score), str(source), str(output)]
    scored = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    for kind in ("all", *sorted(set(scored) - {"all", "missing"})):
        figures = "  ".join(f"{scored[kind][each]:7.3f}" for each in NAMES)
        print(f"{name:<18} {kind:<12} {figures}", flush=True)


def _last(values: Floats) -> float:
    return float(values[-1])


def _median(values: Floats) -> float:
    return float(np.median(values[-10:]))


def _theil_sen(values: Floats) -> float:
    newest = values[-30:]
    if newest.size < 3:
        return float(newest[-1])
    slope, intercept, *_ = stats.theilslopes(newest, np.arange(newest.size))
    return float(intercept + slope * newest.size)


def _level(find: Callable[[Floats], float]) -> Callable[[Sequence[Floats], Sequence[int]], Floats]:
    """Return a forecaster of a median and symmetric quantiles, from the errors so far."""

    def forecast(series: Sequence[Floats], known: Sequence[int]) -> Floats:
        del known
        found = []
        for values in series:
            errors: list[float] = []
            for at in range(1, values.size):
                level = find(values[:at])
                reach = np.quantile(errors[-60:], LEVELS) if errors else np.full(2, np.nan)
                found.append([level, *(level + side * each for each in reach for side in (-1, 1))])
                errors.append(abs(values[at] - level))
        return np.array(found)

    return forecast


def _boosted(series: Sequence[Floats], known: Sequence[int]) -> Floats:
    columns, targets, scales, levels, learnt = [], [], [], [], []
    for values, end in zip(series, known, strict=True):
        differences = np.abs(np.diff(values[:end]))
        scale = max(float(differences.mean()), 1e-9)
        for at in range(1, values.size):
            level = _median(values[:at])
            lags = np.full(LAGS, np.nan)
            lags[: min(at, LAGS)] = (values[max(0, at - LAGS) : at][::-1] - level) / scale
            columns.append(lags)
            targets.append((values[at] - level) / scale)
            scales.append(scale)
            levels.append(level)
            learnt.append(LAGS <= at < end)
    rows, table = np.array(learnt), np.array(columns)
    quantiles = (0.5, 0.1, 0.9, 0.025, 0.975)
    predicted = [
        HistGradientBoostingRegressor(
            loss="quantile", quantile=each, max_iter=150, learning_rate=0.05, random_state=0
        )
        .fit(table[rows], np.array(targets)[rows])
        .predict(table)
        for each in quantiles
    ]
    made: Floats = np.array(levels)[:, None] + np.array(scales)[:, None] * np.column_stack(
        predicted
    )
    return made


FORECASTERS = {
    "last value": _level(_last),
    "median of 10": _level(_median),
    "Theil-Sen of 30": _level(_theil_sen),
    "boosted trees": _boosted,
}


def _rolled(
    rows: Sequence[Row], forecaster: Callable[[Sequence[Floats], Sequence[int]], Floats]
) -> Iterable[tuple[object, ...]]:
    """Give rows of corrected forecasts, on the scale of ratios."""
    series = [list(each) for _, each in groupby(rows, key=lambda row: row[0])]
    values = [np.log([row[2] for row in each]) for each in series]
    known = [sum(row[3] == "history" for row in each) for each in series]
    made = forecaster(values, known)
    start = 0
    for each, logs, end in zip(series, values, known, strict=True):
        own = made[start : start + logs.size - 1]
        start += logs.size - 1
        factors = np.zeros(2)
        for at in range(max(1, end // 2), logs.size):
            middle, bounds = own[at - 1, 0], own[at - 1, 1:]
            reach = np.abs(bounds - middle) * np.repeat(np.exp(factors), 2)
            low, high = middle - reach[::2], middle + reach[1::2]
            factors += RATE * 2 * (np.array(LEVELS) - ((low <= logs[at]) & (logs[at] <= high)))
            if at >= end:
                ends = np.exp(np.column_stack((low, high)).ravel())
                yield each[at][0], each[at][1], float(np.exp(middle)), *ends.tolist()


def _series(path: Path) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            name, role, source = row["series"], row.get("role", ""), row.get("source", "")
            found.setdefault(name, []).append(
                (name, row["timestamp"], float(row["value"]), role, source)
            )
    return found


def _write(
    path: Path,
    rows: Iterable[Sequence[object]],
    columns: Sequence[str] = ("value", "role", "source"),
) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("series", "timestamp", *columns))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
