"""Configurations, suites, variants: found, told apart, anchored."""

import pytest

from tracker.config import (
    InputError,
    default_config,
    find_suites,
    load_any,
    load_config,
    load_suite,
    load_variants,
    read_library,
    shipped_configs,
    shipped_suites,
    shipped_variants,
)
from tracker.models import BenchmarkConfig, TestSuite


def test_a_list_under_tests_is_a_suite_and_a_mapping_a_configuration(write, suite, config):
    assert isinstance(load_any(write(suite, "s.json")), TestSuite)
    assert isinstance(load_any(write(config, "c.yaml")), BenchmarkConfig)


def test_only_five_keys_are_required_and_the_rest_has_defaults(write, config):
    loaded = load_config(write(config))
    assert loaded.version == "1.0.0"
    assert loaded.environment.docker.network == "none"
    assert [size.value for size in loaded.data_generation.repo_sizes] == ["small"]


def test_relative_paths_start_at_the_file_and_ids_stay_ids(write, config, tmp_path):
    config["tests"]["suites"] = ["basic-*", "sub/x.yaml", "/elsewhere/y.yaml"]
    config["dataGeneration"] = {"customFixtures": ["repo", "/elsewhere/repo"]}
    loaded = load_config(write(config, "configs/c.yaml"))
    folder = tmp_path / "configs"
    assert loaded.tests.suites == ("basic-*", f"{folder}/sub/x.yaml", "/elsewhere/y.yaml")
    assert loaded.data_generation.custom_fixtures == (f"{folder}/repo", "/elsewhere/repo")


def test_a_link_does_not_lead_out_of_the_folder(write, config, tmp_path):
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "link").symlink_to(tmp_path)
    config["tests"]["suites"] = ["link/s.yaml"]
    with pytest.raises(InputError, match="leads out"):
        load_config(write(config, "configs/c.yaml"))


def test_a_plugin_s_system_is_known_when_it_is_installed(write, suite):
    suite["tests"][0]["vcsTypes"] = ["git", "sapling"]
    path = write(suite)
    assert load_suite(path, known_vcs=("git", "git-worktrees", "jujutsu", "sapling"))
    with pytest.raises(InputError, match="sapling is not a known version-control system"):
        load_suite(path)


@pytest.mark.parametrize(
    "command",
    ["git show HEAD^{tree}", "git log @{upstream}", "awk '{ print }'", "git add {files:3} {file}", "jj log -r {old}..{main}"],
)  # fmt: skip
def test_braces_that_are_no_placeholders_are_left_alone(command, write, suite):
    suite["tests"][0]["command"] = command
    assert load_suite(write(suite)).tests[0].command == command


def test_a_shell_command_need_not_split(write, suite):
    suite["tests"][0] |= {"command": "echo it's fine # ' ${HOME}", "shell": True}
    assert load_suite(write(suite))


def test_the_default_configuration_has_an_id_of_its_content(write, suite):
    one = load_suite(write(suite, "a.yaml"))
    suite["tests"][0]["command"] = "git diff"
    other = load_suite(write(suite, "b.yaml"))
    first = default_config([one], ["mine"])
    assert first == default_config([one], ["mine"])
    assert first.id != default_config([other], ["mine"]).id
    assert (first.execution.iterations, first.execution.warmup_runs) == (15, 2)


def test_suites_are_found_by_id_glob_and_path_each_once(write, suite, tmp_path):
    path = write(suite, "root/mine.yaml")
    write(suite | {"id": "other"}, "root/deep/other.json")
    roots = [tmp_path / "root"]
    assert [item.suite.id for item in find_suites(["*"], roots)] == ["mine", "other"]
    assert [item.suite.id for item in find_suites(["other", "mi*", str(path)], roots)] == [
        "other",
        "mine",
    ]
    assert [item.suite.id for item in find_suites(["root/*.yaml"], [], base=tmp_path)] == ["mine"]
    assert [item.suite.id for item in find_suites([f"{tmp_path}/root"], [])] == ["other", "mine"]


def test_a_suite_that_is_not_there_is_said_with_what_there_is(write, suite, tmp_path):
    write(suite, "mine.yaml")
    with pytest.raises(InputError, match=r"there is no suite mien\. Did you mean mine\?"):
        find_suites(["mien"], [tmp_path])
    with pytest.raises(InputError, match=r"no suite zzz\. Suites: mine"):
        find_suites(["zzz"], [tmp_path])


def test_a_broken_suite_stops_a_glob_but_not_another_suite(write, suite, tmp_path):
    write(suite, "mine.yaml")
    write("id: [", "broken.yaml")
    assert find_suites(["mine"], [tmp_path])
    with pytest.raises(InputError, match=r"broken\.yaml: line 1"):
        find_suites(["m*"], [tmp_path])


def test_the_project_s_suite_hides_the_shipped_one_of_its_name(write, suite, tmp_path):
    own = write(suite | {"id": "basic-operations"}, "basic.yaml")
    found = find_suites(["basic-operations"], [tmp_path, shipped_suites()])
    assert found[0].path == own


def test_two_files_of_one_folder_may_not_share_an_id(write, suite, tmp_path):
    write(suite, "a.yaml")
    write(suite, "b.yaml")
    assert "as " in str(read_library([tmp_path]).errors[0])


def test_the_default_variants_are_always_there(tmp_path):
    names = [variant.name for variant in load_variants([tmp_path])]
    assert names == ["git", "git-worktrees", "jujutsu"]


def test_shipped_variants_keep_the_systems_as_they_come():
    variants = {variant.name: variant for variant in load_variants([shipped_variants()])}
    assert list(variants)[:3] == ["git", "git-worktrees", "jujutsu"]
    assert all(not variants[name].settings for name in ("git", "git-worktrees", "jujutsu"))
    assert all(variants[name].description for name in variants)
    assert variants["git+untracked-cache"].settings == {"core.untrackedCache": "true"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"name": "git", "vcsType": "jujutsu"}, "another system"),
        ({"name": "git", "vcsType": "git", "settings": {"a.b": "c"}}, "without settings"),
        ({"name": "x", "vcsType": "svn"}, "not a known version-control system"),
        ({"name": "git+x", "vcsType": "git", "requires": ["git"]}, "tool and a version"),
        ({"name": "git+x", "vcsType": "git", "prepare": ["git 'x"]}, "quote that is not closed"),
        ({"name": "git+x", "vcsType": "git", "settings": {"a.b": True}}, "must be text, got true"),
    ],
)
def test_a_malformed_variant_is_refused(content, message, write, tmp_path):
    write(content)
    with pytest.raises(InputError, match=message):
        load_variants([tmp_path])


@pytest.mark.parametrize("name", ["quickstart.yaml", "example.json"])
def test_shipped_configurations_are_valid_and_find_their_suites(name):
    config = load_config(shipped_configs() / name)
    assert find_suites(config.tests.suites, [shipped_suites()])


def test_the_quickstart_measures_fifteen_rounds_in_a_seeded_small_repository():
    config = load_config(shipped_configs() / "quickstart.yaml")
    assert (config.execution.iterations, config.execution.warmup_runs) == (15, 2)
    assert config.execution.random_seed is not None


def test_every_test_of_a_shipped_suite_has_an_outcome_check_for_every_system():
    for item in find_suites(["*"], [shipped_suites()]):
        for test in item.suite.tests:
            assert all(test.for_vcs(name).outcome for name in test.vcs_types), test.id
            everyone = set(test.vcs_types) == {"git", "git-worktrees", "jujutsu"}
            assert everyone or "Not in " in test.description, test.id
