"""The same commands on this machine and in a hardened container, in pairs.

In each round every command runs once here and once there, in random order, each in a repository of
its own on the same kind of storage. The container's tools are copied from this machine, so that
both sides run the same binaries. Printed are, for each command, the ratio container / host of CPU
time with its 90 % interval, the peak memory of both, and what a round trip to the container's probe
takes beyond the command.

    python benchmarks/host_and_container.py    # needs a running engine, git, and a static jj

Run it on a quiet machine: under load a container gets a share of the processors of its own, and is
measured better than the host.
"""

import argparse
import io
import os
import re
import shutil
import statistics
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from patterns.statistics.comparison import compare
from tracker.fixtures.presets import preset
from tracker.fixtures.store import FixtureStore
from tracker.measurement.docker.engine import connect, engine_facts
from tracker.measurement.docker.place import DockerPlace
from tracker.measurement.place import LocalPlace, Place
from tracker.measurement.probe.client import ProbeClient, start_local_probe
from tracker.measurement.probe.protocol import RunAnswer, RunRequest
from tracker.measurement.work_copy import make_work_copy
from tracker.models import FixtureRequest, RepositoryFixture, RepoSize, Variant
from tracker.models.config import DockerEnvironment
from tracker.vcs.registry import get_vcs

COMMANDS = {
    "git": (("git", "status", "--porcelain"), ("git", "log", "-n", "20")),
    "jujutsu": (("jj", "log", "-n", "20"),),
}
IMAGE = "vcs-tracker-same-tools"
SMALL_PROGRAMS = (
    *("basename", "cat", "chmod", "cp", "cut", "dd", "dirname", "env", "find", "grep", "head"),
    *("ln", "ls", "mkdir", "mv", "printf", "rm", "sed", "seq", "sleep", "sort", "tail", "tee"),
    *("touch", "tr", "true", "uniq", "wc", "xargs"),
)
"""What steps of the shipped suites call beside git and jj."""

WARM_UPS = 3
LEVEL = 0.90


def libraries(program: Path) -> list[str]:
    """Return the shared libraries a program needs, none for a static one."""
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    return re.findall(r"(/\S+) \(0x", listed.stdout)


def import_tools() -> str:
    """Make an image of this machine's shell, git and jj."""
    programs = {"/usr/bin/git": "git", "/bin/sh": "sh", "/usr/local/bin/jj": "jj"}
    programs |= {f"/usr/bin/{name}": name for name in SMALL_PROGRAMS}
    files: dict[str, bytes] = {}
    for place, name in programs.items():
        found = shutil.which(name)
        if found is None:
            continue
        real = Path(found).resolve()
        files[place] = real.read_bytes()
        files |= {library: Path(library).read_bytes() for library in libraries(real)}
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("usr/bin/git-upload-pack")
        link.type, link.linkname = tarfile.SYMTYPE, "git"
        archive.addfile(link)
    api = connect()
    api.import_image_from_data(made.getvalue(), repository=IMAGE, tag="latest")
    api.close()
    return f"{IMAGE}:latest"


def prepared(
    place: Place, system: str, fixture: RepositoryFixture
) -> tuple[ProbeClient, str, Mapping[str, str]]:
    """Make a work copy in a place; return its probe, folder and environment."""
    site = place.site(system)
    copy = make_work_copy(
        site,
        place.work_root / f"copy-{system}",
        vcs=get_vcs(system),
        variant=Variant(name=system, vcs_type=system),
        fixture=fixture,
    )
    return site.probe, str(copy.workdir), copy.runner.environment


def round_trip(probe: ProbeClient, request: RunRequest) -> tuple[RunAnswer, float]:
    """Return the answer, and the ms it took beyond the command."""
    started = time.perf_counter_ns()
    answer = probe.run(request)
    return answer, (time.perf_counter_ns() - started - answer.wall_ns) / 1e6


def measure(
    places: Mapping[str, Place], system: str, fixture: RepositoryFixture, rounds: int
) -> None:
    """Print a line for each command of a system."""
    random = np.random.default_rng(20261122)
    sides = {name: prepared(place, system, fixture) for name, place in places.items()}
    for command in COMMANDS[system]:
        found: dict[str, list[tuple[RunAnswer, float]]] = {name: [] for name in sides}
        for number in range(-WARM_UPS, rounds):
            for name in random.permutation(list(sides)):
                probe, folder, environment = sides[name]
                request = RunRequest(cwd=folder, env=dict(environment), steps=(command,))
                answer = round_trip(probe, request)
                if number >= 0:
                    found[name].append(answer)
        _line(" ".join(command), found)


def _line(command: str, found: Mapping[str, list[tuple[RunAnswer, float]]]) -> None:
    def of(name: str) -> list[RunAnswer]:
        return [answer for answer, _ in found[name]]

    cpu = {n: [(a.user_us + a.system_us) / 1e3 for a in of(n)] for n in found}
    wall = {n: [a.wall_ns / 1e6 for a in of(n)] for n in found}
    peak = {n: statistics.median(a.max_rss_bytes or 0 for a in of(n)) / 2**20 for n in found}
    cells = [command]
    for times in (cpu, wall):
        ratio = compare(times["host"], times["container"], paired=True, confidence=LEVEL)
        between = ratio.interval
        cells.append(f"{statistics.median(times['host']):.3g}")
        cells.append(f"{statistics.median(times['container']):.3g}")
        shown = f" [{between.low:.3f}–{between.high:.3f}]" if between else ""
        cells.append(f"{ratio.ratio:.3f}{shown}")
    cells += [f"{peak['host']:.2f}", f"{peak['container']:.2f}"]
    cells.append(f"{statistics.median(outside for _, outside in found['container']):.2f}")
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=60, help="of each command (60)")
    parser.add_argument("--size", default="medium", help="small, medium (5,000 files) or large")
    options = parser.parse_args()
    image = import_tools()
    wanted = DockerEnvironment.model_validate(
        {"baseImages": dict.fromkeys(("git", "jujutsu", "gitWorktrees"), image)}
    )
    systems = [name for name, commands in COMMANDS.items() if shutil.which(commands[0][0])]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = FixtureStore(
            folder / "fixtures", git=shutil.which("git") or "git", max_bytes=4 << 30
        )
        size = RepoSize(options.size)
        request = FixtureRequest(size=size, parameters=preset(size), seed=0)
        fixture = store.get(request, seed=0, progress=lambda *_: None)
        host = LocalPlace(start_local_probe, folder / "work", path=os.environ["PATH"])
        container = DockerPlace(wanted, systems, "benchmark-0")
        try:
            api = connect()
            facts = engine_facts(api)
            api.close()
            print(
                f"{datetime.now(UTC):%Y-%m-%d}, Linux {facts.kernel}, Docker {facts.version}, "
                f"cgroup {facts.cgroup}, {facts.cores} processors, load {os.getloadavg()[0]:.0f}; "
                f"{fixture.metadata.files} files, {fixture.metadata.commits} commits; "
                f"host on {host.describe().storage}, container on {container.describe().storage}.\n"
            )
            print(
                "| command | CPU ms: host | container | ratio [90 %] | wall ms: host | container | "
                "ratio [90 %] | peak MiB: host | container | round trip − wall, ms |"
            )
            print("|---|---|---|---|---|---|---|---|---|---|")
            for system in systems:
                measure({"host": host, "container": container}, system, fixture, options.rounds)
        finally:
            container.close()
            host.close()


if __name__ == "__main__":
    main()
