"""Published claims about the speed of jj and git beside what was measured here: docs/claims.md.

    tracker run benchmarks/claims.yaml
    python -m benchmarks.claims [--project DIR] [SESSION...] > docs/claims.md

A claim holds where the whole interval of the measured ratio reaches its smallest published
factor, does not hold where the whole interval stays below it, and is undecided in between.
"""

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from patterns.statistics.comparison import compare
from tracker.analysis.samples import collect
from tracker.config import find_project
from tracker.models import GroupResult, SessionInfo
from tracker.report.names import UNKNOWN, bounds, number, times
from tracker.workflow.archive import find_session
from tracker.workflow.reports import recorded_groups

FEWEST = 6
"""Rounds below which the interval of a ratio has no 95 %."""

SUMMARY, README, REPORT = (
    "agentic-jujutsu executive summary, 2025-11",
    "agentic-jujutsu 2.3.6 README",
    "sample report of the specification",
)


MADE = (
    "Made by `python -m benchmarks.claims`; the sessions by `tracker run benchmarks/claims.yaml` "
    "and `tracker run benchmarks/claims_configuration.yaml`."
)

HOW_TO_READ = """\
The ratio says how many times less the side named first needs: the Hodges–Lehmann estimate of the
rounds' log ratios with its 95 % interval (n rounds). A claim **holds** where the whole interval
reaches the smallest published factor, **does not hold** where the whole interval stays below it,
and is **undecided** in between. The intervals are not corrected for the number of claims.
Published figures came without data or command lines; ours are true of this machine, these versions
and these repositories, and of the command lines in the suites, whose outcomes were checked to be
equal. The machine had other work while it measured: times are longer than on an idle one, ratios
of one round much less so."""


@dataclass(frozen=True)
class Claim:
    """That `fast` needs less than `slow`, by `factor` at least."""

    number: int
    said: str
    published: str
    source: str
    test: str = ""
    fast: str = "jujutsu"
    slow: str = "git"
    factor: float = 1.0
    metric: str = "time_ms"
    not_measurable: str = ""


