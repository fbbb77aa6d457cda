"""The three built-in systems keep the contract, and what is particular to each."""

import os
from pathlib import Path
from typing import ClassVar

import pytest

from tests.vcs.contract import VcsContract
from tests.vcs.local_runner import LocalRunner
from tracker.models import Variant
from tracker.vcs.git import INDEX, Git
from tracker.vcs.git_worktrees import GitWorktrees
from tracker.vcs.jujutsu import Jujutsu

pytestmark = pytest.mark.vcs


class GitContract(VcsContract):
    recorded = "HEAD"
    main, parent, branch = "main", "main~1", "feature"
    status = ("git", "status", "--porcelain")
    clean = ""

    def test_a_first_status_does_not_write_the_index(self, run, root):
        workdir = self.system.workdir(root)
        git_dir = run(["git", "rev-parse", "--absolute-git-dir"], cwd=workdir).stdout.strip()
        index = Path(git_dir) / "index"
        before = (index.stat().st_ino, index.stat().st_mtime_ns)
        run(["git", "status"], cwd=workdir)
        assert (index.stat().st_ino, index.stat().st_mtime_ns) == before

    def test_main_is_checked_out_and_there_is_no_remote(self, run, root):
        workdir = self.system.workdir(root)
        branch = run(["git", "symbolic-ref", "--short", "HEAD"], cwd=workdir).stdout.strip()
        assert branch == "main"
        assert run(["git", "remote"], cwd=workdir).stdout == ""

    def test_what_is_staged_has_a_tree(self, run, root, repository):
        workdir = self.system.workdir(root)
        before = self.system.tree_id(run, root, INDEX)
        assert before == self.system.tree_id(run, root, "HEAD")
        (workdir / repository.landmarks.file).write_text("changed\n")
        run(["git", "add", "-A"], cwd=workdir)
        assert self.system.tree_id(run, root, INDEX) != before


class TestGit(GitContract):
    system = Git()


class TestGitWorktrees(GitContract):
    system = GitWorktrees()

    def test_steps_run_in_a_linked_worktree(self, run, root):
        listed = run(["git", "worktree", "list", "--porcelain"], cwd=root / "repo").stdout
        assert f"worktree {root / 'linked'}" in listed
        assert "detached" in listed.split("\n\n")[0]
        assert (root / "linked" / ".git").is_file()


class JujutsuContract(VcsContract):
    system = Jujutsu()
    recorded = "@-"
    main, parent, branch = "main", "main-", "feature"
    status = ("jj", "status")
    clean = "The working copy has no changes."

    def test_the_working_copy_is_an_empty_commit_on_main(self, run, root):
        template = 'empty ++ " " ++ parents.map(|c| c.local_bookmarks()).join(",")'
        argv = ["jj", "log", "--no-graph", "-r", "@", "-T", template]
        assert run(argv, cwd=root / "repo").stdout == "true main"

    def test_every_branch_and_tag_is_there(self, run, root, repository):
        for namespace, count in (
            ("bookmark", repository.metadata.branches),
            ("tag", repository.metadata.tags),
        ):
            listed = run(["jj", namespace, "list"], cwd=root / "repo").stdout.splitlines()
            assert len([line for line in listed if not line.startswith(" ")]) == count

    def test_a_tagged_commit_may_be_rewritten(self, run, root):
        run(["jj", "describe", "-m", "other words", "-r", "latest(tags())"], cwd=root / "repo")

    def test_a_large_new_file_is_not_left_out(self, run, root):
        (root / "repo" / "large").write_bytes(os.urandom(2**21))
        run(["jj", "commit", "-m", "large"], cwd=root / "repo")
        files = run(["jj", "file", "list", "-r", "@-", "large"], cwd=root / "repo").stdout
        assert files == "large\n"

    def test_asking_for_a_tree_takes_no_snapshot(self, run, root):
        before = self.system.tree_id(run, root, "@")
        (root / "repo" / "new").write_text("new\n")
        assert self.system.tree_id(run, root, "@") == before

    def test_the_word_for_snapshot_is_one_this_version_knows(self, run, root):
        word = self.system.words(run, root)["snapshot"]
        (root / "repo" / "new").write_text("new\n")
        before = self.system.tree_id(run, root, "@")
        run(["jj", word, "snapshot"], cwd=root / "repo")
        assert self.system.tree_id(run, root, "@") != before


