import pytest

from tracker.tools.versions import find_version, jj_git_conflict, version_key


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("git version 2.39.5", "2.39.5"),
        ("git version 2.47.1 (Apple Git-154)", "2.47.1"),
        ("jj 0.46.0-3f1c0b2d", "0.46.0"),
        ("cc (Debian 12.2.0-14+deb12u1) 12.2.0", "12.2.0"),
        ("4.9.0", "4.9.0"),
        ("no number", None),
    ],
)
def test_version_is_the_first_dotted_number(text, version):
    assert find_version(text) == version


def test_versions_compare_by_number_not_by_letter():
    assert version_key("0.46.0") > version_key("0.9.9")


@pytest.mark.parametrize(("jj", "git"), [("0.46.0", "2.39.5"), ("0.50.1", "2.41.9")])
def test_new_jj_conflicts_with_old_git(jj, git):
    explained = jj_git_conflict(jj, git)
    assert jj in explained
    assert git in explained
    assert "git.executable-path" in explained


@pytest.mark.parametrize(
    ("jj", "git"),
    [("0.45.1", "2.39.5"), ("0.46.0", "2.42.0"), (None, "2.39.5"), ("0.46.0", None)],
)
def test_no_conflict_is_claimed_where_none_is_known(jj, git):
    assert jj_git_conflict(jj, git) is None
