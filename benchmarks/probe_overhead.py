"""What the probe costs outside the clock, and how its wall times compare with two other ways.

The others are a C loop of posix_spawn and wait4, compiled here, and `hyperfine -N`
(left out when it is not installed). Blocks of each way take turns, because a machine
drifts; medians and lower deciles are over all iterations and blocks. Hyperfine's time
outside its clock contains its start-up, divided over the block. Run it on a quiet machine:

    python benchmarks/probe_overhead.py
    sudo chrt -f 10 python benchmarks/probe_overhead.py   # where others work, too
"""

import argparse
import json
import platform
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tracker.measurement.probe.client import ProbeClient, start_local_probe
from tracker.measurement.probe.protocol import RunRequest

C_LOOP = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
extern char **environ;
static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}
int main(int count, char **arguments) {
    posix_spawn_file_actions_t actions;
    if (count < 3) return 2;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    long long begin = now();
    for (int left = atoi(arguments[1]); left > 0; left--) {
        pid_t child;
        int status;
        struct rusage usage;
        long long start = now();
        if (posix_spawnp(&child, arguments[2], &actions, NULL, arguments + 2, environ) != 0)
            return 3;
        wait4(child, &status, 0, &usage);
        printf("%lld ", now() - start);
    }
    printf("%lld\n", now() - begin);
}
"""

Block = Callable[[list[str], int], tuple[list[float], float]]
"""Run a command n times; return each wall time and the time of the whole block, in ms."""


class Bench:
    """The ways to run a command, in one folder with one environment."""

    def __init__(self, folder: Path, environment: dict[str, str], client: ProbeClient) -> None:
        self.folder, self.environment, self.client = folder, environment, client
        self.loop = folder / "loop"
        (folder / "loop.c").write_text(C_LOOP)
        subprocess.run(["cc", "-O2", "-o", self.loop, folder / "loop.c"], check=True)

    def by_probe(
        self, arguments: list[str], count: int, **fields: str | int
    ) -> tuple[list[float], float]:
        """Run through the tracker's client: round trip, JSON and validation included."""
        request = RunRequest.model_validate(
            {"cwd": str(self.repository), "env": self.environment, "steps": [arguments], **fields}
        )
        begin = time.perf_counter_ns()
        walls = [self.client.run(request).wall_ns / 1e6 for _ in range(count)]
        return walls, (time.perf_counter_ns() - begin) / 1e6

    def by_loop(self, arguments: list[str], count: int) -> tuple[list[float], float]:
        """Run in the C loop."""
        done = self._capture([str(self.loop), str(count), *arguments])
        *walls, whole = (int(number) / 1e6 for number in done.split())
        return walls, whole

    def by_hyperfine(self, arguments: list[str], count: int) -> tuple[list[float], float]:
        """Run by `hyperfine -N`; its whole block is its own time less its start-up."""
        exported = self.folder / "hyperfine.json"
        command = ["hyperfine", "-N", "-r", str(count), "-w", "0", "--style", "none"]
        begin = time.perf_counter_ns()
        self._capture([*command, "--export-json", str(exported), " ".join(arguments)])
        whole = (time.perf_counter_ns() - begin) / 1e6
        return [one * 1e3 for one in json.loads(exported.read_text())["results"][0]["times"]], whole

    @property
    def repository(self) -> Path:
        """Return where commands run."""
        return self.folder / "repository"

    def _capture(self, command: list[str]) -> bytes:
        return subprocess.run(
            command, cwd=self.repository, env=self.environment, capture_output=True, check=True
        ).stdout


def make_repository(bench: Bench, files: int) -> None:
    """Make a repository of small files, committed and unchanged."""
    bench.repository.mkdir()
    for number in range(files):
        (bench.repository / f"file{number}").write_text(f"{number}\n")
    for command in ("init -q -b main", "add .", "commit -q -m first", "status"):
        subprocess.run(
            ["git", *command.split()],
            cwd=bench.repository,
            env=bench.environment,
            check=True,
            capture_output=True,
        )


@contextmanager
def memory_group() -> Iterator[Path | None]:
    """Make a control group for memory, or give None where that is not allowed."""
    parent = Path("/sys/fs/cgroup/memory")
    group = (parent if parent.is_dir() else Path("/sys/fs/cgroup")) / "tracker-probe-overhead"
    try:
        group.mkdir()
    except OSError:
        yield None
        return
    yield group
    for _ in range(100):
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.05)
        else:
            return


def measure(ways: dict[str, Block], arguments: list[str], blocks: int, count: int) -> None:
    """Let every way take turns and print a line for each."""
    walls: dict[str, list[float]] = {name: [] for name in ways}
    outside: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(blocks):
        names = list(ways) if number % 2 == 0 else list(reversed(ways))
        for name in names:
            block, whole = ways[name](arguments, count)
            walls[name] += block
            outside[name].append((whole - sum(block)) / count)
    for name in ways:
        decile = statistics.quantiles(walls[name], n=10)[0]
        quiet = statistics.quantiles(outside[name], n=10)[0]
        print(
            f"| {' '.join(arguments)} | {name} | {statistics.median(walls[name]):.3f} | "
            f"{decile:.3f} | {statistics.median(outside[name]):.3f} | {quiet:.3f} |"
        )


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--blocks", type=int, default=8, help="turns of each way (8)")
    parser.add_argument("--count", type=int, default=60, help="iterations of a block (60)")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        start_local_probe() as client,
        start_local_probe() as grouped,
        memory_group() as group,
    ):
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder, "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_OPTIONAL_LOCKS": "0",
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b",
            "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
        }  # fmt: skip
        bench = Bench(Path(folder), environment, client)
        in_group = Bench(Path(folder), environment, grouped)
        make_repository(bench, 500)
        ways: dict[str, Block] = {
            "C loop": bench.by_loop,
            "probe": bench.by_probe,
            "probe, timeout": lambda what, n: bench.by_probe(what, n, timeoutMs=60_000),
        }
        if group:
            ways["probe, cgroup"] = lambda what, n: in_group.by_probe(what, n, cgroup=str(group))
        if shutil.which("hyperfine"):
            ways["hyperfine -N"] = bench.by_hyperfine
        print_head(client)
        for arguments in (["true"], ["git", "--version"], ["git", "status"]):
            measure(ways, arguments, options.blocks, options.count)
        grouped.close()


def print_head(client: ProbeClient) -> None:
    """Print where this is measured and by what."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.release().split('-')[0]}, "
        f"{client.hello.implementation} probe of {(client.hello.floor_bytes or 0) / 1e6:.1f} MB, "
        f"this process {held:.0f} MB\n"
    )
    print("| command | way | wall ms: median | decile | outside ms: median | decile |")
    print("|---|---|---|---|---|---|")


if __name__ == "__main__":
    main()
