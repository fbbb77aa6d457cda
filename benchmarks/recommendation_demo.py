"""What recommending gains on this project's own measurements: first measure, then evaluate.

`measure` builds a grid of generated repositories, adds real ones, and measures everyday
operations in every Git variant through `tracker run`, a session per repository.

`evaluate` leaves out one repository after the other, lets the rest advise on it, and compares
the advice with fixed rules and with the best that was measured there (the oracle): regret in
percent and in ms a day, by workload, on mixes nobody named, and with all larger or all smaller
repositories left out.

    python benchmarks/recommendation_demo.py measure FOLDER --real REPOSITORY ...
    python benchmarks/recommendation_demo.py evaluate FOLDER
    python benchmarks/recommendation_demo.py quiet

`quiet` does the same with the medians in `quiet_machine.csv`: git 2.55.0, eight sizes from 200 to
50,000 files, four operations, file-system monitor included, 15 to 21 interleaved rounds on an
otherwise idle machine, each variant's ms as the default's / its ratio.
"""

import argparse
import csv
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from patterns.learning.recommendation.advice import Advice
from patterns.learning.recommendation.advising import HORIZON_DAYS, Adviser, Question
from patterns.learning.recommendation.cases import Contexts
from patterns.learning.recommendation.history import BASELINE, FEATURES, CostHistory, history_of
from patterns.learning.recommendation.model import Effort
from patterns.learning.recommendation.racing import Race
from patterns.learning.recommendation.workload import PROFILES, Workload, weigh
from patterns.models import PatternRecord, TrialRow
from patterns.store import PatternStore
from tracker.fixtures.store import FixtureStore
from tracker.models import FixtureRequest, GenerationParameters, RepoSize
from tracker.workflow.contenders import FULL_ROUNDS, contenders, most_rounds

VARIANTS = (
    "git",
    "git+untracked-cache",
    "git+manyfiles",
    "git+commit-graph+changed-paths",
    "git+scalar",
)
EVERYTHING_ON = "git+scalar"
"""What `scalar register` sets, and a commit-graph: the everything-on of a Git without a builtin
file-system monitor for Linux (before 2.55)."""

TESTS = ("status-clean", "status-dirty", "commit", "log-path")
GRID = (
    *((60, 60), (100, 1_000), (100, 4_000), (250, 250), (400, 1_500)),
    *((1_000, 500), (2_000, 150), (150, 400), (800, 3_000), (3_000, 1_000)),
    *((200, 2_000), (1_500, 2_000), (600, 100), (4_500, 300)),
)
"""Files and commits of the generated repositories."""


PRACTICAL = 0.05
"""Relative regret that nobody notices."""


