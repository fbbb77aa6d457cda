"""`tracker recommend` from a store to an answer, a verification and its accuracy."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from patterns.learning.recommendation.model import Effort
from patterns.store import PatternStore
from tests.learning.recommendation.histories import cost_ms, records
from tracker.cli import app
from tracker.config import InputError
from tracker.measurement.executor import TrialSpec, Turn
from tracker.measurement.replay import ReplayExecutor, Scripted
from tracker.workflow import advice as advice_module
from tracker.workflow import verification
from tracker.workflow.accuracy import accuracy, wilson
from tracker.workflow.advice import AdviceRequest, advise
from tracker.workflow.repository_features import count_features
from tracker.workflow.workloads import find_workload
from tracker.workflow.workspace import open_workspace

NAMES = {"git+watch": "git+untracked-cache", "git+same": "git+index-v4", "git": "git"}
"""Shipped variants that play the part of those of the histories."""

REAL = {name: own for own, name in NAMES.items()}
WORK = "perDay: {status-dirty: 90, commit: 10}\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch) -> Path:
    """Return a repository of 40 files, 3 commits, 2 branches and a tag."""
    folder = tmp_path / "secret-name"
    folder.mkdir()

    def git(*words: str) -> None:
        who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
        subprocess.run(["/usr/bin/git", *who, *words], cwd=folder, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    for number in range(40):
        (folder / f"file-{number}.txt").write_text("twelve bytes")
    git("add", "-A")
    git("commit", "-qm", "one")
    for number in range(2):
        (folder / "file-0.txt").write_text(f"twelve bytes{number}"[:12] + "!" * number)
        git("commit", "-qam", str(number), "--allow-empty")
    git("branch", "other")
    git("tag", "v1")
    return folder


@pytest.fixture
def measured(project: Path, monkeypatch) -> Path:
    """Return a project that remembers 14 repositories, and small forests."""
    monkeypatch.setattr(advice_module, "Effort", lambda seed: Effort(trees=20, seed=seed))
    tools = project.parent / "bin" / "git"
    tools.unlink()
    tools.symlink_to("/usr/bin/git")
    work = project / "work.yaml"
    work.write_text(WORK)
    given = (
        one.model_copy(
            update={
                "context": one.context.model_copy(
                    update={"variant": NAMES[one.context.variant], "machine_class": "replay"}
                )
            }
        )
        for one in records(14)
    )
    with PatternStore(f"sqlite:///{project / 'tracker.db'}") as store:
        store.add_patterns(given)
    return project


def _request(repository: Path, **more: object) -> AdviceRequest:
    return AdviceRequest(repo=repository, workload="work.yaml", machine_class="replay", **more)


def test_features_are_counted_by_plumbing(project: Path, repository: Path, measured: Path) -> None:
    found = count_features(open_workspace(None), repository)
    assert found == {
        "files": 40.0,
        "commits": 3.0,
        "branches": 2.0,
        "tags": 1.0,
        "total_bytes": float(sum(path.stat().st_size for path in repository.glob("*.txt"))),
    }


def test_a_folder_without_a_repository_is_refused(measured: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="repo"):
        count_features(open_workspace(None), tmp_path)


def test_answer_is_json_and_names_nothing_of_the_repository(
    measured: Path, repository: Path
) -> None:
    words = ("--repo", str(repository), "--workload", "work.yaml", "--machine-class", "replay")
    done = CliRunner().invoke(app, ["recommend", *words, "--format", "json"])
    assert done.exit_code == 0, done.output
    advice = json.loads(done.stdout)
    assert advice["recommended"] in REAL
    assert advice["features"]["files"] == 40.0
    assert "secret-name" not in done.stdout
    assert "Somebody" not in done.stdout


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_answer_has_a_change_to_paste(measured: Path, form: str) -> None:
    words = ("--repo-size", "large", "--workload", "work.yaml", "--machine-class", "replay")
    done = CliRunner().invoke(app, ["recommend", *words, "--format", form])
    assert done.exit_code == 0, done.output
    assert "git config core.untrackedCache true" in done.stdout


def test_settings_that_are_there_are_not_asked_for(measured: Path, repository: Path) -> None:
    from tracker.config import load_variants
    from tracker.workflow.advice import change_to

    workspace = open_workspace(None)
    known = load_variants(workspace.project.variant_roots, known_vcs=workspace.known_vcs)
    config = repository / ".git" / "config"
    config.write_text(config.read_text() + "[core]\n\tuntrackedCache = true\n")
    change = change_to(workspace, repository, known, "git+untracked-cache")
    assert change is not None
    assert change.commands == ()
    assert change.already == ("core.untrackedCache=true",)


def test_another_class_of_machine_is_said(measured: Path, repository: Path) -> None:
    request = AdviceRequest(repo=repository, workload="work.yaml", machine_class="elsewhere")
    warnings = advise(None, request).advice.warnings
    assert any("class replay" in one for one in warnings)


@pytest.mark.parametrize("text", ["nobody", "perDay: {}", "perDay: {commit: -1}", "other: 1"])
def test_workload_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "workload.yaml"
    file.write_text(text)
    with pytest.raises(InputError):
        find_workload("nobody" if text == "nobody" else str(file))


def test_nothing_measured_says_what_to_measure(project: Path, measured: Path) -> None:
    request = AdviceRequest(repo_size="small", operation="rebase", machine_class="replay")
    with pytest.raises(InputError, match="tracker run"):
        advise(None, request)


def test_model_is_read_again_and_a_changed_one_is_not(measured: Path, repository: Path) -> None:
    done = advise(None, _request(repository))
    folder = measured / ".tracker" / "models"
    (file,) = folder.glob("*.skops")
    before = file.stat().st_mtime_ns
    assert advise(None, _request(repository)).advice == done.advice
    assert file.stat().st_mtime_ns == before
    file.write_bytes(file.read_bytes() + b"x")
    assert advise(None, _request(repository)).advice == done.advice
    assert file.stat().st_mtime_ns != before


def _script(files: float) -> "ReplayExecutor":
    def script(trial: TrialSpec, turn: Turn) -> Scripted:
        name = REAL[trial.variant.name]
        ms = cost_ms(trial.test.measured_operation, name, files, 100)
        return Scripted(wall_ms=ms * (1 + 0.01 * (turn.round % 3)))

    return ReplayExecutor(script)


@pytest.mark.parametrize(("files", "best"), [(40.0, "git"), (9_000.0, "git+untracked-cache")])
def test_verification_is_remembered_with_the_prediction(
    measured: Path, repository: Path, monkeypatch, files: float, best: str
) -> None:
    monkeypatch.setattr(verification, "local_executor", lambda *_: _script(files))
    done = advise(None, _request(repository, variants=("git+untracked-cache",)))
    found = verification.verify(None, done, repository, tell=lambda *_: None)
    assert found.best == best
    expected = "confirmed" if done.advice.recommended == best else "overturned"
    assert found.result == expected
    assert found.iterations <= 0.5 * found.full_factorial
    ((_, kept),) = verification.list_verifications(None)
    assert kept == found
    assert kept.prediction_id == done.advice.prediction_id
    (month, whole) = accuracy(None)
    assert (month.n, whole.period) == (1, "all")


def test_accuracy_of_nothing_is_nothing(project: Path) -> None:
    assert accuracy(None) == ()
    assert wilson(0, 0) is None


@pytest.fixture(autouse=True)
def _no_names_left(measured: Path) -> Iterator[None]:
    """Whatever a test did, nothing that was stored names the repository."""
    yield
    for file in measured.rglob("*.db"):
        assert b"secret-name" not in file.read_bytes()
