"""The quickstart on this machine and in containers with the same tools, compared.

Both sessions have the same seed, suites and binaries (the image holds this machine's git and jj).
Compared are the trials, the value of each outcome check, and the verdict of each pair; a pair that
is *different* in opposite directions would be a contradiction.

    python benchmarks/quickstart_places.py    # needs a running engine, git, and a static jj
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from host_and_container import import_tools

from tracker.measurement.group_names import group_names
from tracker.measurement.journal import load_journal
from tracker.measurement.resume import Resumption
from tracker.measurement.summary import result_of
from tracker.models import BenchmarkReport, Plan, TrialSummary

QUICKSTART = Path(__file__).parents[1] / "experiments" / "configs" / "quickstart.yaml"
SEED = 20261122
FAILED = 4  # a trial failed: which, is compared
Key = tuple[str, str, str]


def run(project: Path, config: Path, environment: str, options: Sequence[str]) -> Path:
    """Run a session; return its folder."""
    program = Path(sys.executable).with_name("tracker")
    command = [program, "--project", project, "run", config, "--environment", environment]
    session = f"benchmark-{1 if environment == 'local' else 2}"
    command += ["--seed", str(SEED), "--session", session, "--format", "json", *options]
    # The image has a PATH of its own; this machine's must not lead to other binaries.
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=dict(os.environ)
    )
    if done.returncode not in (0, FAILED):
        raise SystemExit(f"{environment}: {done.stderr[-2000:]}")
    return project / ".tracker" / "sessions" / session


def trials(folder: Path) -> dict[Key, TrialSummary]:
    """Return every trial of a session."""
    plan = Plan.model_validate_json((folder / "plan.json").read_text())
    known = Resumption(load_journal(folder / "journal.jsonl"))
    results = [
        result_of(group, known.ledger(name))
        for name, group in zip(group_names(plan), plan.groups, strict=True)
    ]
    return {
        (one.test_id, one.repo_size.value, one.variant): one
        for result in results
        for one in result.trials
    }


def pairs(folder: Path) -> dict[tuple[str, str, str], tuple[str, float | None]]:
    """Return verdict and ratio of each pair."""
    report = BenchmarkReport.model_validate_json((folder / "report.json").read_text())
    return {
        (result.test_id, *names): (metrics.verdict, metrics.speedup_factor)
        for result in report.results
        for names, metrics in result.pairs().items()
    }


def compare(here: Path, there: Path) -> None:
    """Print what agrees and what does not."""
    host, container = trials(here), trials(there)
    both = sorted(host.keys() & container.keys())
    statuses = [key for key in both if host[key].status != container[key].status]
    outcomes = [key for key in both if host[key].outcome != container[key].outcome]
    known, found = pairs(here), pairs(there)
    opposite = [
        name
        for name in known.keys() & found.keys()
        if known[name][0] == found[name][0] == "different"
        and ((known[name][1] or 1) > 1) != ((found[name][1] or 1) > 1)
    ]
    same = sum(known[name][0] == found[name][0] for name in known.keys() & found.keys())
    print("| question | answer |\n|---|---|")
    counts = f"{len(host)}, {len(container)}, {len(both)}"
    print(f"| trials on the host, in containers, in both | {counts} |")
    print(f"| trials with another status | {_listed(statuses)} |")
    print(f"| trials with another outcome | {_listed(outcomes)} |")
    print(f"| pairs compared in both | {len(known.keys() & found.keys())} |")
    print(f"| pairs with the same verdict | {same} |")
    print(f"| pairs *different* in opposite directions | {_listed(opposite)} |")


def _listed(names: Sequence[tuple[str, ...]]) -> str:
    shown = ", ".join(" ".join(name) for name in names[:5])
    return f"{len(names)}: {shown}" if names else "none"


def main() -> None:
    """Run both and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("options", nargs="*", help="further options of `tracker run`, after --")
    options = parser.parse_args()
    image = import_tools()
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        config: dict[str, Any] = yaml.safe_load(QUICKSTART.read_text())
        images = dict.fromkeys(("git", "jujutsu", "gitWorktrees"), image)
        config["environment"] = {"docker": {"baseImages": images}}
        file = project / "quickstart.json"
        file.write_text(json.dumps(config))
        folders = [run(project, file, place, options.options) for place in ("local", "docker")]
        print(f"{datetime.now(UTC):%Y-%m-%d}, load {os.getloadavg()[0]:.0f}.\n")
        compare(*folders)


if __name__ == "__main__":
    main()
