"""Which tests and which variants are chosen."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from tracker.models import BenchmarkConfig, Test, TestSuite, Value, Variant
from tracker.plan.errors import EmptySelectionError
from tracker.plan.order import in_order, with_dependencies


class Selection(Value):
    """Ids, globs and tags; `exclude` wins over everything, tags ask for any of them."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        config: BenchmarkConfig,
        test_globs: Sequence[str],
        exclude: Sequence[str],
        tags: Sequence[str],
    ) -> "Selection":
        """Return the configuration's selection; options take its place, exclusions add up."""
        tests = config.tests
        return cls(
            include=tuple(test_globs or tests.include or ()),
            exclude=(*(tests.exclude or ()), *exclude),
            tags=tuple(tags or tests.tags or ()),
        )


class ChosenTests(Value):
    """Tests of one suite in the order they run, and those that lack an excluded dependency."""

    suite: TestSuite
    tests: tuple[Test, ...]
    blocked: dict[str, str]


def choose_tests(suites: Sequence[TestSuite], wanted: Selection) -> tuple[ChosenTests, ...]:
    """Return the chosen tests of each suite, dependencies included, in suite order.

    Raises
    ------
    EmptySelectionError
        When nothing is chosen, or an id or glob of `include` chooses nothing.
    """
    _check_include(suites, wanted.include)
    chosen = tuple(_of_suite(suite, wanted) for suite in suites)
    if not any(item.tests for item in chosen):
        raise EmptySelectionError(_nothing(suites, wanted))
    return tuple(item for item in chosen if item.tests)


def _of_suite(suite: TestSuite, wanted: Selection) -> ChosenTests:
    excluded = {test.id for test in suite.tests if _named(suite, test, wanted.exclude)}
    picked = [
        test.id
        for test in suite.tests
        if test.id not in excluded and _included(suite, test, wanted)
    ]
    reached = with_dependencies(picked, suite.tests)
    tests = in_order([test for test in suite.tests if test.id in reached - excluded])
    return ChosenTests(suite=suite, tests=tests, blocked=_blocked(tests, excluded))


def _blocked(tests: Iterable[Test], excluded: set[str]) -> dict[str, str]:
    """Return the reason for each test that cannot run without an excluded one; in test order."""
    blocked: dict[str, str] = {}
    for test in tests:
        for name in test.depends_on or ():
            if name in excluded:
                blocked.setdefault(test.id, f"depends on {name}, which is excluded")
            elif name in blocked:
                blocked.setdefault(test.id, f"depends on {name}, which cannot run")
    return blocked


def _included(suite: TestSuite, test: Test, wanted: Selection) -> bool:
    if wanted.include and not _named(suite, test, wanted.include):
        return False
    return not wanted.tags or not {*suite.tags, *test.tags}.isdisjoint(wanted.tags)


def _named(suite: TestSuite, test: Test, globs: Iterable[str]) -> bool:
    names = (test.id, f"{suite.id}/{test.id}")
    return any(fnmatchcase(name, glob) for glob in globs for name in names)


def _check_include(suites: Sequence[TestSuite], include: Sequence[str]) -> None:
    for glob in include:
        if not any(_named(suite, test, [glob]) for suite in suites for test in suite.tests):
            raise EmptySelectionError(f"no test is called {glob}. {_tests_of(suites)}")


def _nothing(suites: Sequence[TestSuite], wanted: Selection) -> str:
    filters = {"include": wanted.include, "exclude": wanted.exclude, "tags": wanted.tags}
    said = "; ".join(f"{name} {', '.join(given)}" for name, given in filters.items() if given)
    tags = sorted({tag for suite in suites for test in suite.tests for tag in test.tags})
    listed = f" Tags: {', '.join(tags)}." if wanted.tags and tags else ""
    return f"no test is left ({said or 'no suite'}). {_tests_of(suites)}{listed}"


def _tests_of(suites: Sequence[TestSuite]) -> str:
    return " ".join(
        f"Tests of {suite.id}: {', '.join(test.id for test in suite.tests)}." for suite in suites
    )


def choose_variants(variants: Sequence[Variant], globs: Sequence[str]) -> tuple[Variant, ...]:
    """Return the variants the globs name, or without globs the systems as they come.

    Raises
    ------
    EmptySelectionError
        When a glob names none.
    """
    known = ", ".join(variant.name for variant in variants)
    for glob in globs:
        if not any(fnmatchcase(variant.name, glob) for variant in variants):
            raise EmptySelectionError(f"no variant is called {glob}. Variants: {known}.")
    return tuple(
        variant
        for variant in variants
        if (
            any(fnmatchcase(variant.name, glob) for glob in globs)
            if globs
            else variant.name == variant.vcs_type
        )
    )
