"""What recommending gains on this project's own measurements: first measure, then evaluate.

`measure` builds a grid of generated repositories, adds real ones, and measures everyday
operations in every Git variant through `tracker run`, a session per repository.

    python benchmarks/recommendation_demo.py measure FOLDER --real REPOSITORY ...
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tracker.fixtures.store import FixtureStore
from tracker.models import FixtureRequest, GenerationParameters, RepoSize

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

TESTS = ("status-clean", "status-dirty", "add", "commit", "log-path", "count-commits")
GRID = (
    *((60, 60), (100, 1_000), (100, 4_000), (250, 250), (400, 1_500)),
    *((600, 100), (800, 3_000), (1_000, 500), (1_500, 2_000), (2_000, 150)),
    *((3_000, 1_000), (4_000, 4_000), (6_000, 300), (10_000, 1_500), (20_000, 200)),
)
"""Files and commits of the generated repositories."""


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
        ended = subprocess.run(command, check=False)
        print(name, "exit", ended.returncode, flush=True)
        with done.open("a", encoding="utf-8") as stream:
            stream.write(f"{name}\n")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("folder", type=Path)
    measuring.add_argument("--real", type=Path, nargs="*", default=[])
    measuring.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    measure(arguments.folder, arguments.real, arguments.rounds)


if __name__ == "__main__":
    main()
