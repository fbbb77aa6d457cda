"""How often the interval of an adaptively stopped measurement covers.

Log ratios without a difference are drawn from several shapes of noise. After each round the length
of the signed-rank interval is looked at, as `tracker run --precision` does. Printed is how often
the interval at the end holds 0, for a rule that stops at the first short interval and for one that
measures a quarter more unseen. (The one in use then looks once more and goes on where the
interval has become too long; that is rare and left out.)

    python benchmarks/precision_coverage.py
"""

import argparse
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from patterns.statistics.paired import signed_rank_cumulative
from tracker.measurement.precision import LEAST_ROUNDS, UNSEEN

FloatArray = NDArray[np.float64]

CONFIDENCE = 0.95
MOST = 60
SHAPES: dict[str, Callable[[np.random.Generator, tuple[int, int]], FloatArray]] = {
    "normal": lambda random, shape: random.normal(0, 1, shape),
    "Laplace": lambda random, shape: random.laplace(0, 0.83, shape),
    "t with 3 degrees of freedom": lambda random, shape: random.standard_t(3, shape) / 1.3,
}


def bounds(samples: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return both ends of the interval of each row."""
    count = samples.shape[1]
    first, second = np.triu_indices(count)
    averages = (samples[:, first] + samples[:, second]) / 2
    cumulative = signed_rank_cumulative(count)
    at = int(np.searchsorted(2 * cumulative, 1 - CONFIDENCE, side="left")) - 1
    last = averages.shape[1] - 1 - at
    ordered = np.partition(averages, (at, last), axis=1)
    return ordered[:, at], ordered[:, last]


def simulate(samples: FloatArray, wanted: float, unseen: float) -> tuple[float, float]:
    """Return the coverage of the interval at the end and the mean number of rounds."""
    rows = np.arange(len(samples))
    ends = np.full(len(samples), MOST)
    for count in range(LEAST_ROUNDS, round(MOST / (1 + unseen)) + 1):
        low, high = bounds(samples[rows, :count])
        short = (high - low) / 2 <= wanted
        ends[rows[short]] = count + math.ceil(unseen * count)
        rows = rows[~short]
        if rows.size == 0:
            break
    covered = 0
    for count in np.unique(ends):
        low, high = bounds(samples[ends == count, :count])
        covered += int(np.sum((low <= 0) & (high >= 0)))
    return covered / len(samples), float(ends.mean())


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=4000, help="in each cell (4000)")
    options = parser.parse_args()
    random = np.random.default_rng(20261122)
    error = math.sqrt(CONFIDENCE * (1 - CONFIDENCE) / options.samples)
    print(f"{options.samples} samples a cell, standard error {100 * error:.2f} points.\n")
    print("| noise | rounds wanted | first short interval | rounds | a quarter more | rounds |")
    print("|---|---|---|---|---|---|")
    for name, draw in SHAPES.items():
        for expected in (18, 26, 36):
            samples = draw(random, (options.samples, MOST))
            wanted = 1.96 / math.sqrt(expected)
            cells = [simulate(samples, wanted, unseen) for unseen in (0.0, UNSEEN)]
            figures = " | ".join(f"{100 * share:.1f} % | {rounds:.1f}" for share, rounds in cells)
            print(f"| {name} | {expected} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
