"""The project folder, its settings, and which of several sources wins."""

from pathlib import Path

import pytest

from tracker.config import InputError, Project, data_root, find_project, load_settings
from tracker.config.settings import anchored_url, default_cache


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(root=tmp_path)


def test_the_nearest_parent_with_mlproject_is_the_project(tmp_path):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "MLproject").touch()
    assert find_project(deep).root == tmp_path.resolve()
    (tmp_path / "a" / "MLproject").touch()
    assert find_project(deep).root == (tmp_path / "a").resolve()


def test_without_mlproject_the_current_folder_is_the_project(tmp_path):
    assert find_project(tmp_path).root == tmp_path.resolve()


def test_a_given_project_must_exist(tmp_path):
    assert find_project(Path("/"), tmp_path).root == tmp_path.resolve()
    with pytest.raises(InputError, match=r"--project: is not a folder"):
        find_project(tmp_path, tmp_path / "none")


def test_finding_a_project_creates_nothing(project, tmp_path):
    load_settings(find_project(tmp_path), {"HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_defaults_lie_in_the_project_folder(project, tmp_path):
    settings = load_settings(project, {"HOME": "/home/me"})
    assert settings.store_url == f"sqlite:///{tmp_path}/tracker.db"
    assert settings.tracking_uri == f"sqlite:///{tmp_path}/mlflow.db"
    assert settings.work_dir == tmp_path / ".tracker" / "work"
    assert settings.fixture_cache == Path("/home/me/.cache/vcs-tracker/fixtures")
    assert settings.jj is None


def test_option_beats_environment_beats_file_beats_default(project, tmp_path):
    (tmp_path / "tracker.toml").write_text('storeUrl = "sqlite:///file.db"\njj = "tools/jj"\n')
    environ = {"HOME": "/", "TRACKER_STORE_URL": "sqlite:///env.db"}
    assert load_settings(project, {"HOME": "/"}).store_url.endswith("/file.db")
    assert load_settings(project, environ).store_url.endswith("/env.db")
    option = load_settings(project, environ, {"storeUrl": "sqlite:///option.db"})
    assert option.store_url == f"sqlite:///{tmp_path}/option.db"
    assert option.jj == str(tmp_path / "tools" / "jj")
    assert load_settings(project, environ, {"storeUrl": None}).store_url.endswith("/env.db")


@pytest.mark.parametrize(
    ("url", "anchored"),
    [
        ("sqlite:///x.db", "sqlite:////srv/x.db"),
        ("sqlite+pysqlite:///d/x.db?mode=ro", "sqlite+pysqlite:////srv/d/x.db?mode=ro"),
        ("sqlite:////abs/x.db", "sqlite:////abs/x.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite://", "sqlite://"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("http://localhost:5000", "http://localhost:5000"),
    ],
)
def test_only_relative_sqlite_urls_are_anchored(url, anchored):
    assert anchored_url(url, Path("/srv")) == anchored


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('stroeUrl = "x"', "line 1: stroeUrl: is not a known key. Did you mean storeUrl?"),
        ("# c\nfixtureCacheBytes = 0", "line 2: fixtureCacheBytes: must be more than 0, got 0."),
        ("storeUrl = ", "is not valid TOML"),
        ('storeUrl = "tracker.db"', "is not a URL"),
        ("a = " + "[" * 50_000, "is not valid TOML"),
    ],
)
def test_malformed_settings_are_refused(text, message, project, tmp_path):
    (tmp_path / "tracker.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_settings(project, {"HOME": "/"})
    assert message in str(caught.value)


def test_the_cache_follows_the_custom_of_the_platform():
    assert default_cache({"HOME": "/h"}, "darwin") == Path("/h/Library/Caches/vcs-tracker/fixtures")
    given = default_cache({"HOME": "/h", "XDG_CACHE_HOME": "/c"}, "linux")
    assert given == Path("/c/vcs-tracker/fixtures")
    relative = default_cache({"HOME": "/h", "XDG_CACHE_HOME": "c"}, "linux")
    assert relative == Path("/h/.cache/vcs-tracker/fixtures")


def test_an_installed_wheel_s_experiments_are_found_before_the_checkout_s(tmp_path):
    package = tmp_path / "site" / "tracker"
    (package / "data" / "experiments" / "suites").mkdir(parents=True)
    assert data_root(package) == package / "data"
    with pytest.raises(InputError, match="installation is incomplete"):
        data_root(tmp_path / "other" / "tracker")