def generated(cache: Path, files: int, commits: int) -> Path:
    """Return a repository of that shape, built once."""
    per_folder = 10
    parameters = GenerationParameters.model_validate(
        {
            "fileTree": {
                "maxDepth": 5,
                "filesPerDir": per_folder,
                "dirCount": max(files // per_folder, 1),
            },
            "commits": {"count": commits, "timeSpan": 400, "authorsCount": 20},
            "branches": {"count": 8, "mergeFrequency": 0.2, "branchLifetime": 2},
            "tags": {"count": 10},
            "content": {"avgFileSize": 2048},
        }
    )
    request = FixtureRequest(size=RepoSize.CUSTOM, parameters=parameters, seed=files + commits)
    fixture = FixtureStore(cache).get(request, seed=0)
    return Path(fixture.path)


def measure(folder: Path, real: list[Path], rounds: int) -> None:
    """Measure what is not measured yet; FOLDER becomes a project of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "MLproject").touch()
    done = folder / "measured.txt"
    known = set(done.read_text(encoding="utf-8").split()) if done.exists() else set()
    shapes = {f"{files}x{commits}": (files, commits) for files, commits in GRID}
    wanted = [*shapes, *(f"real{place}" for place in range(len(real)))]
    for name in wanted:
        if name in known:
            continue
        shape = shapes.get(name)
        path = generated(folder / "repositories", *shape) if shape else real[int(name[4:])]
        command = [
            *(sys.executable, "-m", "tracker", "--project", str(folder), "run"),
            *("basic-operations", "scale-testing", "--repo", str(path.absolute())),
            *(word for test in TESTS for word in ("--test", test)),
            *(word for variant in VARIANTS for word in ("--variant", variant)),
            *("--iterations", str(rounds), "--warmup", "1", "--seed", "7"),
        ]
        begun = folder / f"begun-{name}"
        if begun.exists():  # it was interrupted: what is measured of it stays
            command = [*command[:6], "--resume"]
        begun.touch()
        ended = subprocess.run(command, check=False)
        print(name, "exit", ended.returncode, flush=True)
        with done.open("a", encoding="utf-8") as stream:
            stream.write(f"{name}\n")


@dataclass(frozen=True)
class Score:
    """What one held-out repository says: ratio of each policy to the baseline, and the truth."""

    files: float
    base_ms: float
    ratios: dict[str, float]
    oracle: float
    covered: list[bool]
    measurable: bool
    share: float | None = None
    """Iterations of the verification / those of the full factorial."""


@dataclass(frozen=True)
class Rounds:
    """The measured rounds of a history: ms by (repository, operation, variant), in their order."""

    ms: dict[tuple[str, str, str], list[float]]

    def race(self, advice: Advice, repository: str, work: Workload, seed: int) -> tuple[str, float]:
        """Return who wins a race of resampled rounds, and its share of the full factorial.

        A round is drawn whole, so what its iterations had in common stays in common.
        """
        random = np.random.default_rng(seed)
        race = Race(contenders(advice))
        iterations = len(race.names)  # the warm-up
        while not race.decided and race.rounds < most_rounds(advice, race.names):
            iterations += len(race.alive)
            place = int(random.integers(1 << 30))
            race.add({name: self._cost(repository, work, name, place) for name in race.alive})
        return race.best, iterations / (len(advice.ranking) * FULL_ROUNDS)

    def _cost(self, repository: str, work: Workload, variant: str, place: int) -> float:
        total = 0.0
        for operation, times in work.per_day.items():
            values = self.ms[repository, operation, variant]
            total += times * values[place % len(values)]
        return total


def workloads(operations: tuple[str, ...], mixes: int) -> dict[str, list[Workload]]:
    """Return the profiles as far as they were measured, and random mixes of the operations."""
    found = {}
    for name, profile in PROFILES.items():
        known = {one: times for one, times in profile.per_day.items() if one in operations}
        found[name] = [Workload(name, known, profile.source)]
    random = np.random.default_rng(0)
    drawn = 1000 * random.dirichlet(np.full(len(operations), 0.5), mixes)
    found[f"{mixes} random mixes"] = [
        Workload("mix", dict(zip(operations, shares + 1e-6, strict=True)), "drawn")
        for shares in drawn
    ]
    return found


def without(history: CostHistory, rows: NDArray[np.intp]) -> CostHistory:
    """Return the history of some repositories."""
    places = {row: place for place, row in enumerate(rows)}
    kept = {
        (places[row], name): runs for (row, name), runs in history.runs.items() if row in places
    }
    return replace(
        history,
        repositories=history.repositories.take(rows),
        ms=history.ms[rows],
        one_off_ms=history.one_off_ms[rows],
        runs=kept,
        rounds={},
    )


def quiet_history() -> CostHistory:
    """Return the medians that were measured on a quiet machine."""
    with (Path(__file__).parent / "quiet_machine.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    sizes = sorted({float(row["files"]) for row in rows})
    operations = tuple(sorted({row["operation"] for row in rows}))
    variants = tuple(sorted({row["variant"] for row in rows}))
    ms = np.full((len(sizes), len(operations), len(variants)), np.nan)
    for row in rows:
        place = sizes.index(float(row["files"])), operations.index(row["operation"])
        ms[(*place, variants.index(row["variant"]))] = float(row["ms"])
    features = np.array([[size, 20.0, 1.0, 0.0, 1024 * size] for size in sizes])
    return CostHistory(
        repositories=Contexts(tuple(f"{size:g}" for size in sizes), features, FEATURES),
        operations=operations,
        variants=variants,
        ms=ms,
        one_off_ms=np.zeros((len(sizes), len(variants))),
        runs={},
        rounds={},
        versions=("git 2.55.0",),
        patterns=len(rows),
    )


QUIET_MIXES = {
    "edit-heavy": {"status-dirty": 700.0, "commit": 200.0, "add": 100.0},
    "prompt": {"status-clean": 1000.0},
    "stage-heavy": {"status-dirty": 300.0, "commit": 200.0, "add": 500.0},
}


def quiet() -> None:
    """Print regrets with one size left out."""
    history = quiet_history()
    everything = np.arange(len(history.repositories))
    for name, mix in QUIET_MIXES.items():
        work = Workload(name, mix, "a mix")
        scores = [
            found
            for row in everything
            if (found := score(history, None, everything[everything != row], int(row), work))
        ]
        report(f"{name}, one size left out", scores)
        for one in scores:
            told = ", ".join(
                f"{policy} {100 * (ratio / one.oracle - 1):.0f} %"
                for policy, ratio in one.ratios.items()
            )
            print(f"    {one.files:6.0f} files, {one.base_ms:8.0f} ms a day by default: {told}")


def only(
    history: CostHistory, operations: tuple[str, ...], variants: tuple[str, ...]
) -> CostHistory:
    """Return some operations and variants of a history."""
    places = [history.operations.index(name) for name in operations]
    kept = [history.variants.index(name) for name in variants]
    return replace(
        history,
        operations=operations,
        variants=variants,
        ms=history.ms[:, places][:, :, kept],
        one_off_ms=history.one_off_ms[:, kept],
    )


def score(
    history: CostHistory, rounds: Rounds | None, known: NDArray[np.intp], row: int, work: Workload
) -> Score | None:
    """Advise on one repository from others and compare with what was measured in it."""
    truth = weigh(history, work, horizon_days=HORIZON_DAYS)
    logs = np.log(truth.ratios.cost)
    if not np.isfinite(logs[row, history.variants.index(BASELINE)]):
        return None
    if rounds is not None and not np.isfinite(logs[row]).all():
        return None
    features = dict(zip(FEATURES, history.repositories.features[row].tolist(), strict=True))
    adviser = Adviser.fit(without(history, known), work, effort=Effort(trees=60))
    advice = adviser.advise(Question(features, work, "here"))
    places = {name: place for place, name in enumerate(history.variants)}
    here = np.isfinite(logs[row])
    ranked = [places[advice.recommended], *(places[one.variant] for one in advice.ranking)]
    on = places[EVERYTHING_ON] if rounds else places["git+fsmonitor+manyfiles"]
    means = np.where(here, np.nanmean(logs[known], axis=0), np.inf)
    chosen = {
        # What was not measured there cannot be scored: the next in the ranking is taken.
        "ours": next(place for place in ranked if here[place]),
        "default": places[BASELINE],
        "everything on": on if here[on] else places["git+fsmonitor"],
        "manyFiles": places["git+manyfiles"],
        "single best": int(np.argmin(means)),
    }
    share = None
    if rounds is not None:
        verified, share = rounds.race(advice, history.repositories.ids[row], work, seed=row)
        chosen["ours, verified"] = places[verified]
    covered = [
        one.ratio.low <= np.exp(logs[row, places[one.variant]]) <= one.ratio.high
        for one in advice.ranking
        if one.variant != BASELINE and one.ratio and one.ratio.low and one.ratio.high
    ]
    return Score(
        files=features["files"],
        base_ms=float(truth.base_ms[row]),
        ratios={name: float(np.exp(logs[row, column])) for name, column in chosen.items()},
        oracle=float(np.exp(np.nanmin(logs[row]))),
        covered=[bool(one) for one in covered],
        measurable=advice.verdict == "faster",
        share=share,
    )


def report(name: str, scores: list[Score]) -> None:
    """Print a line for each policy."""
    if not scores:
        print(f"{name}: nothing was measured whole")
        return
    covered = [one for each in scores for one in each.covered]
    print(
        f"{name}: {len(scores)} held out; ratios in their 80 % interval: "
        f"{np.mean(covered) if covered else float('nan'):.2f} of {len(covered)}; "
        f"said to be faster: {sum(one.measurable for one in scores)}"
    )
    shares = [one.share for one in scores if one.share is not None]
    if shares:
        print(
            f"  verified with {100 * np.mean(shares):.0f} % of the full factorial's iterations, "
            f"at most {100 * np.max(shares):.0f} %"
        )
    for policy in scores[0].ratios:
        relative = np.array([one.ratios[policy] / one.oracle - 1 for one in scores])
        lost = np.array([(one.ratios[policy] - one.oracle) * one.base_ms for one in scores])
        right = np.mean(relative < PRACTICAL)
        print(
            f"  {policy:14} regret mean {100 * relative.mean():6.1f} %  worst "
            f"{100 * relative.max():6.1f} %  within 5 % of the best {100 * right:3.0f} %  "
            f"mean {lost.mean():9.0f} ms a day"
        )


def read(store: PatternStore, metric: str) -> tuple[CostHistory, Rounds]:
    """Return the history and its rounds in wall time, or in CPU time.

    A busy machine stretches wall time; CPU time it hardly touches.
    """
    records: list[PatternRecord] = []
    ms: dict[tuple[str, str, str], list[float]] = {}
    for record in list(store.records(trials=True)):
        context = record.context
        rows = [row for row in store.results(context.run_id or "") if row.success]
        values = [value for row in rows if (value := spent(row, metric)) is not None]
        if values:
            pattern = record.pattern.model_copy(update={"latency_ms": median(values)})
            records.append(record.model_copy(update={"pattern": pattern}))
            ms[context.fixture_id or "", context.operation, context.variant] = values
    return history_of(records), Rounds(ms)


def spent(row: TrialRow, metric: str) -> float | None:
    """Return an iteration's ms."""
    if metric == "wall":
        return row.execution_time_ms
    if row.cpu_user_ms is None or row.cpu_system_ms is None:
        return None
    return row.cpu_user_ms + row.cpu_system_ms


def evaluate(folder: Path, mixes: int, metric: str) -> None:
    """Print every comparison."""
    with PatternStore(f"sqlite:///{folder / 'tracker.db'}") as store:
        history, rounds = read(store, metric)
    history = only(history, TESTS, VARIANTS)
    files = history.repositories.features[:, 0]
    everything = np.arange(len(files))
    shape = ", ".join(f"{count:.0f}" for count in np.sort(files))
    tried = f"{len(history.operations)} operations × {len(history.variants)} variants"
    print(f"{len(files)} repositories of {shape} files; {tried}; {history.patterns} trials")
    middle = float(np.median(files))
    for name, works in workloads(history.operations, mixes).items():
        for title, train in {
            "one repository left out": None,
            "all larger ones left out": files <= middle,
            "all smaller ones left out": files > middle,
        }.items():
            if train is not None and name not in PROFILES:
                continue
            scores = []
            for work in works:
                for row in everything:
                    known = everything[everything != row] if train is None else everything[train]
                    if train is not None and train[row]:
                        continue
                    found = score(history, rounds, known, int(row), work)
                    scores += [found] if found else []
            report(f"{name}, {title}", scores)
            if train is None:
                for low, high in ((0, 500), (500, 2_500), (2_500, 1e9)):
                    some = [one for one in scores if low <= one.files < high]
                    report(f"{name}, {low:g} to {high:g} files", some)


def main() -> None:
    """Measure or evaluate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("folder", type=Path)
    measuring.add_argument("--real", type=Path, nargs="*", default=[])
    measuring.add_argument("--rounds", type=int, default=4)
    commands.add_parser("quiet")
    evaluating = commands.add_parser("evaluate")
    evaluating.add_argument("folder", type=Path)
    evaluating.add_argument("--mixes", type=int, default=3)
    evaluating.add_argument("--metric", choices=("wall", "cpu"), default="wall")
    arguments = parser.parse_args()
    if arguments.command == "quiet":
        quiet()
        return
    if arguments.command == "evaluate":
        evaluate(arguments.folder, arguments.mixes, arguments.metric)
        return
    measure(arguments.folder, arguments.real, arguments.rounds)


if __name__ == "__main__":
    main()
