"""How often calls over many series are false, and how many changes are called, by simulation.

Run: python benchmarks/false_discovery.py [--reports 500] [--data FOLDER/train_offline.csv.gz]
With --data the noise of real histories is drawn instead: blocks of their own, shuffled or not.
"""

import argparse
import csv
import gzip
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

from patterns.learning.change_points import detect
from patterns.learning.monitoring.false_discovery import e_benjamini_hochberg
from patterns.learning.monitoring.ranks import level_evidence

Q = 0.1
SERIES = 50
SHIFTED = 0.2
SEEN = (3, 5, 8)
STEPS = (4.0, 6.0, 8.0)
"""Noise standard deviations."""

Draw = Callable[[np.random.Generator, int], np.ndarray]


def autoregression(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return a series whose neighbours are correlated by one half."""
    values = rng.normal(size=n + 50)
    for at in range(1, n + 50):
        values[at] += 0.5 * values[at - 1]
    return values[50:]


NOISES: dict[str, Draw] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "heavy-tailed": lambda rng, n: rng.standard_t(3, n),
    "outliers": lambda rng, n: rng.normal(size=n) + 15.0 * (rng.random(n) < 0.05),
    "two modes": lambda rng, n: 4.0 * (rng.random(n) < 0.3) + 0.5 * rng.normal(size=n),
    "ties": lambda rng, n: np.round(rng.normal(size=n)),
    "correlated .5": autoregression,
}


def main() -> None:
    """Print a row for each length of history, points seen and share of changes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=500)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--before", type=int, nargs="+", default=[100])
    parser.add_argument("--after", type=int, nargs="+", default=list(SEEN))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    pools: dict[str, list[Draw]] = {"simulated noise": list(NOISES.values())}
    if arguments.data is not None:
        pools.clear()
        histories = _quiet(arguments.data)
        pools["real histories, shuffled"] = [_shuffled(one) for one in histories]
        pools["real histories, as measured"] = [_as_measured(one) for one in histories]
    print(f"{arguments.reports} reports of {SERIES} series, q = {Q}; shares with 2 standard errors")
    print(
        "noise                         before  after  any call, none shifted   ever, none shifted"
    )
    for name, pool in pools.items():
        for before in arguments.before:
            for after in arguments.after:
                row(name, pool, before, after, arguments.reports, arguments.seed)


def row(name: str, pool: list[Draw], before: int, after: int, reports: int, seed: int) -> None:
    """Simulate reports without and with changes, and print what came of them."""
    rng = np.random.default_rng((seed, before, after))
    anything, ever, false = [], [], []
    hits: dict[float, list[float]] = defaultdict(list)
    for _ in range(reports):
        quiet = [evidence(rng, pool, which, before, after, 0.0) for which in range(SERIES)]
        anything.append(float(any(called_of([now for now, _ in quiet]))))
        # The peaks bound every earlier look from above: each alone is at its largest.
        ever.append(float(any(called_of([peak for _, peak in quiet]))))
        # The unchanged series of the mixture are those: another draw would say the same.
        steps = np.where(rng.random(SERIES) < SHIFTED, rng.choice(STEPS, SERIES), 0.0)
        mixed = [
            evidence(rng, pool, which, before, after, step)[0] if step else quiet[which][0]
            for which, step in enumerate(steps)
        ]
        called = np.array(called_of(mixed))
        false.append(float(np.sum(called & (steps == 0)) / max(called.sum(), 1)))
        for step in STEPS:
            hits[step] += called[steps == step].astype(float).tolist()
    power = ", ".join(f"{step:g} sd {np.mean(hits[step]):.2f}" for step in STEPS)
    print(
        f"{name:<29} {before:>6} {after:>6}  any {_share(anything)}  ever {_share(ever)}  "
        f"false share {_share(false)}  found {power}",
        flush=True,
    )


def evidence(
    rng: np.random.Generator, pool: list[Draw], which: int, before: int, after: int, step: float
) -> tuple[float | None, float | None]:
    """Return the e-value of a series now, and the largest it ever had."""
    values = pool[which % len(pool)](rng, before + after)
    spread = 1.4826 * np.median(np.abs(values - np.median(values))) or np.std(values)
    sign = rng.choice((-1.0, 1.0))
    found = level_evidence(values + sign * step * spread * (np.arange(values.size) >= before))
    return (found.e_value, found.peak) if found else (None, None)


def called_of(e_values: list[float | None]) -> tuple[bool, ...]:
    """Return which series are called."""
    return e_benjamini_hochberg(e_values, Q)


def _share(values: list[float]) -> str:
    error = 2 * float(np.std(values)) / np.sqrt(len(values))
    return f"{np.mean(values):.3f} ± {error:.3f}"


def _quiet(path: Path) -> list[np.ndarray]:
    """Return the logarithms of the longest stretches without a change of level."""
    series: dict[str, list[float]] = defaultdict(list)
    with gzip.open(path, "rt", newline="") as file:
        for entry in csv.DictReader(file):
            series[entry["series"]].append(float(entry["value"]))
    found = []
    for values in series.values():
        bounds = [0, *(point.index for point in detect(values)), len(values)]
        low, high = max(pairwise(bounds), key=lambda pair: pair[1] - pair[0])
        stretch = np.log(np.array(values[low:high]))
        if stretch.size >= 60 and np.ptp(stretch) > 0:
            found.append(stretch)
    return found


def _shuffled(values: np.ndarray) -> Draw:
    return lambda rng, n: rng.choice(values, n, replace=True)


def _as_measured(values: np.ndarray) -> Draw:
    """Return what continues a stretch by its own mirror image: neighbours stay neighbours."""

    def draw(rng: np.random.Generator, n: int) -> np.ndarray:
        circle = np.concatenate((values, values[::-1]))
        start = int(rng.integers(circle.size))
        return np.resize(np.roll(circle, -start), n)

    return draw


if __name__ == "__main__":
    main()
