"""Makes the plan of a session: which variant runs which test in which repository."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracker.models import (
    BenchmarkConfig,
    FixtureRequest,
    FixtureStrategy,
    Plan,
    RepoSize,
    SkippedTrial,
    Test,
    TestSuite,
    TrialGroup,
    Variant,
)
from tracker.plan.errors import EmptySelectionError
from tracker.plan.selection import ChosenTests, Selection, choose_tests, choose_variants
from tracker.plan.sizes import planned_files, too_small

FileCount = Callable[[FixtureRequest], int | None]
NONE_UNAVAILABLE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Conditions:
    """What decides whether a chosen trial can be measured."""

    unavailable: Mapping[str, str]
    features: Mapping[str, frozenset[str]] | None
    files_of: FileCount


def make_plan(
    config: BenchmarkConfig,
    suites: Sequence[TestSuite],
    variants: Sequence[Variant],
    *,
    seed: int,
    fixtures: Sequence[FixtureRequest] | None = None,
    test_globs: Sequence[str] = (),
    exclude: Sequence[str] = (),
    tags: Sequence[str] = (),
    variant_globs: Sequence[str] = (),
    sizes: Sequence[RepoSize] | None = None,
    unavailable: Mapping[str, str] = NONE_UNAVAILABLE,
    features: Mapping[str, frozenset[str]] | None = None,
    files_of: FileCount = planned_files,
) -> Plan:
    """Return the plan: groups in suite order, dependencies first, repository by repository.

    Parameters
    ----------
    seed : int
        Of the order within the rounds; stored with the plan.
    fixtures : sequence of FixtureRequest, optional
        The repositories; by default `sizes`, else those of the configuration.
    test_globs, exclude, tags, variant_globs : sequences of str
        Options; they take the place of the configuration's, exclusions add up.
    unavailable : mapping of str to str
        Variant → why it cannot be measured here; its trials are skipped with the reason.
    features : mapping of str to frozenset of str, optional
        Variant → what it can do; a suite that requires more is skipped for it.
    files_of : callable
        Files of a repository, or None where unknown.

    Raises
    ------
    EmptySelectionError
        When there is nothing to measure; the text lists what there is.
    """
    wanted = Selection.of(config, test_globs, exclude, tags)
    chosen = choose_tests(suites, wanted)
    systems = choose_variants(variants, variant_globs)
    places = _distinct(fixtures if fixtures is not None else _fixtures(config, sizes, seed))
    conditions = Conditions(unavailable, features, files_of)
    groups: list[TrialGroup] = []
    skipped: list[SkippedTrial] = []
    for tests, place, test in _cells(chosen, places):
        reasons = _reasons(tests, test, place, systems, conditions)
        skipped += [_skip(tests.suite, test, place, name, why) for name, why in reasons.items()]
        able = [v for v in systems if v.name not in reasons]
        if able:
            groups.append(_group(tests.suite, test, place, able))
    if not groups:
        raise EmptySelectionError(_nothing_left(places, skipped))
    return Plan(config=config, seed=seed, groups=tuple(groups), skipped=tuple(skipped))


def _cells(
    chosen: Sequence[ChosenTests], places: Sequence[FixtureRequest]
) -> Iterator[tuple[ChosenTests, FixtureRequest, Test]]:
    for tests in chosen:
        for place in places:
            for test in tests.tests:
                yield tests, place, test


def _reasons(
    chosen: ChosenTests,
    test: Test,
    place: FixtureRequest,
    systems: Sequence[Variant],
    conditions: Conditions,
) -> dict[str, str]:
    """Return why variants are not measured in the test."""
    for_all = chosen.blocked.get(test.id) or too_small(
        conditions.files_of(place), chosen.suite.requirements.min_repo_size
    )
    reasons: dict[str, str] = {}
    for variant in systems:
        if variant.vcs_type not in test.vcs_types:
            reasons[variant.name] = f"the test has no commands for {variant.vcs_type}"
            continue
        why = (
            conditions.unavailable.get(variant.name)
            or for_all
            or _lacking(chosen.suite, variant, conditions.features)
        )
        if why:
            reasons[variant.name] = why
    return reasons


def _lacking(
    suite: TestSuite, variant: Variant, features: Mapping[str, frozenset[str]] | None
) -> str | None:
    if features is None or variant.name not in features:
        return None
    has = features[variant.name]
    lacking = [name for name in suite.requirements.required_features if name not in has]
    return (
        f"{variant.name} lacks {', '.join(lacking)}, which the suite requires" if lacking else None
    )


def _group(
    suite: TestSuite, test: Test, place: FixtureRequest, variants: Sequence[Variant]
) -> TrialGroup:
    return TrialGroup(
        suite_id=suite.id,
        suite_name=suite.name,
        test=test,
        fixture=place,
        variants=tuple(variants),
        setup=suite.setup,
        teardown=suite.teardown,
        depends_on=test.depends_on or (),
    )


def _skip(
    suite: TestSuite, test: Test, place: FixtureRequest, variant: str, reason: str
) -> SkippedTrial:
    return SkippedTrial(
        suite_id=suite.id, test_id=test.id, variant=variant, repo_size=place.size, reason=reason
    )


def _fixtures(
    config: BenchmarkConfig, sizes: Sequence[RepoSize] | None, seed: int
) -> list[FixtureRequest]:
    data = config.data_generation
    own = data.custom_fixtures or () if sizes is None else ()
    return [
        *(FixtureRequest(size=size, seed=seed) for size in sizes or data.repo_sizes),
        *(
            FixtureRequest(size=RepoSize.CUSTOM, strategy=FixtureStrategy.IMPORTED, source=path)
            for path in own
        ),
    ]


def _distinct(places: Sequence[FixtureRequest]) -> list[FixtureRequest]:
    return list({place.model_dump_json(): place for place in places}.values())


def _nothing_left(places: Sequence[FixtureRequest], skipped: Sequence[SkippedTrial]) -> str:
    if not places:
        return "there is no repository to measure in; give a size or a path"
    reasons = list(dict.fromkeys(f"{trial.variant}: {trial.reason}" for trial in skipped))
    return f"no trial is left. {'; '.join(reasons[:6])}."
