"""Change points against labelled histories, beside the tools people use.

Data folders hold `score.py` and what it reads: `cpd/train_{offline,online}.csv.gz` with
`_truth.json`. Ours runs through the same functions as
`tracker trends`. The other tools are run where they are installed (apache-otava, asv,
ruptures; a separate environment with `--anchors PATH/bin/python` keeps their dependencies
apart), with their defaults and with the best setting known to us.

    python benchmarks/learning_scores.py shared/data
    python benchmarks/learning_scores.py shared/data --anchors /tmp/anchors/bin/python
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tracker.workflow.series_trends import detect_file

KINDS = ("offline", "online")

ANCHORS = r"""
import csv, gzip, importlib, json, sys
import numpy as np

def read(path):
    series = {}
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            series.setdefault(row["series"], []).append(float(row["value"]))
    return {name: np.array(values) for name, values in series.items()}

def otava(options):
    from otava.series import AnalysisOptions, Metric, Series
    def find(values):
        settings = AnalysisOptions()
        for name, value in options.items():
            setattr(settings, name, value)
        times = list(range(len(values)))
        series = Series("s", None, times, {"v": Metric(1, 1.0)}, {"v": values.tolist()}, {})
        return [change.index for change in series.analyze(settings).change_points["v"]]
    return find

def asv(values):
    from asv.step_detect import detect_steps
    return [left for left, *_ in detect_steps(values.tolist(), [1] * len(values))][1:]

def pelt(factor):
    import ruptures
    def find(values):
        y = np.log(values)
        sd = 1.4826 * np.median(np.abs(np.diff(y) - np.median(np.diff(y)))) / np.sqrt(2)
        model = ruptures.Pelt(model="l2", min_size=3, jump=1).fit(y / max(sd, 1e-12))
        return model.predict(pen=factor * np.log(len(y)))[:-1]
    return find

TOOLS = {
    "apache-otava, defaults": ("otava.series", otava({})),
    "apache-otava, p = 1e-5": ("otava.series", otava({"max_pvalue": 1e-5})),
    "asv step_detect": ("asv.step_detect", asv),
    "ruptures PELT L2, 3 log n": ("ruptures", pelt(3.0)),
}
found = {}
for name, (module, tool) in TOOLS.items():
    try:
        importlib.import_module(module)
    except ImportError:
        continue
    found[name] = {
        path: {series: [int(at) for at in tool(values)] for series, values in read(path).items()}
        for path in sys.argv[1:]
    }
print(json.dumps(found))
"""


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--anchors", default=sys.executable, help="Python that has the tools.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        change_points(arguments.data / "cpd", arguments.anchors, Path(folder))


def change_points(data: Path, python: str, folder: Path) -> None:
    """Print ours and the anchors on whole histories and on their newest points."""
    paths = {kind: data / f"train_{kind}.csv.gz" for kind in KINDS}
    done = subprocess.run(
        [python, "-W", "ignore", "-c", ANCHORS, *map(str, paths.values())],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"anchors did not run: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
    anchors = json.loads(done.stdout) if done.returncode == 0 else {}
    scores = {
        name: {kind: _scored(data, kind, _write(folder, found[str(paths[kind])])) for kind in KINDS}
        for name, found in anchors.items()
    }
    scores["ours"] = {kind: _scored(data, kind, _detected(paths[kind], folder)) for kind in KINDS}
    print("Whole histories                  P     R     F1    FA/100   F1 shuffled / as measured")
    for name, score in scores.items():
        whole = score["offline"]
        print(
            f"{name:<28} {_figures(whole['all'], 'P', 'R', 'F1', 'FA100')}    "
            f"{_figures(whole['track_perm'], 'F1')}   {_figures(whole['track_raw'], 'F1')}"
        )
    print("\nNewest points, found of steps >= 4 sd after 1, 2, 3, 5, 8, 12 points; false alarms")
    for name, score in scores.items():
        newest = score["online"]["all"]
        hits = _figures(newest["hit_by_k_snr_ge4"], *newest["hit_by_k_snr_ge4"])
        print(f"{name:<28} {hits}   {newest['false_alarm_last12']:.3f}")


def _detected(path: Path, folder: Path) -> Path:
    output = folder / "ours.csv"
    detect_file(path, output)
    return output


def _write(folder: Path, found: dict[str, list[int]]) -> Path:
    path = folder / "anchor.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["series", "index"])
        writer.writerows((name, at) for name, positions in found.items() for at in positions)
    return path


def _scored(data: Path, kind: str, predicted: Path) -> dict[str, dict[str, float]]:
    truth = data / f"train_{kind}_truth.json"
    script = str(data / "score.py")
    return _json([sys.executable, script, kind, str(truth), str(predicted)])


def _json(command: list[str]) -> dict[str, dict[str, float]]:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _figures(values: dict[str, float], *names: str) -> str:
    return " ".join(f"{values[name]:6.3f}" for name in names)


if __name__ == "__main__":
    main()
