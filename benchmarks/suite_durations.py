"""How long the suites take: what a session measured beside what `estimatedDuration` says.

    tracker run basic-operations … edge-cases --iterations 1
    python benchmarks/suite_durations.py .tracker/sessions/<session> [--write]

The estimate is one round of all tests with the three systems as they come in a small repository, in
ms of measured time. `--write` puts the session's sums into the suites, rounded to two digits; it
ends with 1 where an estimate is off by more than a factor of two.
"""

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tracker.models.suite import ALL_SYSTEMS

SUITES = Path(__file__).parents[1] / "experiments" / "suites"
LINE = re.compile(r"(?m)^(\s+estimatedDuration: )(\d+)")
FACTOR = 2.0


def sums(journal: Path) -> dict[str, float]:
    """Return the median time of each test and system, added up by suite."""
    times: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for line in journal.read_text(encoding="utf-8").splitlines():
        record = json.loads(line).get("record")
        if record is None or record["phase"] != "measured" or record["variant"] not in ALL_SYSTEMS:
            continue
        key = (record["suiteId"], record["raw"]["testId"], record["variant"])
        times[key].append(record["raw"]["execution"]["durationMs"])
    found: dict[str, float] = defaultdict(float)
    for (suite, _, _), values in times.items():
        found[suite] += sorted(values)[len(values) // 2]
    return found


def main(arguments: Sequence[str]) -> int:
    """Print estimates and sums, and write them if asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("session", type=Path)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args(arguments)
    found = sums(asked.session / "journal.jsonl")
    off = False
    print("| suite | estimatedDuration ms | measured ms | ratio |\n|---|---|---|---|")
    for file in sorted(SUITES.glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        estimate = LINE.search(text)
        if estimate is None or file.stem not in found:
            continue
        said, measured = float(estimate[2]), found[file.stem]
        off |= not 1 / FACTOR <= measured / said <= FACTOR
        print(f"| {file.stem} | {said:.0f} | {measured:.0f} | {measured / said:.2f} |")
        if asked.write:
            rounded = int(float(f"{measured:.2g}"))
            file.write_text(LINE.sub(rf"\g<1>{rounded}", text, count=1), encoding="utf-8")
    return int(off)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
