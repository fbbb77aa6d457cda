"""What it takes to bring a repository of 10,000 files back to its first state, and how true it is.

After a commit that changes five files, the work copy is put back in two ways: by what differs from
its snapshot, as the tracker does it, and by removing and copying everything. Printed are the
times, whether `diff -r` finds a difference afterwards, and how many files the next `git status`
opens again (`strace`), because its cache of inodes and times no longer holds for them.

    python benchmarks/delta_restore.py
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tracker.measurement.probe.client import ProbeClient, start_local_probe

FILES_IN_FOLDER = 50
CHANGED = 5
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LC_ALL": "C",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@b",
}


def git(work: Path, *arguments: str) -> None:
    """Run git in a work copy."""
    subprocess.run(["git", *arguments], cwd=work, env=ENVIRONMENT, check=True, capture_output=True)


def make_repository(work: Path, files: int) -> None:
    """Make a repository of small files, committed."""
    for number in range(files):
        path = work / f"folder{number // FILES_IN_FOLDER}" / f"file{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number}\n" * 50)
    git(work, "init", "-q", "-b", "main")
    git(work, "config", "gc.auto", "0")
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", "first")
    git(work, "status")


def mutate(work: Path) -> None:
    """Change a few files and commit them."""
    for number in range(CHANGED):
        (work / f"folder{number}" / f"file{number * FILES_IN_FOLDER}").write_text("changed\n")
    git(work, "commit", "-q", "-a", "-m", "change")


def copied(work: Path, pristine: Path) -> None:
    """Remove everything and copy it."""
    shutil.rmtree(work)
    subprocess.run(["cp", "-a", pristine, work], check=True)


def files_read_again(work: Path, folder: Path) -> int | None:
    """Return how many work files the next `git status` opens; None without strace."""
    if shutil.which("strace") is None:
        return None
    log = folder / "strace"
    subprocess.run(
        ["strace", "-f", "-e", "trace=open,openat", "-o", log, "git", "status", "--porcelain"],
        cwd=work,
        env={**ENVIRONMENT, "GIT_OPTIONAL_LOCKS": "0"},
        check=True,
        capture_output=True,
    )
    return len(set(re.findall(r'"(folder\d+/file\d+)"', log.read_text())))


def same(work: Path, pristine: Path) -> bool:
    """Return whether `diff -r` finds no difference."""
    done = subprocess.run(["diff", "-r", "-q", work, pristine], capture_output=True, check=False)
    return done.returncode == 0


def measure(probe: ProbeClient, folder: Path, files: int, repeats: int) -> None:
    """Print a line for each way."""
    work, pristine = folder / "work", folder / "pristine"
    make_repository(work, files)
    probe.snapshot(work, pristine)
    ways: dict[str, Callable[[], object]] = {
        "delta restore": lambda: probe.restore(work),
        "rm + cp -a": lambda: copied(work, pristine),
    }
    medians = {}
    print("| way | ms, median | least | most | `diff -r` clean | files read by the next status |")
    print("|---|---|---|---|---|---|")
    for name, way in ways.items():
        took, clean, again = [], [], []
        for _ in range(repeats):
            mutate(work)
            started = time.perf_counter_ns()
            way()
            took.append((time.perf_counter_ns() - started) / 1e6)
            again.append(files_read_again(work, folder))
            clean.append(same(work, pristine))
        medians[name] = statistics.median(took)
        known = [number for number in again if number is not None]
        print(
            f"| {name} | {medians[name]:.0f} | {min(took):.0f} | {max(took):.0f} | "
            f"{sum(clean)} of {repeats} | {max(known) if known else '–'} |",
            flush=True,
        )
    share = medians["delta restore"] / medians["rm + cp -a"]
    print(f"\nThe delta restore takes {100 * share:.1f} % of the time of the copy.")


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, start_local_probe() as probe:
        print(
            f"{datetime.now(UTC):%Y-%m-%d}, {options.files} files, {CHANGED} changed, "
            f"{probe.hello.implementation} probe, {options.repeats} repeats, "
            f"load {os.getloadavg()[0]:.0f}.\n"
        )
        measure(probe, Path(name), options.files, options.repeats)


if __name__ == "__main__":
    main()