class TestJujutsu(JujutsuContract):
    def test_the_work_copy_is_a_git_checkout_too(self, root):
        assert (root / "repo" / ".git" / "HEAD").is_file()


class TestJujutsuWithoutColocation(JujutsuContract):
    settings: ClassVar = {"git.colocate": "false"}

    def test_the_work_copy_is_no_git_checkout(self, root):
        assert not (root / "repo" / ".git").exists()


def test_refreshing_lets_the_second_of_the_checkout_pass():
    pauses: list[float] = []
    system = Git(clock=lambda: 100.25, pause=pauses.append)
    runner = _Silent()
    system.refresh(runner, Path("/nowhere"))
    assert 0.75 < pauses[0] < 0.8
    assert runner.count == 2


class _Silent:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, *_: object, **__: object) -> None:
        self.count += 1


HOSTILE = """
[alias]
    status = !touch {proof}
    st = !touch {proof}
[core]
    pager = touch {proof}
    editor = touch {proof}
    hooksPath = {hooks}
    fsmonitor = {hooks}/fsmonitor
[init]
    templateDir = {hooks}
[diff]
    external = {hooks}/fsmonitor
"""


@pytest.mark.parametrize("system", [Git(), GitWorktrees(), Jujutsu()], ids=lambda s: s.name)
def test_the_users_configuration_runs_nothing(
    system, repository, tmp_path, path_of_tools, monkeypatch, request
):
    if "jj" in system.tools:
        request.getfixturevalue("jj")
    proof, hooks = tmp_path / "proof", tmp_path / "hooks"
    hooks.mkdir()
    for name in ("fsmonitor", "post-checkout", "pre-commit", "post-commit", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {proof}\n")
        (hooks / name).chmod(0o755)
    user = tmp_path / "user"
    user.mkdir()
    (user / ".gitconfig").write_text(HOSTILE.format(proof=proof, hooks=hooks))
    monkeypatch.setenv("HOME", str(user))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(user / ".gitconfig"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {proof}")
    _work(system, repository, tmp_path, path_of_tools)
    assert not proof.exists()
    inherited = {"HOME": str(user), "PATH": path_of_tools}
    LocalRunner(inherited)(
        ["git", "commit", "--allow-empty"], cwd=system.workdir(tmp_path / "root"), check=False
    )
    assert proof.exists() or "jj" in system.tools, "the trap itself works"


def _work(system, repository, tmp_path, path):
    variant = Variant(name="v", vcs_type=system.name)
    home, root = tmp_path / "home", tmp_path / "root"
    root.mkdir()
    for name, text in system.files(variant).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    run = LocalRunner(system.environment(variant, home, path))
    system.materialise(run, Path(repository.path), root, repository, variant)
    workdir = system.workdir(root)
    (workdir / repository.landmarks.file).write_text("changed\n")
    commands = (["git", "status"], ["git", "diff"], ["git", "commit", "-qam", "x"], ["git", "log"])
    if "jj" in system.tools:
        commands = (["jj", "st"], ["jj", "diff"], ["jj", "commit", "-m", "x"], ["jj", "log"])
    for argv in commands:
        run(argv, cwd=workdir)


def test_dates_and_identities_of_commits_are_fixed(repository, tmp_path, path_of_tools):
    ids = []
    for copy in ("one", "two"):
        folder = tmp_path / copy
        folder.mkdir()
        _work(Git(), repository, folder, path_of_tools)
        variant = Variant(name="v", vcs_type="git")
        run = LocalRunner(Git().environment(variant, folder / "home", path_of_tools))
        argv = ["git", "rev-parse", "HEAD"]
        ids.append(run(argv, cwd=folder / "root" / "repo").stdout)
    assert ids[0] == ids[1]
