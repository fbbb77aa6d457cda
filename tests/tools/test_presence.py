from pathlib import Path

import pytest

from tracker.tools.presence import Origin, data_folder, find_tool, locate_tool, tools_folder


@pytest.fixture
def environ(tmp_path):
    return {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home")}


def test_data_folder_follows_xdg_and_else_the_home():
    assert data_folder({"XDG_DATA_HOME": "/data", "HOME": "/h"}) == Path("/data/vcs-tracker")
    assert data_folder({"HOME": "/h"}) == Path("/h/.local/share/vcs-tracker")


def test_relative_xdg_folder_is_ignored():
    assert data_folder({"XDG_DATA_HOME": "data", "HOME": "/h"}) == data_folder({"HOME": "/h"})


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}])
def test_without_a_home_variable_the_account_says_the_home(environ):
    assert data_folder(environ) == Path.home() / ".local/share/vcs-tracker"


def test_missing_tool_is_none(environ):
    assert find_tool("jj", environ=environ) is None


def test_path_comes_before_the_tools_folder(environ, tmp_path, make_program):
    make_program(tools_folder(environ), says="jj 0.35.0")
    on_path = make_program(tmp_path / "bin", says="jj 0.45.1")
    found = find_tool("jj", environ=environ)
    assert (found.path, found.version, found.origin) == (on_path, "0.45.1", Origin.PATH)


def test_tool_in_the_tools_folder_is_found(environ, make_program):
    program = make_program(tools_folder(environ), says="jj 0.35.0")
    found = find_tool("jj", environ=environ)
    assert (found.path, found.version, found.origin) == (program, "0.35.0", Origin.TOOLS_FOLDER)


def test_file_that_cannot_be_run_is_no_tool(environ, make_program):
    make_program(tools_folder(environ)).chmod(0o644)
    assert locate_tool("jj", environ=environ) is None


def test_tool_that_fails_has_no_version(environ, tmp_path, make_program):
    make_program(tmp_path / "bin", says="0.1.2", exit_code=1)
    assert find_tool("jj", environ=environ).version is None


def test_git_under_a_name_with_its_version_says_that_version(environ, tmp_path, git):
    """Git takes the name it is called by for one of its commands."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git-2.1").symlink_to(git)
    found = find_tool("git-2.1", environ=environ)
    assert found.path == tmp_path / "bin" / "git-2.1"
    assert found.version == find_tool("git").version
