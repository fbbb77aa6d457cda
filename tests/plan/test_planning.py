"""Which trials are planned, in which order, and why others are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.models import FixtureRequest, RepoSize, Test
from tracker.models.config import DataGeneration, TestSelection
from tracker.plan import EmptySelectionError, make_plan, planned_files
from tracker.plan.order import in_order


def ids(plan):
    return [group.test.id for group in plan.groups]


def names(group):
    return [variant.name for variant in group.variants]


def test_a_plan_has_every_default_variant_of_every_test(config, make_suite, variants):
    plan = make_plan(config, [make_suite({"id": "a"}, {"id": "b"})], variants, seed=1)
    assert ids(plan) == ["a", "b"]
    assert names(plan.groups[0]) == ["git", "git-worktrees", "jujutsu"]
    assert plan.trial_count == 6
    assert plan.skipped == ()
    assert plan == make_plan(config, [make_suite({"id": "a"}, {"id": "b"})], variants, seed=1)


def test_other_variants_are_planned_when_they_are_named(config, make_suite, variants):
    suites = [make_suite({"id": "a"})]
    assert names(make_plan(config, suites, variants, seed=1, variant_globs=["git*"]).groups[0]) == [
        "git", "git-worktrees", "git+x",
    ]  # fmt: skip
    with pytest.raises(EmptySelectionError, match=r"no variant is called svn\. Variants: git, "):
        make_plan(config, suites, variants, seed=1, variant_globs=["svn"])


def test_a_test_runs_only_in_its_systems(config, make_suite, variants):
    suites = [make_suite({"id": "a", "vcsTypes": ["jujutsu"]}, {"id": "b"})]
    plan = make_plan(config, suites, variants, seed=1)
    assert [names(group) for group in plan.groups] == [
        ["jujutsu"],
        ["git", "git-worktrees", "jujutsu"],
    ]
    assert [(trial.test_id, trial.variant, trial.reason) for trial in plan.skipped] == [
        ("a", name, f"the test has no commands for {name}") for name in ("git", "git-worktrees")
    ]


def test_dependencies_are_pulled_in_and_come_first(config, make_suite, variants):
    suites = [
        make_suite(
            {"id": "c", "dependsOn": ["b"]},
            {"id": "x"},
            {"id": "b", "dependsOn": ["a"]},
            {"id": "a"},
        )
    ]
    plan = make_plan(config, suites, variants, seed=1, test_globs=["c"])
    assert ids(plan) == ["a", "b", "c"]
    assert plan.groups[2].depends_on == ("b",)
    assert ids(make_plan(config, suites, variants, seed=1)) == ["x", "a", "b", "c"]


def test_exclude_wins_over_include_and_over_dependencies(config, make_suite, variants):
    suites = [
        make_suite(
            {"id": "a"},
            {"id": "b", "dependsOn": ["a"]},
            {"id": "c", "dependsOn": ["b"]},
            {"id": "d"},
        )
    ]
    plan = make_plan(config, suites, variants, seed=1, test_globs=["*"], exclude=["a"])
    assert ids(plan) == ["d"]
    reasons = {trial.test_id: trial.reason for trial in plan.skipped}
    assert reasons == {
        "b": "depends on a, which is excluded",
        "c": "depends on b, which cannot run",
    }
    assert len(plan.skipped) == 6


def test_any_of_the_tags_selects_those_of_the_suite_included(config, make_suite, variants):
    suites = [
        make_suite({"id": "a", "tags": ["read"]}, {"id": "b", "tags": ["write"]}, {"id": "c"}),
        make_suite({"id": "d"}, name="t", tags=["read"]),
    ]
    assert ids(make_plan(config, suites, variants, seed=1, tags=["read"])) == ["a", "d"]
    assert ids(make_plan(config, suites, variants, seed=1, tags=["read", "write"])) == [
        "a",
        "b",
        "d",
    ]
    assert ids(make_plan(config, suites, variants, seed=1, test_globs=["t/*"])) == ["d"]


def test_the_configuration_selects_and_options_take_its_place(config, make_suite, variants):
    selection = TestSelection(suites=("s",), include=("a", "b"), exclude=("b",))
    config = config.model_copy(update={"tests": selection})
    suites = [make_suite({"id": "a"}, {"id": "b"}, {"id": "c"})]
    assert ids(make_plan(config, suites, variants, seed=1)) == ["a"]
    assert ids(make_plan(config, suites, variants, seed=1, test_globs=["c"])) == ["c"]
    with pytest.raises(EmptySelectionError, match="no test is left"):
        make_plan(config, suites, variants, seed=1, exclude=["a"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"test_globs": ["nothing"]}, "no test is called nothing. Tests of s: a."),
        ({"tags": ["nothing"]}, "no test is left (tags nothing). Tests of s: a. Tags: read."),
        ({"exclude": ["*"]}, "no test is left (exclude *). Tests of s: a."),
        ({"fixtures": []}, "there is no repository"),
        ({"unavailable": {"git": "git is not installed", "git-worktrees": "w", "jujutsu": "j"}}, "git: git is not installed; git-worktrees: w; jujutsu: j."),
    ],
)  # fmt: skip
def test_an_empty_selection_says_what_there_is(options, message, config, make_suite, variants):
    with pytest.raises(EmptySelectionError) as caught:
        make_plan(config, [make_suite({"id": "a", "tags": ["read"]})], variants, seed=1, **options)
    assert message in str(caught.value)


def test_unavailable_variants_are_skipped_with_their_reason(config, make_suite, variants):
    suites = [make_suite({"id": "a"}, {"id": "b", "vcsTypes": ["git"]})]
    plan = make_plan(
        config, suites, variants, seed=1, unavailable={"jujutsu": "jj is not installed"}
    )
    assert [names(group) for group in plan.groups] == [["git", "git-worktrees"], ["git"]]
    assert [(trial.test_id, trial.variant, trial.reason) for trial in plan.skipped] == [
        ("a", "jujutsu", "jj is not installed"),
        ("b", "git-worktrees", "the test has no commands for git-worktrees"),
        ("b", "jujutsu", "the test has no commands for jujutsu"),
    ]


def test_a_suite_for_larger_repositories_is_skipped_in_smaller_ones(config, make_suite, variants):
    suites = [make_suite({"id": "a"}, requirements={"minRepoSize": "medium"})]
    fixtures = [
        FixtureRequest(size=RepoSize.SMALL),
        FixtureRequest(size=RepoSize.MEDIUM),
        FixtureRequest(size=RepoSize.CUSTOM, source="/big"),
        FixtureRequest(size=RepoSize.CUSTOM, source="/tiny"),
    ]
    counts = {"/big": 90_000, "/tiny": 3}
    plan = make_plan(
        config, suites, variants, seed=1, fixtures=fixtures,
        files_of=lambda one: counts.get(one.source) or planned_files(one),
    )  # fmt: skip
    assert [group.fixture for group in plan.groups] == fixtures[1:3]
    assert {trial.reason for trial in plan.skipped} == {
        "the repository has 200 files; the suite asks for 1000 (medium)",
        "the repository has 3 files; the suite asks for 1000 (medium)",
    }


def test_a_variant_without_a_required_feature_is_skipped(config, make_suite, variants):
    suites = [make_suite({"id": "a"}, requirements={"requiredFeatures": ["stash"]})]
    features = {
        "git": frozenset({"stash"}),
        "git-worktrees": frozenset({"stash"}),
        "jujutsu": frozenset(),
    }
    plan = make_plan(config, suites, variants, seed=1, features=features)
    assert names(plan.groups[0]) == ["git", "git-worktrees"]
    assert plan.skipped[0].reason == "jujutsu lacks stash, which the suite requires"


def test_repositories_come_from_the_configuration_each_once(config, make_suite, variants):
    data = DataGeneration(repo_sizes=(RepoSize.SMALL, RepoSize.SMALL), custom_fixtures=("/repo",))
    config = config.model_copy(update={"data_generation": data})
    plan = make_plan(config, [make_suite({"id": "a"})], variants, seed=1)
    assert [(g.fixture.size.value, g.fixture.source) for g in plan.groups] == [
        ("small", None),
        ("custom", "/repo"),
    ]


@st.composite
def graphs(draw):
    """Give tests whose dependencies go to smaller numbers only, in any order."""
    count = draw(st.integers(1, 8))
    tests = [
        Test(
            id=f"t{number}",
            name="x",
            command="git status",
            depends_on=tuple(f"t{n}" for n in draw(st.sets(st.integers(0, number - 1), max_size=3)))
            if number
            else None,
        )
        for number in range(count)
    ]
    return draw(st.permutations(tests))


@given(graphs())
def test_every_test_comes_after_what_it_depends_on(tests):
    ordered = [test.id for test in in_order(tests)]
    assert sorted(ordered) == sorted(test.id for test in tests)
    for test in tests:
        for name in test.depends_on or ():
            assert ordered.index(name) < ordered.index(test.id)


@given(st.lists(st.integers(0, 50), unique=True, max_size=10))
def test_tests_without_dependencies_keep_their_order(numbers):
    tests = [Test(id=f"t{n}", name="x", command="git status") for n in numbers]
    assert in_order(tests) == tuple(tests)
