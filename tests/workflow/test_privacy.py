"""Nothing that names a thing in an imported repository leaves the session's folder."""

import sqlite3
import subprocess

import pytest

from tests.workflow.test_end_to_end import environment, project, tracker  # noqa: F401  fixtures

pytestmark = [pytest.mark.vcs, pytest.mark.slow]

SECRETS = ("zebra-secret-branch", "Zoe Zebrafish", "zebra_secret_file", "zebra-secret-remote")


@pytest.fixture
def private(tmp_path):
    """Return a repository whose every name is a secret, with hooks and settings that run things."""
    folder = tmp_path / "zebra-secret-folder"
    folder.mkdir()

    def git(*arguments):
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)

    git("init", "-q", "-b", "zebra-secret-branch")
    git("config", "user.name", "Zoe Zebrafish")
    git("config", "user.email", "zoe@zebra.example")
    git("remote", "add", "zebra-secret-remote", "https://zebra.example/secret")
    ran = tmp_path / "hook-ran"
    hook = folder / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    git("config", "core.fsmonitor", f"touch {ran}; false")
    for number in range(12):
        (folder / f"zebra_secret_file_{number}.txt").write_text(f"line {number}\n" * 5)
        git("-c", "core.fsmonitor=false", "add", "-A")
        git("-c", "core.fsmonitor=false", "commit", "-q", "-m", f"zebra secret subject {number}")
    ran.unlink(missing_ok=True)
    return folder, ran


def test_a_private_repository_stays_private(private, project, environment):  # noqa: F811
    folder, ran = private
    done = tracker(
        project,
        environment,
        *("run", "--repo", str(folder), "--iterations", "2", "--warmup", "0"),
        *("--test", "status-clean", "--test", "log", "--test", "commit", "--test", "merge"),
    )
    assert done.returncode in (0, 4), done.stderr
    assert not ran.exists()
    everything = [done.stdout, done.stderr]
    for path in project.rglob("*"):
        inside = path.relative_to(project).parts
        if path.is_file() and inside[0] in ("results", "mlruns", "tracker.db", "mlflow.db"):
            everything.append(path.read_bytes().decode("utf-8", "replace"))
    text = "\n".join(everything)
    for secret in (*SECRETS, "zebra-secret-folder", "zebra secret subject"):
        assert secret not in text, secret
    with sqlite3.connect(project / "tracker.db") as store:
        (count,) = store.execute("select count(*) from benchmark_patterns").fetchone()
    assert count >= 6
