"""What every version-control system must keep to; the author of a plug-in subclasses `VcsContract`.

class TestMine(VcsContract):
    system = MySystem()
    main, parent, branch = "main", "main~1", "feature"
"""

import os
import shutil
from pathlib import Path
from typing import ClassVar

import pytest

from tests.vcs.local_runner import LocalRunner
from tracker.models import RepositoryFixture, Variant
from tracker.vcs import CommandError, MaterialiseError, Vcs


def git_tree(repository: Path, revision: str, path: str) -> str:
    """Return the tree id that the fixture's own Git repository has for a revision."""
    run = LocalRunner({"PATH": path, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull})
    argv = ["git", "rev-parse", f"{revision}^{{tree}}"]
    return run(argv, cwd=repository).stdout.strip()


class VcsContract:
    """Conformance tests; the attributes say how the system names revisions."""

    system: ClassVar[Vcs]
    settings: ClassVar[dict[str, str]] = {}
    recorded: ClassVar[str]
    main: ClassVar[str]
    parent: ClassVar[str]
    branch: ClassVar[str]
    status: ClassVar[tuple[str, ...]]
    clean: ClassVar[str]

    @pytest.fixture
    def variant(self) -> Variant:
        return Variant(name="v", vcs_type=self.system.name, settings=self.settings)

    @pytest.fixture
    def run(self, variant, tmp_path, path_of_tools, require_service) -> LocalRunner:
        for tool in self.system.tools:
            there = shutil.which(tool, path=path_of_tools) is not None
            require_service(tool, there, f"put {tool} on PATH")
        home = tmp_path / "home"
        for name, text in self.system.files(variant).items():
            file = home / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return LocalRunner(self.system.environment(variant, home, path_of_tools))

    @pytest.fixture
    def root(self, run, variant, repository: RepositoryFixture, tmp_path) -> Path:
        root = tmp_path / "root"
        root.mkdir()
        self.system.materialise(run, Path(repository.path), root, repository, variant)
        return root

    def test_its_trees_are_those_of_the_fixture(self, run, root, repository, path_of_tools):
        for revision, name in (
            (self.main, "main"),
            (self.parent, "main~1"),
            (self.branch, "feature"),
            (self.recorded, "main"),
        ):
            expected = git_tree(Path(repository.path), name, path_of_tools)
            assert self.system.tree_id(run, root, revision) == expected

    def test_a_revision_that_does_not_exist_is_an_error(self, run, root):
        with pytest.raises(CommandError):
            self.system.tree_id(run, root, "no-such-revision")

    def test_every_file_of_main_is_checked_out(self, root, repository):
        workdir = self.system.workdir(root)
        files = [p for p in workdir.rglob("*") if p.is_file() and p.relative_to(workdir)]
        mine = [p for p in files if p.relative_to(workdir).parts[0] not in {".git", ".jj"}]
        assert len(mine) == repository.metadata.files

    def test_the_work_copy_is_clean(self, run, root):
        said = run(self.status, cwd=self.system.workdir(root)).stdout
        assert said.startswith(self.clean)
        assert bool(said) is bool(self.clean)

    def test_nothing_reaches_back_to_the_fixture(self, root, repository):
        for file in root.rglob("*"):
            if file.is_file() and file.name in {"config", "alternates"}:
                assert repository.path not in file.read_text()

    def test_the_objects_are_copies(self, root, repository):
        theirs = {p.stat().st_ino for p in Path(repository.path).rglob("*")}
        assert not theirs & {p.lstat().st_ino for p in root.rglob("*")}

    def test_a_fixture_with_other_commits_is_refused(self, run, variant, repository, tmp_path):
        metadata = repository.metadata.model_copy(update={"commits": 39})
        fewer = repository.model_copy(update={"metadata": metadata})
        root = tmp_path / "refused"
        root.mkdir()
        with pytest.raises(MaterialiseError, match=repository.id):
            self.system.materialise(run, Path(repository.path), root, fewer, variant)

    def test_versions_are_dotted_numbers(self, run, tmp_path):
        versions = self.system.versions(run, tmp_path)
        assert all(text[0].isdigit() and "." in text for text in versions.values())
        assert set(versions) >= {tool for tool in self.system.tools if tool == "git"}

    def test_unknown_versions_have_no_features(self):
        assert self.system.features({}) == frozenset()

    def test_the_environment_is_complete(self, run):
        assert {"HOME", "PATH", "LC_ALL", "TZ"} <= set(run.environment)
        assert run.environment["LC_ALL"] == "C"
        assert run.environment["TZ"] == "UTC"
