"""Every test of the quickstart runs in every system and variant, with one outcome for all."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.vcs.local_runner import LocalRunner
from tracker.config import load_suite, load_variants, shipped_suites, shipped_variants
from tracker.fixtures import FixtureStore
from tracker.fixtures.presets import preset
from tracker.measurement.outcome import compared_value
from tracker.models import FixtureRequest, OutcomeCheck, RepositoryFixture, RepoSize, Test, Variant
from tracker.vcs import Vcs, get_vcs
from tracker.vcs.commands import expand, split

pytestmark = pytest.mark.vcs

SUITE = load_suite(shipped_suites() / "basic-operations.yaml")
VARIANTS = [one for one in load_variants([shipped_variants()]) if one.service is None]
"""Those with a service need it running and write its clock: tests/measurement holds theirs."""

WITH_EVERY_VARIANT = {"status-dirty", "commit", "switch"}
"""A setting that breaks none of these breaks none of the others; a work copy costs a second."""

DAILY = [test for test in SUITE.tests if "quickstart" in test.tags]
"""What is run by itself; the rest of the catalogue is run by tests/catalogue."""

TESTS = {test.id: test for test in DAILY}


@dataclass(frozen=True)
class Bench:
    """A work copy and everything needed to run commands in it."""

    vcs: Vcs
    run: LocalRunner
    root: Path
    fixture: RepositoryFixture
    words: dict[str, str]

    def steps(self, commands: tuple[str, ...]) -> str:
        """Run commands in the work copy and return what they said."""
        cwd = self.vcs.workdir(self.root)
        vectors = [expand(split(one), self.fixture.landmarks, self.words) for one in commands]
        return "".join(self.run(vector, cwd=cwd).stdout for vector in vectors)

    def value(self, check: OutcomeCheck, stdout: str) -> str:
        """Return what the outcome check compares."""
        if check.tree is not None:
            return self.vcs.tree_id(self.run, self.root, check.tree)
        text = stdout if check.command is None else self.steps((check.command,))
        return compared_value(check, text)

    def state(self) -> dict[str, tuple[int, int, int]]:
        """Return identity, size and time of every file below the root.

        Git sets the time of a shared index whenever it reads it, so that it does not expire.
        """
        return {
            str(path): (
                found.st_ino,
                found.st_size,
                0 if path.name.startswith("sharedindex.") else found.st_mtime_ns,
            )
            for path in sorted(self.root.rglob("*"))
            if not path.is_dir() and (found := path.lstat())
        }


@pytest.fixture(scope="module")
def small(git, tmp_path_factory) -> RepositoryFixture:
    store = FixtureStore(tmp_path_factory.mktemp("fixtures"), git)
    request = FixtureRequest(size=RepoSize.SMALL, parameters=preset(RepoSize.SMALL), seed=5)
    return store.get(request, seed=5, progress=None)


@pytest.fixture(scope="module")
def bench_of(small, git, jj, tmp_path_factory) -> Iterator[Callable[[Variant], Bench]]:
    """Return a function that makes a fresh work copy of a variant."""
    path = os.pathsep.join([str(Path(jj).parent), str(Path(git).parent), os.defpath])

    def make(variant: Variant) -> Bench:
        vcs = get_vcs(variant.vcs_type)
        base = tmp_path_factory.mktemp("bench")
        home, root = base / "home", base / "root"
        root.mkdir()
        for name, text in vcs.files(variant).items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text)
        run = LocalRunner(vcs.environment(variant, home, path))
        vcs.materialise(run, Path(small.path), root, small, variant)
        return Bench(vcs, run, root, small, vcs.words(run, vcs.workdir(root)))

    return make


@pytest.mark.parametrize("test", [t for t in DAILY if t.mutates], ids=lambda test: test.id)
def test_a_mutating_test_ends_in_the_same_repository_everywhere(test: Test, bench_of):
    outcomes = {
        variant.name: outcome(test, variant, bench_of(variant))
        for variant in VARIANTS
        if variant.name == variant.vcs_type or test.id in WITH_EVERY_VARIANT
    }
    assert len(set(outcomes.values())) == 1, outcomes
    assert next(iter(outcomes.values())) != ""


def test_reading_tests_say_the_same_everywhere_and_change_nothing(bench_of):
    outcomes: dict[str, dict[str, str]] = {}
    for variant in VARIANTS:
        bench = bench_of(variant)
        for test in DAILY:
            if not test.mutates:
                before = bench.state()
                outcomes.setdefault(test.id, {})[variant.name] = outcome(test, variant, bench)
                assert bench.state() == before, (test.id, variant.name)
    assert len(outcomes) >= 5
    assert {name: len(set(values.values())) for name, values in outcomes.items()} == dict.fromkeys(
        outcomes, 1
    )


def outcome(test: Test, variant: Variant, bench: Bench) -> str:
    wanted = test.for_vcs(variant.vcs_type)
    assert wanted.outcome is not None
    bench.steps(wanted.prepare or ())
    stdout = bench.steps(wanted.steps)
    if wanted.validation and wanted.validation.output_matches:
        assert re.search(wanted.validation.output_matches, stdout)
    value = bench.value(wanted.outcome, stdout)
    assert wanted.outcome.expect in (None, value)
    return value


@pytest.mark.parametrize(
    ("name", "prepared"),
    [("commit", 10), ("status-dirty", 10), ("restore", 10), ("merge", 0), ("switch", 0)],
)
def test_the_outcome_check_notices_a_command_that_does_nothing(name, prepared, bench_of):
    """A check that passes without the measured command would prove nothing."""
    variant = VARIANTS[0]
    done, idle = bench_of(variant), bench_of(variant)
    test = TESTS[name]
    right = outcome(test, variant, done)
    wanted = test.for_vcs(variant.vcs_type)
    assert sum("{files:10}" in one for one in wanted.prepare or ()) * 10 == prepared
    idle.steps(wanted.prepare or ())
    assert wanted.outcome is not None
    assert idle.value(wanted.outcome, "") != right
