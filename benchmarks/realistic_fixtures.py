"""How near generated repositories come to real ones, by eight properties.

    python benchmarks/realistic_fixtures.py REPOSITORY...

Each repository is surveyed by plumbing, learned (`tracker fixtures learn`), and generated again by
both strategies: synthetic from the learned numbers of files, commits, authors, branches and means,
realistic with the learned distributions as well. The distance between two samples is that of
Kolmogorov and Smirnov: the largest difference of their cumulative shares, 0 where they agree and 1
where they have nothing in common.
"""

import sys
import tempfile
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from shutil import which

from tracker.fixtures.importing import examine
from tracker.fixtures.plumbing import Plumbing
from tracker.fixtures.presets import preset
from tracker.fixtures.store import FixtureStore
from tracker.fixtures.survey import Survey, learn, survey
from tracker.models import FixtureRequest, FixtureStrategy, GenerationParameters, RepoSize

SEEDS = (1, 2)
ENOUGH = 0.5


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the two-sample Kolmogorov–Smirnov statistic."""
    first, second = sorted(one), sorted(other)
    places = sorted({*first, *second})
    return max(
        abs(bisect_right(first, x) / len(first) - bisect_right(second, x) / len(second))
        for x in places
    )


def distances(real: Survey, made: Sequence[Survey]) -> dict[str, float]:
    """Return the mean distance over the seeds, by property."""
    return {
        name: sum(distance(getattr(real, name), getattr(one, name)) for one in made) / len(made)
        for name in Survey.model_fields
    }


def main(sources: Sequence[str]) -> int:
    """Print a table for each repository; end with 1 if one is not near enough."""
    git_name = which("git") or "git"
    far = False
    with tempfile.TemporaryDirectory() as scratch:
        git = Plumbing(git_name, Path(scratch) / "home", "/usr/bin:/bin")
        store = FixtureStore(Path(scratch) / "fixtures", git_name)

        def made(strategy: FixtureStrategy, parameters: GenerationParameters) -> list[Survey]:
            request = FixtureRequest(size=RepoSize.CUSTOM, strategy=strategy, parameters=parameters)
            paths = [store.get(request, seed=seed).path for seed in SEEDS]
            return [survey(git, examine(git, path)) for path in paths]

        for source in sources:
            examined = examine(git, source)
            real, learned = survey(git, examined), learn(git, examined)
            found = {
                "preset": distances(real, made(FixtureStrategy.SYNTHETIC, preset(RepoSize.SMALL))),
                "synthetic": distances(real, made(FixtureStrategy.SYNTHETIC, learned)),
                "unlearned": distances(
                    real,
                    made(FixtureStrategy.REALISTIC, learned.model_copy(update={"shape": None})),
                ),
                "realistic": distances(real, made(FixtureStrategy.REALISTIC, learned)),
            }
            far |= show(Path(source).name, learned, found)
    return 1 if far else 0


def show(name: str, learned: GenerationParameters, found: dict[str, dict[str, float]]) -> bool:
    """Print one repository's table and return whether the realistic strategy is too far off."""
    tree = learned.file_tree
    print(
        f"\n{name}: {tree.files_per_dir * tree.dir_count} files, {learned.commits.count} commits,"
        f" {learned.commits.authors_count} authors; mean of {len(SEEDS)} seeds\n"
    )
    print(
        "| property | synthetic, small preset | synthetic, learned means | realistic, typical"
        " shape | realistic, learned | of synthetic |"
    )
    print("|---|---|---|---|---|---|")
    columns = {key: dict(values) for key, values in found.items()}
    for values in columns.values():
        values["mean"] = sum(values.values()) / len(values)
    for row in (*Survey.model_fields, "mean"):
        cells = " | ".join(f"{columns[key][row]:.3f}" for key in found)
        base = columns["synthetic"][row]
        share = f"{columns['realistic'][row] / base:.2f}" if base else "–"
        print(f"| {row.replace('_', ' ')} | {cells} | {share} |")
    return columns["realistic"]["mean"] > ENOUGH * columns["synthetic"]["mean"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
