import dataclasses

import pytest

from tracker.tools.command import CommandOutput
from tracker.tools.doctor import CheckStatus, DoctorReport, Machine, examine
from tracker.tools.store_address import StoreAddress


@pytest.fixture
def machine(tmp_path, make_program):
    """Return a quiet machine on which git, jj and cc are there."""
    for name, says in [
        ("git", "git version 2.47.3"),
        ("jj", "jj 0.35.0"),
        ("cc", "cc (Debian 12.2.0-14) 12.2.0"),
    ]:
        make_program(tmp_path / "bin", name=name, says=says)
    return Machine(
        environ={"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)},
        python_version=(3, 12, 1),
        cores=4,
        load_average=lambda: 0.2,
        governor=lambda: None,
        free_bytes=lambda _folder: 50 * 1024**3,
    )


@pytest.fixture
def check(tmp_path, machine):
    """Return a function that examines a changed machine and returns the check of a name."""

    def run(name, *, changes=None, **stores):
        report = examine(
            tmp_path,
            store_url=stores.get("store_url", "sqlite:///tracker.db"),
            tracking_uri=stores.get("tracking_uri", "sqlite:///mlflow.db"),
            probe=stores.get("probe"),
            machine=dataclasses.replace(machine, **(changes or {})),
        )
        return next(found for found in report.checks if found.name == name)

    return run


def without(tmp_path, name):
    (tmp_path / "bin" / name).unlink()


def test_machine_with_everything_needed_can_measure(tmp_path, machine):
    report = examine(
        tmp_path,
        store_url="sqlite:///tracker.db",
        tracking_uri="sqlite:///mlflow.db",
        machine=machine,
    )
    assert report.can_measure
    assert {c.name for c in report.checks if c.status is not CheckStatus.OK} == {
        "docker",
        "watchman",
    }
    assert DoctorReport.model_validate_json(report.to_json()) == report


def test_whatever_is_not_ok_says_what_to_do(tmp_path, machine):
    for name in ("git", "jj", "cc"):
        without(tmp_path, name)
    bad = dataclasses.replace(
        machine,
        python_version=(3, 14, 0),
        load_average=lambda: 9.0,
        governor=lambda: "powersave",
        free_bytes=lambda _folder: 1,
    )
    report = examine(
        tmp_path, store_url="sqlite:///t.db", tracking_uri="sqlite:///m.db", machine=bad
    )
    troubled = [c for c in report.checks if c.status is not CheckStatus.OK]
    assert len(troubled) == 9
    assert all(c.advice for c in troubled)


def test_without_git_nothing_can_be_measured(tmp_path, check):
    without(tmp_path, "git")
    git = check("git")
    assert (git.status, git.required) == (CheckStatus.MISSING, True)


def test_missing_jj_names_the_command_that_gets_it(tmp_path, check):
    without(tmp_path, "jj")
    jj = check("jj")
    assert (jj.status, jj.required) == (CheckStatus.MISSING, False)
    assert "tracker tools install jj" in jj.advice


def test_jj_that_refuses_this_git_is_a_warning(tmp_path, check, make_program):
    make_program(tmp_path / "bin", name="jj", says="jj 0.46.0")
    make_program(tmp_path / "bin", name="git", says="git version 2.39.5")
    jj = check("jj")
    assert jj.status is CheckStatus.WARNING
    assert "2.42" in jj.advice


def test_kind_of_probe_is_shown_beside_the_compiler(check):
    assert check("C compiler", probe="static C").found.endswith("probe: static C")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (CommandOutput(0, "28.2.2\n", ""), CheckStatus.OK),
        (CommandOutput(1, "", "Cannot connect to the Docker daemon"), CheckStatus.WARNING),
        (CommandOutput(None, "", "no answer within 5 s"), CheckStatus.WARNING),
    ],
)
def test_docker_client_without_an_engine_is_a_warning(
    tmp_path, check, make_program, scripted, said, answer, status
):
    make_program(tmp_path / "bin", name="docker")
    run = scripted({"docker --version": said("Docker version 28.2.2"), "docker version": answer})
    assert check("docker", changes={"run": run}).status is status


@pytest.mark.parametrize(
    ("load", "status"),
    [(0.2, CheckStatus.OK), (3.0, CheckStatus.WARNING), (None, CheckStatus.OK)],
)
def test_busy_machine_is_a_warning(check, load, status):
    assert check("load", changes={"load_average": lambda: load}).status is status


def test_password_of_a_store_is_not_shown(check):
    shown = check("pattern store", store_url="postgresql+psycopg://me:secret@db:5432/tracker")
    assert "secret" not in shown.to_json()
    assert shown.found == "postgresql+psycopg://db:5432/tracker"


def test_store_below_a_file_cannot_be_written(tmp_path, check):
    (tmp_path / "file").write_text("")
    found = check("MLflow store", tracking_uri="sqlite:///file/mlflow.db")
    assert found.status is CheckStatus.MISSING
    assert "is not a folder" in found.advice


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///tracker.db", "project/tracker.db"),
        ("sqlite:////elsewhere/tracker.db", "/elsewhere/tracker.db"),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("mlruns", "project/mlruns"),
        ("http://host:5000", None),
    ],
)
def test_relative_store_is_anchored_in_the_project(tmp_path, url, file):
    project = tmp_path / "project"
    expected = None if file is None else tmp_path / file
    assert StoreAddress.parse(url, project).file == expected


def test_store_in_a_folder_that_is_not_made_yet_can_be_written(tmp_path):
    assert StoreAddress.parse("sqlite:///new/folder/t.db", tmp_path).problem() is None
