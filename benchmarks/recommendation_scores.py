"""Share of the single-best → virtual-best gap closed, for ours and three anchors.

Anchors, written here from their definitions: 9 nearest neighbours on standardised
logarithms, a random forest on PAR10 per variant, and pairwise cost-weighted random forests.
Scenarios are pairs NAME_context.csv.gz, NAME_runs.csv.gz in a folder; contexts that no
variant solves are left out, as in ASlib. A draw takes some contexts to learn from at random
and ranks all others; `full` ranks every fold of a random division into ten from the other
nine. The single best is that of the contexts learned from. Without a folder, only synthetic
scenarios are scored.

    python benchmarks/recommendation_scores.py shared/data/recommend --draws 20
    python benchmarks/recommendation_scores.py --sizes 10,25,50 --draws 5
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from patterns.learning.recommendation import Contexts, Costs, Effort, fit_ranker
from tracker.workflow.recommendation_files import read_contexts, read_costs

Floats = NDArray[np.float64]
Choice = NDArray[np.intp]
CUTOFF, PENALTY = 3600.0, 10.0
FOLDS = 10
TREES = 100


@dataclass(frozen=True)
class Scenario:
    """Features, penalised costs and failures of solvable contexts."""

    name: str
    features: Floats
    cost: Floats
    failed: NDArray[np.bool_]

    def costs(self, rows: Choice) -> Costs:
        """Return the costs of some contexts."""
        names = tuple(f"v{column}" for column in range(self.cost.shape[1]))
        return Costs(names, self.cost[rows], self.failed[rows])

    def contexts(self, rows: Choice) -> Contexts:
        """Return some contexts."""
        names = tuple(f"f{column}" for column in range(self.features.shape[1]))
        return Contexts(tuple(f"c{row}" for row in rows), self.features[rows], names)


@dataclass(frozen=True)
class Score:
    """What one draw gave: gap and seconds of each method."""

    gaps: dict[str, float]
    seconds: dict[str, float]


def scaled(known: Floats, asked: Floats) -> tuple[Floats, Floats]:
    """Return logarithms, standardised, with unknown values at the mean."""
    logs = [np.sign(x) * np.log1p(np.abs(x)) for x in (known, asked)]
    mean, spread = np.nanmean(logs[0], axis=0), np.nanstd(logs[0], axis=0)
    first, second = (np.nan_to_num((x - mean) / np.where(spread > 0, spread, 1)) for x in logs)
    return first, second


def nearest(known: Floats, cost: Floats, asked: Floats) -> Choice:
    """Choose by the mean cost of the nine nearest contexts."""
    first, second = scaled(known, asked)
    distance = ((second[:, None, :] - first[None, :, :]) ** 2).sum(axis=2)
    rows = np.argsort(distance, axis=1, kind="stable")[:, :9]
    choice: Choice = cost[rows].mean(axis=1).argmin(axis=1)
    return choice


def forest(known: Floats, cost: Floats, asked: Floats) -> Choice:
    """Choose by a forest of the cost of each variant."""
    first, second = scaled(known, asked)
    predicted = [
        RandomForestRegressor(TREES, random_state=0).fit(first, column).predict(second)
        for column in cost.T
    ]
    choice: Choice = np.argmin(predicted, axis=0)
    return choice


def pairwise(known: Floats, cost: Floats, asked: Floats) -> Choice:
    """Choose by the votes of a forest per pair, weighted by what is at stake."""
    first, second = scaled(known, asked)
    votes = np.zeros((len(asked), cost.shape[1]))
    for one, other in combinations(range(cost.shape[1]), 2):
        difference = cost[:, other] - cost[:, one]
        rows = difference != 0
        if not rows.any():
            continue
        model = RandomForestClassifier(TREES, random_state=0)
        model.fit(first[rows], difference[rows] > 0, np.abs(difference[rows]))
        better = model.predict(second)
        votes[:, one] += better
        votes[:, other] += ~better
    # Of equal votes, the better average.
    choice: Choice = (votes - 1e-9 * cost.mean(axis=0)).argmax(axis=1)
    return choice


ANCHORS: dict[str, Callable[[Floats, Floats, Floats], Choice]] = {
    "nearest": nearest,
    "forest": forest,
    "pairwise": pairwise,
}


def ours(scenario: Scenario, known: Choice, asked: Choice) -> Choice:
    """Choose as `tracker recommend evaluate` does."""
    ranker = fit_ranker(scenario.contexts(known), scenario.costs(known), effort=Effort())
    return ranker.rank(scenario.features[asked])[:, 0]


def splits(scenario: Scenario, size: int, seed: int) -> Iterator[tuple[Choice, Choice]]:
    """Give contexts to learn from and contexts to rank; size 0 means ten folds of all."""
    count = len(scenario.cost)
    order = np.random.default_rng([seed, size]).permutation(count)
    if size:
        yield order[:size], order[size:]
        return
    for fold in range(FOLDS):
        asked = order[fold::FOLDS]
        yield np.setdiff1d(order, asked), asked


def draw(scenario: Scenario, size: int, seed: int) -> Score:
    """Score every method on one draw."""
    single = virtual = 0.0
    sums: dict[str, float] = defaultdict(float)
    seconds: dict[str, float] = defaultdict(float)
    for known, asked in splits(scenario, size, seed):
        cost = scenario.cost[asked]
        single += cost[:, scenario.cost[known].mean(axis=0).argmin()].sum()
        virtual += cost.min(axis=1).sum()
        methods = {"ours": partial(ours, scenario, known, asked)}
        for name, anchor in ANCHORS.items():
            methods[name] = partial(
                anchor, scenario.features[known], scenario.cost[known], scenario.features[asked]
            )
        for name, method in methods.items():
            start = time.perf_counter()
            sums[name] += cost[np.arange(len(asked)), method()].sum()
            seconds[name] += time.perf_counter() - start
    room = single - virtual
    return Score({name: (single - total) / room for name, total in sums.items()}, dict(seconds))


def read_scenarios(folder: Path) -> list[Scenario]:
    """Return the scenarios of a folder."""
    found = []
    for path in sorted(folder.glob("*_context.csv.gz")):
        read = read_contexts(path)
        runs = path.with_name(path.name.replace("_context", "_runs"))
        costs = read_costs(runs, read.contexts).costs
        rows = np.flatnonzero(costs.comparable)
        name = path.name.removesuffix("_context.csv.gz")
        features = read.contexts.features[rows]
        found.append(Scenario(name, features, costs.cost[rows], costs.failed[rows]))
    return found


def synthetic(kind: str, count: int = 400) -> Scenario:
    """Return a scenario of a known structure; times beyond the cut-off fail."""
    random = np.random.default_rng([*kind.encode()])
    x = random.normal(size=(count, 12))
    noise = random.normal(size=(count, 4))
    if kind == "noise":
        logs = 6 + 2 * noise
    elif kind == "threshold":
        logs = 5 + np.stack([2 * x[:, 0], 1 - 2 * x[:, 0], x[:, 1], x[:, 2] + 1], axis=1) + noise
    elif kind == "one-winner":
        logs = np.array([4.0, 6.0, 6.5, 7.0]) + 0.5 * x[:, :4] + noise
    else:  # clusters
        centre = random.integers(0, 6, count)
        x[:, :3] += random.normal(size=(6, 3))[centre] * 3
        logs = 6 + random.normal(size=(6, 4))[centre] * 2 + 0.7 * noise
    time_s = np.exp(logs)
    failed = time_s > CUTOFF
    cost = np.where(failed, PENALTY * CUTOFF, time_s)
    rows = ~failed.all(axis=1)
    return Scenario(f"synthetic {kind}", x[rows], cost[rows], failed[rows])


def report(name: str, size: int, scores: list[Score]) -> None:
    """Print a line per method."""
    for method in ("ours", *ANCHORS):
        gaps = np.array([score.gaps[method] for score in scores])
        error = gaps.std(ddof=1) / np.sqrt(len(gaps)) if len(gaps) > 1 else float("nan")
        spent = np.mean([score.seconds[method] for score in scores])
        print(
            f"{name:22} {size or 'full':>5} {method:9} mean {gaps.mean():6.3f} ± {error:.3f} "
            f"least {gaps.min():6.2f}  {spent:6.1f} s a draw",
            flush=True,
        )


def main() -> None:
    """Score every scenario."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--full-draws", type=int, default=2)
    parser.add_argument("--sizes", default="10,25,50,0", help="contexts learned from; 0: full")
    parser.add_argument("--synthetic", default="noise,threshold,one-winner,clusters")
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    scenarios = read_scenarios(arguments.folder) if arguments.folder else []
    scenarios += [synthetic(kind) for kind in arguments.synthetic.split(",") if kind]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for scenario in scenarios:
            for size in map(int, arguments.sizes.split(",")):
                seeds = range(arguments.draws if size else arguments.full_draws)
                report(scenario.name, size, list(pool.map(partial(draw, scenario, size), seeds)))


if __name__ == "__main__":
    main()
