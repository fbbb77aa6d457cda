"""Real git, real jj, the real probe: what a person types, and what is left when it is killed."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.vcs, pytest.mark.slow]


@pytest.fixture
def environment(tmp_path, jj, git):
    """Return an environment of a new user who has git and jj."""
    home = tmp_path / "home"
    home.mkdir()
    tools = f"{Path(jj).parent}:{Path(git).parent}"
    return {"HOME": str(home), "PATH": f"{tools}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "MLproject").write_text("name: test\n")
    return folder


def tracker(project: Path, environment: dict[str, str], *arguments: str, **options):
    return subprocess.run(
        [sys.executable, "-m", "tracker", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        **options,
    )


QUICK = (
    "run",
    "quickstart",
    "--test",
    "status-clean",
    "--test",
    "commit",
    "--test",
    "merge",
    "--iterations",
    "4",
    "--warmup",
    "1",
)


def runs(project, environment) -> list[dict]:
    listed = tracker(project, environment, "runs", "list", "--format", "json")
    assert listed.returncode == 0, listed.stderr
    return json.loads(listed.stdout)


def processes_of(folder: Path) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                cwd, command = (entry / "cwd").readlink(), (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if cwd.is_relative_to(folder / ".tracker"):
                found.append(command.decode(errors="replace"))
    return found


def test_three_systems_are_measured_and_agree(project, environment):
    done = tracker(project, environment, *QUICK)
    assert done.returncode == 0, done.stderr
    listed = runs(project, environment)
    assert len(listed) == 9
    assert {run["status"] for run in listed} == {"finished"}
    assert {run["vcsType"] for run in listed} == {"git", "git-worktrees", "jujutsu"}
    report = json.loads(next((project / "results").glob("*/report.json")).read_text())
    assert all(
        rate == 1 for result in report["results"] for rate in result["successRates"].values()
    )
    assert not processes_of(project)


def test_kill_9_and_resume_loses_nothing(project, environment):
    with subprocess.Popen(
        [sys.executable, "-m", "tracker", *QUICK, "--seed", "1"],
        cwd=project,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        journal = wait_for_iterations(project, 8)
        process.send_signal(signal.SIGKILL)
        process.wait()
    kept = iterations(journal)
    deadline = time.monotonic() + 5
    while processes_of(project) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not processes_of(project)

    done = tracker(project, environment, "run", "--resume")
    assert done.returncode == 0, done.stderr
    assert iterations(journal)[: len(kept)] == kept
    assert len(runs(project, environment)) == 9
    raw = next((project / "results").glob("*/raw/iterations.jsonl")).read_text().splitlines()
    records = [json.loads(line) for line in raw]
    counted = [r for r in records if r["phase"] == "measured" and not r["fragment"]]
    assert len(counted) == 9 * 4
    assert mlflow_states(project) == {"FINISHED"}


def test_ctrl_c_ends_in_order(project, environment):
    with subprocess.Popen(
        [sys.executable, "-m", "tracker", *QUICK],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_for_iterations(project, 3)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "tracker run --resume" in said
    assert not processes_of(project)
    assert "RUNNING" not in mlflow_states(project)
    assert tracker(project, environment, "run", "--resume").returncode == 0


def wait_for_iterations(project: Path, count: int) -> Path:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = list((project / ".tracker" / "sessions").glob("*/journal.jsonl"))
        if found and len(iterations(found[0])) >= count:
            return found[0]
        time.sleep(0.02)
    raise AssertionError("no iteration within two minutes")


def iterations(journal: Path) -> list[str]:
    lines = journal.read_text().splitlines()
    return [line for line in lines if line.endswith("}") and '"event":"iteration"' in line]


def mlflow_states(project: Path) -> set[str]:
    import sqlite3

    with sqlite3.connect(project / "mlflow.db") as store:
        return {row[0] for row in store.execute("select status from runs")}
