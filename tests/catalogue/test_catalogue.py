"""The whole catalogue, once: every test ends alike in every system, and doing nothing is noticed.

Each system has an executor and a thread of its own: times are not looked at here, and Git
spends most of them waiting for the next second of the clock.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.catalogue.bench import execute_idle, opened_executor, spec_of
from tests.catalogue.page import suites_in_order
from tests.measurement import plans
from tracker.fixtures import FixtureStore
from tracker.fixtures.presets import preset
from tracker.measurement.engine import measure_plan
from tracker.measurement.journal import Journal
from tracker.measurement.local import LocalExecutor
from tracker.models import (
    FixtureRequest,
    GroupResult,
    RepositoryFixture,
    RepoSize,
    Test,
    TestSuite,
    TrialGroup,
    Variant,
    VcsType,
)
from tracker.vcs.registry import get_vcs

pytestmark = [pytest.mark.vcs, pytest.mark.slow]

SUITES = suites_in_order()
SYSTEMS = tuple(Variant(name=name, vcs_type=name) for name in VcsType)
CELLS = {(suite.id, test.id): (suite, test) for suite in SUITES for test in suite.tests}
SIZE = FixtureRequest(size=RepoSize.SMALL, parameters=preset(RepoSize.SMALL), seed=5)


@pytest.fixture(scope="module")
def small(git, tmp_path_factory) -> RepositoryFixture:
    store = FixtureStore(tmp_path_factory.mktemp("fixtures"), git)
    return store.get(SIZE, seed=5, progress=None)


@pytest.fixture(scope="module")
def in_each_system(small, git, jj, tmp_path_factory) -> Callable:
    """Return a function that calls another one with an executor for each system, all at once."""
    path = os.pathsep.join([str(Path(jj).parent), str(Path(git).parent), os.defpath])

    def call(work):
        def one(system: Variant):
            with opened_executor(small, tmp_path_factory.mktemp("work") / "w", path) as executor:
                return work(system, executor, small)

        with ThreadPoolExecutor(len(SYSTEMS)) as pool:
            return dict(zip((s.name for s in SYSTEMS), pool.map(one, SYSTEMS), strict=True))

    return call


@pytest.fixture(scope="module")
def measured(in_each_system, tmp_path_factory) -> dict[str, dict[tuple[str, str], GroupResult]]:
    """Return the results of every system's tests, measured once by the engine."""

    def measure(system, executor, _fixture):
        features = features_of(system, executor)
        groups = [
            group_of(suite, test, system)
            for suite, test in CELLS.values()
            if system.name in test.vcs_types
            and features.issuperset(suite.requirements.required_features)
        ]
        with Journal(tmp_path_factory.mktemp("journal") / "journal.jsonl") as journal:
            plan = plans.plan(*groups, iterations=1, warmups=0)
            session = plans.session(executor.describe())
            results = measure_plan(plan, session, executor, journal, order=plans.rotated)
            return {(r.group.suite_id, r.group.test.id): r for r in results}

    return in_each_system(measure)


def group_of(suite: TestSuite, test: Test, system: Variant) -> TrialGroup:
    return TrialGroup(
        suite_id=suite.id,
        suite_name=suite.name,
        test=test,
        fixture=SIZE,
        variants=(system,),
        setup=suite.setup,
        teardown=suite.teardown,
    )


def features_of(system: Variant, executor: LocalExecutor) -> frozenset[str]:
    return get_vcs(system.vcs_type).features(executor.tool_versions(system.vcs_type))


def outcomes_of(measured) -> dict[tuple[str, str], dict[str, str | None]]:
    return {
        key: {
            system: results[key].measured[0].outcome
            for system, results in measured.items()
            if key in results
        }
        for key in CELLS
    }


def test_every_cell_finishes_with_the_outcome_it_promises(measured):
    wrong = {
        (*key, system): (result.trials[0].status, result.trials[0].reason, warnings)
        for system, results in measured.items()
        for key, result in results.items()
        if (warnings := [r.warnings for r in result.measured if not r.raw.quality.success])
        or result.trials[0].status != "finished"
    }
    assert wrong == {}


def test_the_outcome_is_the_same_in_every_system(measured):
    outcomes = outcomes_of(measured)
    differing = {key: found for key, found in outcomes.items() if len(set(found.values())) != 1}
    assert differing == {}
    assert all(None not in found.values() for found in outcomes.values())


def test_at_least_fifty_five_tests_run_in_two_systems(measured):
    assert sum(len(found) >= 2 for found in outcomes_of(measured).values()) >= 55


def idle_cells(system: str) -> set[tuple[str, str]]:
    """Return the mutating tests whose check is tried in a system.

    Each test in one system, in turn, which keeps the whole below three minutes on two
    cores; all of them in all systems with TRACKER_WHOLE_CATALOGUE=1.
    """
    mutating = [key for key, (_, test) in CELLS.items() if test.mutates]
    if os.environ.get("TRACKER_WHOLE_CATALOGUE") == "1":
        return set(mutating)
    place = [one.name for one in SYSTEMS].index(system)
    return set(mutating[place :: len(SYSTEMS)])


def test_a_command_that_does_nothing_has_another_outcome(measured, in_each_system):
    """A check that passes without the measured command would prove nothing."""
    right = outcomes_of(measured)

    def idle(system, executor, fixture):
        return {
            key: execute_idle(executor, spec_of(suite, test, system, fixture))
            for key, (suite, test) in CELLS.items()
            if key in idle_cells(system.name) and right[key].get(system.name) is not None
        }

    unnoticed = [
        (*key, system)
        for system, values in in_each_system(idle).items()
        for key, value in values.items()
        if value is not None and value == right[key][system]
    ]
    assert unnoticed == []
