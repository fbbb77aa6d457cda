"""What is shipped: the wheel, the locks, the entry points for MLflow, and nothing of this machine."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("py311", "py312", "py313")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
DEVELOPMENT = [*RUNTIME, *PROJECT["dependency-groups"]["dev"]]


# --- the wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    return Path(next(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])))


@pytest.fixture(scope="module")
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_wheel_is_pure_python(wheel, names):
    assert wheel.name.endswith("-py3-none-any.whl")
    assert not [name for name in names if name.endswith((".so", ".dylib", ".pyd", ".o", ".a"))]


@pytest.mark.parametrize("folder", ["experiments", "migrations"])
def test_wheel_carries_every_data_file_of_the_checkout(names, folder):
    files = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert files
    assert {f"tracker/data/{file}" for file in files} <= set(names)


def test_wheel_carries_the_sources_of_the_probe(names):
    sources = sorted((ROOT / "tracker" / "measurement").rglob("*.[ch]"))
    assert sources
    assert {path.relative_to(ROOT).as_posix() for path in sources} <= set(names)


def test_wheel_says_it_is_typed(names):
    assert {"tracker/py.typed", "patterns/py.typed"} <= set(names)


def test_wheel_holds_neither_tests_nor_results(names):
    tops = {name.split("/", 1)[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"tracker", "patterns"}


def test_installed_tracker_knows_its_suites_outside_the_checkout(wheel, tmp_path):
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    answer = subprocess.run(
        [sys.executable, "-m", "tracker", "suites", "list", "--format", "json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert "basic-operations" in answer.stdout


# --- the locks


def read_lock(name):
    """Return the pinned version and the number of hashes of each package of a lock."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    pins = {}
    for entry in entries:
        requirement, *options = re.split(r"\s+(?=--)", entry)
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", o.strip()) for o in options), entry
        pin = Requirement(requirement)
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        pins[canonicalize_name(pin.name)] = (specifier.version, len(options))
    return pins


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("prefix", "direct"), [("", RUNTIME), ("dev-", DEVELOPMENT)])
def test_every_direct_dependency_is_pinned_as_the_project_asks(python, prefix, direct):
    pins = read_lock(f"{prefix}{python}")
    for asked in map(Requirement, direct):
        version, _ = pins[canonicalize_name(asked.name)]
        assert asked.specifier.contains(version), f"{asked} is pinned to {version}: run `make lock`"


@pytest.mark.parametrize("name", [prefix + python for prefix in ("", "dev-") for python in PYTHONS])
def test_every_package_of_a_lock_has_a_hash(name):
    assert [package for package, (_, hashes) in read_lock(name).items() if hashes == 0] == []


@pytest.mark.parametrize("name", [prefix + python for prefix in ("", "dev-") for python in PYTHONS])
def test_locks_name_no_address(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert not re.search(r"https?:|--index|--extra-index|--find-links|file:", text)


@pytest.mark.parametrize("python", PYTHONS)
def test_tests_run_with_the_versions_users_run(python):
    runtime, development = read_lock(python), read_lock(f"dev-{python}")
    assert {name: development.get(name) for name in runtime} == runtime


# --- MLproject


@pytest.fixture(scope="module")
def entry_points():
    return yaml.safe_load((ROOT / "MLproject").read_text())["entry_points"]


@pytest.fixture
def run_entry_point(entry_points, tmp_path):
    """Return a function that runs an entry point the way MLflow does, with a python that echoes."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\nfor word in "$@"; do printf "%s\\n" "$word"; done\n')
    python.chmod(0o755)

    def run(name, *, options=(), **given):
        entry = entry_points[name]
        declared = entry.get("parameters", {})
        values = {key: one["default"] for key, one in declared.items() if "default" in one}
        quoted = {key: shlex.quote(value) for key, value in (values | given).items()}
        command = " ".join([entry["command"].format(**quoted), *options])
        return subprocess.run(
            ["bash", "-c", command],
            env={"PATH": os.environ["PATH"], "VIRTUAL_ENV": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()

    return run


def test_mlproject_has_the_entry_points_of_the_commands(entry_points):
    assert set(entry_points) >= {"main", "quickstart", "compare", "report", "recommend"}
    for entry in entry_points.values():
        assert all(one["type"] for one in entry.get("parameters", {}).values())


def test_main_runs_the_quickstart_configuration_unless_told_otherwise(run_entry_point):
    quickstart = "experiments/configs/quickstart.yaml"
    assert run_entry_point("main") == ["-m", "tracker", "run", quickstart]
    assert run_entry_point("quickstart") == run_entry_point("main")
    assert run_entry_point("main", config="my own.yaml")[-1] == "my own.yaml"
    assert (ROOT / quickstart).is_file()


def test_undeclared_parameter_becomes_an_option_of_the_command(run_entry_point):
    # MLflow appends what an entry point does not declare as `--name value`.
    assert run_entry_point("main", options=["--iterations 5"])[-2:] == ["--iterations", "5"]


def test_report_is_of_the_latest_session_unless_one_is_named(run_entry_point):
    asked = ["--format", "html", "--output", "report.html"]
    assert run_entry_point("report") == ["-m", "tracker", "report", *asked]
    named = run_entry_point("report", session="benchmark-1")
    assert named == ["-m", "tracker", "report", "benchmark-1", *asked]


def test_compare_takes_two_names_as_they_are(run_entry_point):
    asked = run_entry_point("compare", baseline="git", candidate="my variant")
    assert asked == ["-m", "tracker", "compare", "git", "my variant"]


def test_recommend_is_for_a_repository_or_for_a_size(run_entry_point):
    workload = ["--workload", "developer"]
    assert run_entry_point("recommend") == ["-m", "tracker", "recommend", "--repo", ".", *workload]
    sized = run_entry_point("recommend", repo_size="medium")
    assert sized == ["-m", "tracker", "recommend", "--repo-size", "medium", *workload]


# --- tracked files


def test_no_tracked_file_names_a_registry_or_a_path_of_a_machine():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    pattern = (
        r"(--|_|-)index-url"
        r'|registry *= *"?http|"resolved": *"http|https?://[^ "]*/(simple|debian)(/|"| |$)'
        r"|(^|[^A-Za-z0-9_.])/(root|work)/"
    )
    found = subprocess.run(
        ["git", "grep", "-nIE", pattern, "--", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == ""
    assert found.returncode == 1  # 0: something was found; more: git could not look


def test_scripts_can_be_run():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
