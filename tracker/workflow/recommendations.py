"""Recommendations from files: rank variants by features, each fold from the others."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from patterns.learning.recommendation import Effort, RecommendationError, cross_rank
from tracker.config import InputError
from tracker.workflow.recommendation_files import (
    rankings_csv,
    read_contexts,
    read_costs,
    write_whole,
)


@dataclass(frozen=True)
class Evaluation:
    """What was ranked, and who chose."""

    text: str
    contexts: int
    ranked: int
    without_costs: int
    other_runs: int
    families: tuple[tuple[str, int], ...]
    """Families and in how many folds each chose."""


def evaluate(
    contexts_file: Path, runs_file: Path, output: Path | None, *, seed: int = 0, jobs: int = 1
) -> Evaluation:
    """Rank the variants of every context from the contexts of the other folds."""
    read = read_contexts(contexts_file)
    runs = read_costs(runs_file, read.contexts)
    try:
        ranking = cross_rank(
            read.contexts, runs.costs, read.folds, effort=Effort(seed=seed, jobs=jobs)
        )
    except RecommendationError as error:
        raise InputError.single(contexts_file, str(error)) from error
    text = rankings_csv(read.contexts, runs.costs.variants, ranking)
    if output is not None:
        write_whole(output, text)
    chosen = Counter(family.value for family in ranking.families.values())
    return Evaluation(
        text=text,
        contexts=len(read.contexts),
        ranked=sum(order is not None for order in ranking.order),
        without_costs=int((~runs.costs.measured.any(axis=1)).sum()),
        other_runs=runs.other_runs,
        families=tuple(sorted(chosen.items())),
    )