CLAIMS = (
    Claim(1, "jj initialises a repository faster", "3–4×", SUMMARY, "init", factor=3),
    Claim(2, "jj status is faster", "3–10×", SUMMARY, "status-clean", factor=3),
    Claim(3, "jj commits faster", "2–3×", SUMMARY, "commit-new", factor=2),
    Claim(4, "jj makes a branch or change faster", "2×", SUMMARY, "branch", factor=2),
    Claim(5, "jj merges faster", "2–3×", SUMMARY, "merge", factor=2),
    Claim(6, "jj rebases faster", "3–4×", SUMMARY, "rebase", factor=3),
    Claim(7, "jj new is faster than git checkout", "5–10×", SUMMARY, "switch-old", factor=5),
    Claim(8, "jj log is faster", "4–6×", SUMMARY, "log", factor=4),
    Claim(9, "jj init on an existing history scales better", "4.5–10×", SUMMARY, "import",
          factor=4.5),
    Claim(10, "ten concurrent commits are faster with jj (here eight writers)", "10–20×", SUMMARY,
          "parallel-writers-8", factor=10),
    Claim(11, "a workspace is set up faster than a worktree", "10–60×", SUMMARY,
          "working-copy-add", slow="git-worktrees", factor=10),
    Claim(12, "lock waiting costs git 50 minutes a day, jj none", "50 min against 0", SUMMARY,
          not_measurable="a day's arithmetic, not an operation; see claim 10 for writers at once"),
    Claim(13, "jj needs less memory: init", "40–60 % less", SUMMARY, "init", factor=1 / 0.6,
          metric="memory_bytes"),
    Claim(13, "jj needs less memory: commit", "40–60 % less", SUMMARY, "commit-new",
          factor=1 / 0.6, metric="memory_bytes"),
    Claim(13, "jj needs less memory: merge", "40–60 % less", SUMMARY, "merge", factor=1 / 0.6,
          metric="memory_bytes"),
    Claim(14, "concurrent commits are 23× faster with jj", "23×", README, "parallel-writers-8",
          factor=23),
    Claim(14, "switching context is faster with jj", "10×", README, "switch-old", factor=10),
    Claim(14, "87 % of conflicts are resolved automatically", "87 %", README,
          not_measurable="depends on a language model's answers, not on jj"),
    Claim(15, "git worktrees commit slightly faster than git", "1.09×", REPORT, "commit-new",
          fast="git-worktrees", factor=1.0),
    Claim(15, "git worktrees merge slightly faster than git", "1.12×", REPORT, "merge",
          fast="git-worktrees", factor=1.0),
    Claim(16, "fsmonitor makes git status fast on large repositories", "17.9 s before",
          "GitHub blog, 2022-06", "status-clean", fast="git+fsmonitor", factor=1.0),
    Claim(17, "feature.manyFiles makes status faster", "always better", "many guides",
          "status-clean", fast="git+manyfiles", factor=1.0),
    Claim(17, "the untracked cache makes status faster", "always better", "many guides",
          "status-clean", fast="git+untracked-cache", factor=1.0),
    Claim(17, "scalar's settings make status faster", "always better", "scalar's defaults",
          "status-clean", fast="git+scalar", factor=1.0),
    Claim(17, "scalar's settings make log faster", "always better", "scalar's defaults", "log",
          fast="git+scalar", factor=1.0),
    Claim(18, "jj log by path is slow on a large history", "55–75× slower", "jj-vcs/jj 4674, 6703",
          "log-path", fast="git", slow="jujutsu", factor=55),
    Claim(19, "jj file annotate is slower than git blame", "5–10× slower", "jj-vcs/jj 4878",
          "blame", fast="git", slow="jujutsu", factor=5),
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """What one session says of a claim on one repository."""

    place: str
    ratio: float
    interval: tuple[float, float] | None
    n: int
    medians: tuple[float, float]
    verdict: str


def measured(claim: Claim, groups: Iterable[GroupResult]) -> Iterator[Measured]:
    """Give what was measured of a claim, a repository at a time."""
    for group in groups:
        if group.fixture is None or group.group.test.id != claim.test:
            continue
        samples = collect(group)
        if not {claim.fast, claim.slow} <= set(samples.variants):
            continue
        sides = [samples.column(claim.metric, name) for name in (claim.fast, claim.slow)]
        found = compare(*sides, paired=True)
        if found.ratio is None or found.n < FEWEST:
            continue
        interval = (found.interval.low, found.interval.high) if found.interval else None
        files = group.fixture.metadata
        place = f"{group.group.fixture.size.value}: {files.files} files, {files.commits} commits"
        medians = tuple(float(np.nanmedian(side)) for side in sides)
        yield Measured(
            place,
            found.ratio,
            interval,
            found.n,
            (medians[0], medians[1]),
            _verdict(claim, interval),
        )


def _verdict(claim: Claim, interval: tuple[float, float] | None) -> str:
    if interval is None:
        return "undecided"
    if interval[0] >= claim.factor and interval[0] > 1:
        return "holds"
    return "does not hold" if interval[1] < max(claim.factor, 1.0) else "undecided"


def rows(claim: Claim, groups: Iterable[GroupResult]) -> Iterator[str]:
    """Give the lines of a claim."""
    head = f"| {claim.number} | {claim.said} | {claim.published} | {claim.source} |"
    if claim.not_measurable:
        yield f"{head} {claim.not_measurable} | {UNKNOWN} | {UNKNOWN} | not measurable |"
        return
    found = list(measured(claim, groups))
    if not found:
        yield f"{head} {UNKNOWN} | {UNKNOWN} | {UNKNOWN} | not measured here |"
    unit, scale = ("ms", 1.0) if claim.metric == "time_ms" else ("MiB", float(2**20))
    for one in found:
        fast, slow = (number(value / scale) for value in one.medians)
        ratio = f"{times(one.ratio)} {bounds(one.interval)}"
        told = f"{claim.fast} {fast} {unit}, {claim.slow} {slow} {unit} ({one.place})"
        yield f"{head} {told} | {ratio} | {one.n} | **{one.verdict}** |"


def page(sessions: Iterable[tuple[SessionInfo, list[GroupResult]]]) -> str:
    """Return the page."""
    known = list(sessions)
    groups = [group for _, found in known for group in found]
    machine = known[-1][0].machine
    versions = ", ".join(f"{name} {version}" for name, version in known[-1][0].versions.items())
    memory = f"{machine.memory_bytes / 2**30:.0f} GiB" if machine.memory_bytes else UNKNOWN
    here = (
        f"Here: {machine.cpu}, {machine.cores} cores, {memory}, {machine.os}, kernel "
        f"{machine.kernel}; {versions}; warm caches, generated repositories."
    )
    lines = [
        "# Published claims, and what was measured",
        "",
        f"{MADE} {here}",
        "",
        HOW_TO_READ,
        "",
        "| # | claim | published | source | measured | ratio | n | verdict |",
        "|---|---|---|---|---|---|---|---|",
        *(row for claim in CLAIMS for row in rows(claim, groups)),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the page."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--project", type=Path)
    arguments.add_argument("sessions", nargs="*")
    given = arguments.parse_args()
    project = find_project(Path.cwd(), given.project)
    folders = [find_session(project, name) for name in given.sessions or [None]]
    print(page((folder.session(), recorded_groups(folder)) for folder in folders), end="")


if __name__ == "__main__":
    main()
