"""How well a repository's times are foretold from the trials on other repositories.

    python benchmarks/retrieval_quality.py STORE.db ... [-k 5]

Each repository in turn is left out: its trials are foretold from those on the others, by what
each way retrieves. `exact task` takes the newest of the same task; `best reward` the highest
rewards of the same task, as one asks for the best known; `TF-IDF` the nearest inputs as text;
`ours` is what `tracker patterns query --like` answers. Intervals are bootstrap percentiles over
repositories, the independent units. Make a history with `tracker run --repo`.
"""

import argparse
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

sys.path.insert(0, str(Path(__file__).parents[1]))

from patterns.learning.similarity import Partition, find_nearest
from patterns.models import AskedContext, Outcome, PatternRecord
from patterns.store import PatternStore

DRAWS = 2_000
LEVEL = (2.5, 97.5)
"""Percentiles of a 95 % interval."""

Retrieve = Callable[[PatternRecord], Sequence[PatternRecord]]


@dataclass(frozen=True)
class Foretold:
    """One trial: logarithms of its time, foretold and true, and the success foretold and true."""

    repository: str
    time: tuple[float, float] | None
    success: tuple[float, float] | None


def read(stores: Sequence[Path]) -> list[PatternRecord]:
    """Return the finished and failed trials of stores that know their repository."""
    found = []
    for path in stores:
        with PatternStore(f"sqlite:///{path}", create=False) as store:
            found += [
                one
                for one in store.records(trials=True)
                if one.context.fixture_id and one.context.status in {"finished", "failed"}
            ]
    return found


def ours(others: Sequence[PatternRecord], k: int) -> Retrieve:
    """Return what finds the structurally nearest."""
    partitions: dict[tuple[str, str | None], Partition] = {}

    def load(operation: str, vcs_type: str | None) -> Partition:
        key = operation, vcs_type
        if key not in partitions:
            partitions[key] = Partition()
            partitions[key].extend(
                [
                    _outcome(place, one)
                    for place, one in enumerate(others)
                    if one.context.operation == operation
                    and vcs_type in {None, one.context.vcs_type}
                ]
            )
        return partitions[key]

    def retrieve(asked: PatternRecord) -> Sequence[PatternRecord]:
        names = AskedContext.model_fields
        context = {name: getattr(asked.context, name) for name in names}
        return [others[place] for place in find_nearest(AskedContext(**context), k, load).ids]

    return retrieve


def _outcome(place: int, record: PatternRecord) -> Outcome:
    context = {name: getattr(record.context, name, None) for name in Outcome._fields}
    pattern = record.pattern
    return Outcome(
        **{
            **context,
            "id": place,
            "latency_ms": pattern.latency_ms,
            "success": int(pattern.success),
        }
    )


def of_task(others: Sequence[PatternRecord], k: int, *, by_reward: bool) -> Retrieve:
    """Return what takes the newest of the same task, or those of the highest reward."""
    groups: defaultdict[str, list[PatternRecord]] = defaultdict(list)
    for one in others:
        groups[one.pattern.task].append(one)

    def newest(one: PatternRecord) -> float:
        return -one.context.created_at

    def best(one: PatternRecord) -> float:
        return -math.inf if one.pattern.reward is None else -one.pattern.reward

    def retrieve(asked: PatternRecord) -> Sequence[PatternRecord]:
        return sorted(groups[asked.pattern.task], key=best if by_reward else newest)[:k]

    return retrieve


def as_text(others: Sequence[PatternRecord], k: int) -> Retrieve:
    """Return what finds the nearest inputs by cosine of TF-IDF weights of their words."""
    vectorizer = TfidfVectorizer(token_pattern=r"[\w.+-]+")
    known = vectorizer.fit_transform(one.pattern.input for one in others)

    def retrieve(asked: PatternRecord) -> Sequence[PatternRecord]:
        near = (known @ vectorizer.transform([asked.pattern.input]).T).toarray().ravel()
        return [others[place] for place in np.argsort(-near, kind="stable")[:k]]

    return retrieve


def foretell(asked: PatternRecord, retrieve: Retrieve) -> Foretold:
    """Return a trial as what is retrieved foretells it: median time and share of successes."""
    found = retrieve(asked)
    times = [one.pattern.latency_ms for one in found if one.pattern.success]
    logs = [math.log(time) for time in times if time]
    true = asked.pattern.latency_ms if asked.pattern.success else None
    share = sum(one.pattern.success for one in found) / len(found) if found else None
    return Foretold(
        repository=asked.context.fixture_id or "",
        time=(float(np.median(logs)), math.log(true)) if logs and true else None,
        success=None if share is None else (share, float(asked.pattern.success)),
    )


def quality(foretold: Sequence[Foretold]) -> dict[str, float]:
    """Return R² of log time, the median factor between foretold and true, and Brier's score."""
    times = np.array([one.time for one in foretold if one.time is not None])
    success = np.array([one.success for one in foretold if one.success is not None])
    errors = times[:, 0] - times[:, 1]
    return {
        "R2": 1 - float((errors**2).sum() / ((times[:, 1] - times[:, 1].mean()) ** 2).sum()),
        "factor": math.exp(float(np.median(np.abs(errors)))),
        "Brier": float(((success[:, 0] - success[:, 1]) ** 2).mean()),
    }


def intervals(foretold: Sequence[Foretold], seed: int = 0) -> dict[str, tuple[float, float]]:
    """Return bootstrap intervals, repositories drawn with replacement."""
    chance = np.random.default_rng(seed)
    by_name: defaultdict[str, list[Foretold]] = defaultdict(list)
    for one in foretold:
        by_name[one.repository].append(one)
    names = sorted(by_name)
    drawn = [
        quality([one for place in places for one in by_name[names[place]]])
        for places in chance.integers(0, len(names), (DRAWS, len(names)))
    ]
    found = {name: np.percentile([one[name] for one in drawn], LEVEL) for name in drawn[0]}
    return {name: (float(low), float(high)) for name, (low, high) in found.items()}


def main() -> None:
    """Print the quality of each way."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stores", type=Path, nargs="+", metavar="STORE.db")
    parser.add_argument("-k", type=int, default=5)
    given = parser.parse_args()
    records = read(given.stores)
    repositories = sorted({one.context.fixture_id for one in records if one.context.fixture_id})
    failed = sum(not one.pattern.success for one in records)
    print(
        f"{len(records)} trials on {len(repositories)} repositories, {failed} failed; k {given.k}"
    )
    ways: dict[str, Callable[[Sequence[PatternRecord], int], Retrieve]] = {
        "exact task": lambda others, k: of_task(others, k, by_reward=False),
        "best reward": lambda others, k: of_task(others, k, by_reward=True),
        "TF-IDF": as_text,
        "ours": ours,
    }
    for name, make in ways.items():
        foretold = []
        for repository in repositories:
            others = [one for one in records if one.context.fixture_id != repository]
            retrieve = make(others, given.k)
            asked = [one for one in records if one.context.fixture_id == repository]
            foretold += [foretell(one, retrieve) for one in asked]
        found, around = quality(foretold), intervals(foretold)
        print(
            f"{name:12}",
            "   ".join(
                f"{what} {found[what]:.3f} [{around[what][0]:.3f}, {around[what][1]:.3f}]"
                for what in found
            ),
        )


if __name__ == "__main__":
    main()
