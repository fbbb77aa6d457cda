"""What holds for every test of the shipped suites, without running one."""

from collections import Counter

import pytest

from tests.catalogue.page import CATEGORIES, PAGE, page, suites_in_order
from tracker.config import load_config, shipped_configs
from tracker.config.features import PLACEHOLDER
from tracker.models import Test, VcsType
from tracker.vcs.commands import split

SUITES = suites_in_order()
TESTS = [pytest.param(test, id=test.id) for suite in SUITES for test in suite.tests]
IGNORING = "--ignore-working-copy"


def commands_of(test: Test) -> list[str]:
    """Return every command of a test for every system."""
    found = []
    for name in test.vcs_types:
        wanted = test.for_vcs(name)
        found += [*wanted.steps, *(wanted.prepare or ())]
        if wanted.outcome and wanted.outcome.command:
            found.append(wanted.outcome.command)
    return found


def test_there_are_sixty_tests_in_four_categories():
    assert {suite.category for suite in SUITES} == set(CATEGORIES)
    assert sum(len(suite.tests) for suite in SUITES) >= 60


def test_no_two_tests_of_the_catalogue_share_an_id_or_an_operation():
    tests = [test for suite in SUITES for test in suite.tests]
    assert max(Counter(test.id for test in tests).values()) == 1
    assert max(Counter(test.measured_operation for test in tests).values()) == 1


def test_the_quickstart_keeps_its_fifteen_tests():
    selection = load_config(shipped_configs() / "quickstart.yaml").tests
    selected = [
        test.id
        for suite in SUITES
        if suite.id in selection.suites
        for test in suite.tests
        if set(selection.tags or ()) & {*suite.tags, *test.tags}
    ]
    assert len(selected) == 15


@pytest.mark.parametrize("test", TESTS)
def test_it_has_an_outcome_check_equal_for_all_its_systems(test: Test):
    checks = [test.for_vcs(name).outcome for name in test.vcs_types]
    assert all(check is not None and check.across for check in checks)
    assert len({check.expect for check in checks if check}) == 1


@pytest.mark.parametrize("test", TESTS)
def test_a_missing_system_has_a_reason_in_the_description(test: Test):
    missing = {str(name) for name in VcsType} - set(test.vcs_types)
    assert not missing or "Not in " in test.description


@pytest.mark.parametrize("test", TESTS)
def test_names_of_the_repository_are_arguments_of_a_shell_never_its_text(test: Test):
    """A branch may be called `$(rm -r .)`."""
    assert not test.shell
    for command in commands_of(test):
        argv = split(command)
        if argv[:2] == ("sh", "-c"):
            assert not PLACEHOLDER.search(argv[2]), command


@pytest.mark.parametrize("test", TESTS)
def test_a_step_that_ignores_the_working_copy_is_labelled(test: Test):
    steps = [step for name in test.vcs_types for step in test.for_vcs(name).steps]
    assert any(IGNORING in step for step in steps) == ("ignore-working-copy" in test.tags)


def test_a_test_that_ignores_the_working_copy_has_a_twin_that_does_not():
    tests = {test.id: test for suite in SUITES for test in suite.tests}
    ignoring = [test for test in tests.values() if "ignore-working-copy" in test.tags]
    assert len(ignoring) >= 4
    for test in ignoring:
        twin = tests[test.id.removesuffix("-ignoring-working-copy")]
        assert [step.replace(f" {IGNORING}", "") for step in test.for_vcs("jujutsu").steps] == list(
            twin.for_vcs("jujutsu").steps
        )
        assert test.command == twin.command


def test_the_page_is_what_the_suites_say():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.catalogue.page"
