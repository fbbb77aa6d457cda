"""Configuration files hold the pins, a variant's settings over them, and nothing unescaped."""

import tomllib

import pytest

from tests.vcs.local_runner import LocalRunner
from tracker.vcs.git_config import git_config
from tracker.vcs.jujutsu_config import jujutsu_config


@pytest.mark.parametrize(
    "value",
    [
        "true",
        "a b",
        " lead and trail ",
        'q"uote',
        "back\\slash",
        "new\nline",
        "tab\t",
        "# ; =",
        "",
        "é",
    ],
)
def test_git_reads_back_every_value(git, tmp_path, value):
    file = tmp_path / "config"
    file.write_text(git_config({'remote.a"b\\c.url': value}))
    run = LocalRunner({"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    argv = [git, "config", "-z", "--file", str(file), 'remote.a"b\\c.url']
    assert run(argv, cwd=tmp_path).stdout == value + "\0"


def test_a_setting_replaces_a_pin_whatever_its_case():
    text = git_config({"CORE.FSMonitor": "true"})
    assert text.count("fsmonitor") == 1
    assert 'fsmonitor = "true"' in text


@pytest.mark.parametrize(
    "key", ["nodot", "", ".x", "a.", "a b.c", "a\n[alias]\nx.y", 'core.x"\n[a].b']
)
def test_a_malformed_git_key_is_refused(key):
    with pytest.raises(ValueError, match="Git setting"):
        git_config({key: "1"})


def test_jujutsu_values_are_toml_where_they_read_as_such():
    config = tomllib.loads(
        jujutsu_config({"a.b": "true", "a.c": "12", "a.d": "watchman", "a.e": '["x", "y"]'})
    )
    assert config["a"] == {"b": True, "c": 12, "d": "watchman", "e": ["x", "y"]}


def test_a_jujutsu_value_cannot_add_another_setting():
    config = tomllib.loads(jujutsu_config({"a.b": '1\nui.pager = "sh"'}))
    assert config["a"]["b"] == '1\nui.pager = "sh"'
    assert "pager" not in config["ui"]


def test_a_jujutsu_setting_replaces_a_pin_however_it_is_quoted():
    config = tomllib.loads(jujutsu_config({"revset-aliases.'immutable_heads()'": "tags()"}))
    assert config["revset-aliases"]["immutable_heads()"] == "tags()"


@pytest.mark.parametrize("key", ["", "a b", "a = 1\nb", "a..b"])
def test_a_malformed_jujutsu_key_is_refused(key):
    with pytest.raises(ValueError, match="jj setting"):
        jujutsu_config({key: "1"})


def test_settings_that_contradict_one_another_are_refused():
    with pytest.raises(ValueError, match="contradict"):
        jujutsu_config({"a": "1", "a.b": "2"})
