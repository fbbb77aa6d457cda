"""Systems are found by name, installed or not, and plug-ins beside them."""

from importlib.metadata import EntryPoint

import pytest

from tracker.models import VcsType
from tracker.vcs import UnknownVcsError, get_vcs, registry, vcs_names
from tracker.vcs.features import parse_version
from tracker.vcs.git import Git
from tracker.vcs.jujutsu import Jujutsu


@pytest.mark.parametrize("name", [vcs.value for vcs in VcsType])
def test_the_built_in_systems_need_no_installation(name, monkeypatch):
    monkeypatch.setattr(registry, "entry_points", lambda **_: ())
    assert get_vcs(name).name == name
    assert vcs_names()[:3] == ("git", "git-worktrees", "jujutsu")


def plug_in(monkeypatch, name, value):
    point = EntryPoint(name, value, registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda **_: (point,))


def test_a_plug_in_is_found_by_its_name(monkeypatch):
    plug_in(monkeypatch, "other", "tracker.vcs.git:Git")
    assert isinstance(get_vcs("other"), Git)
    assert "other" in vcs_names()


def test_a_plug_in_cannot_take_the_place_of_a_built_in_system(monkeypatch):
    plug_in(monkeypatch, "git", "tracker.vcs.jujutsu:Jujutsu")
    assert type(get_vcs("git")) is Git


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(UnknownVcsError, match=r"'mercurial'.*jujutsu|'mercurial'.*git"):
        get_vcs("mercurial")


@pytest.mark.parametrize("value", ["no.such.module:X", "tracker.vcs.git:Missing"])
def test_a_plug_in_that_cannot_be_loaded_is_named(monkeypatch, value):
    plug_in(monkeypatch, "broken", value)
    with pytest.raises(UnknownVcsError, match="broken"):
        get_vcs("broken")


def test_a_plug_in_that_is_no_system_is_refused(monkeypatch):
    plug_in(monkeypatch, "odd", "builtins:dict")
    with pytest.raises(UnknownVcsError, match="odd"):
        get_vcs("odd")


def test_features_follow_versions():
    assert "builtin-fsmonitor" not in Git().features({"git": "2.39.5"})
    assert "builtin-fsmonitor" in Git().features({"git": "2.55.0"})
    assert parse_version("jj 0.35.0-aa2b76978c") == (0, 35, 0)
    assert parse_version("no number") == ()


def test_a_newer_jujutsu_fetches_only_with_a_newer_git():
    assert "remote" in Jujutsu().features({"jj": "0.35.0", "git": "2.39.5"})
    assert "remote" not in Jujutsu().features({"jj": "0.45.1", "git": "2.39.5"})
    assert "remote" in Jujutsu().features({"jj": "0.45.1", "git": "2.47.3"})
    assert "remote" not in Jujutsu().features({"jj": "0.45.1"})
