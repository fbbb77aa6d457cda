"""What a generated fixture costs: our Python beside `git fast-import`, and a cached one again.

    python benchmarks/fixture_generation.py [COMMITS [REPETITIONS]]

The stream is rendered once into a file. Then fast-import reads that file, and fast-import reads the
stream while it is rendered, in turns; each way into a new repository. Repacking and measuring the
repository are not counted. At last the fixture is built through the cache and asked for again.

Two processors must be free: rendering and importing run at the same time. On a busy machine the CPU
times tell which of the two would decide; the ratio of wall times means nothing there.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from shutil import which
from statistics import median

from tracker.fixtures.generation import init_bare
from tracker.fixtures.plumbing import Plumbing
from tracker.fixtures.store import FixtureStore
from tracker.fixtures.stream import Stream
from tracker.models import FixtureRequest, GenerationParameters, RepoSize
from tracker.models.fixture import Branches, Commits, Content, FileTree

BLOCK = 1 << 20
SEED = 1
IMPORT_BOUND = 1.15
REUSE_BOUND = 0.05


def parameters(commits: int) -> GenerationParameters:
    """Return a repository of a thousand files."""
    return GenerationParameters(
        file_tree=FileTree(max_depth=5, files_per_dir=10, dir_count=100),
        commits=Commits(count=commits, authors_count=50),
        branches=Branches(count=20, merge_frequency=0.25, branch_lifetime=2),
        content=Content(avg_file_size=4096),
    )


def timed(work: Callable[[], object]) -> float:
    """Return the seconds of wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def children_cpu() -> float:
    """Return the CPU seconds of all processes this one has started and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(commits: int, repetitions: int) -> int:
    """Print the figures; end with 1 if a bound is missed."""
    asked = parameters(commits)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        git = Plumbing(which("git") or "git", root / "home", "/usr/bin:/bin")
        rendered = root / "stream"

        def render() -> None:
            with rendered.open("wb") as file:
                file.writelines(Stream(asked, SEED).chunks())

        worked = time.process_time()
        rendering = timed(render)
        worked = time.process_time() - worked
        number = 0

        def new() -> Path:
            nonlocal number
            number += 1
            repository = root / f"{number}.git"
            init_bare(git, repository)
            return repository

        def from_file() -> None:
            with rendered.open("rb") as file:
                blocks = iter(lambda: file.read(BLOCK), b"")
                git.feed("fast-import", "--quiet", cwd=new(), chunks=blocks)

        def from_generator() -> None:
            git.feed("fast-import", "--quiet", cwd=new(), chunks=Stream(asked, SEED).chunks())

        before = children_cpu()
        from_file()
        imported = children_cpu() - before
        alone: list[float] = []
        both: list[float] = []
        for turn in range(repetitions):
            ways = [(alone, from_file), (both, from_generator)]
            for times, way in ways if turn % 2 else reversed(ways):
                times.append(timed(way))
        store = FixtureStore(root / "fixtures")
        request = FixtureRequest(size=RepoSize.CUSTOM, parameters=asked)
        built = timed(lambda: store.get(request, seed=SEED))
        again = median(timed(lambda: store.get(request, seed=SEED)) for _ in range(5))
        megabytes = rendered.stat().st_size / 1e6
    ratios = sorted(one / other for one, other in zip(both, alone, strict=True))
    print(f"{commits} commits, {megabytes:.0f} MB, load average {os.getloadavg()[0]:.1f}\n")
    print("| what | seconds |\n|---|---|")
    print(f"| rendering alone | {rendering:.2f}, CPU time {worked:.2f} |")
    print(f"| fast-import alone, CPU time | {imported:.2f} |")
    print(f"| fast-import alone, median of {repetitions} | {median(alone):.2f} |")
    print(f"| rendering and fast-import together, median of {repetitions} | {median(both):.2f} |")
    print(f"| whole fixture, packed, checked and measured | {built:.2f} |")
    print(f"| the same from the cache, median of 5 | {again:.3f} |")
    print(
        f"\ntogether / alone: median {median(ratios):.3f}, {ratios[0]:.3f} to {ratios[-1]:.3f}"
        f" (at most {IMPORT_BOUND}); again / together: {again / median(both):.4f}"
        f" (at most {REUSE_BOUND})"
    )
    return int(median(ratios) > IMPORT_BOUND or again > REUSE_BOUND * median(both))


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    sys.exit(main(*(numbers + [10_000, 3][len(numbers) :])))
