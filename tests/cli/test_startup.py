"""`tracker --help` answers at once: nothing heavy is imported, little CPU is used."""

import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from tests.cli.reference import commands
from tracker.cli import app

HEAVY = ("mlflow", "pandas", "sklearn", "scipy", "sqlmodel", "sqlalchemy", "docker", "numpy")


def imported_by(*arguments: str) -> set[str]:
    code = (
        "import sys; sys.argv = ['tracker', *sys.argv[1:]]\n"
        "from tracker.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print('|'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return set(done.stderr.strip().splitlines()[-1].split("|"))


ALL = commands(typer.main.get_command(app))


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("--version",)])
def test_help_imports_nothing_heavy(arguments):
    assert imported_by(*arguments).isdisjoint(HEAVY)


@pytest.mark.slow
def test_help_costs_at_most_twice_the_import_of_typer():
    def cpu_s(argv: list[str]) -> float:
        before = os.times()
        subprocess.run([sys.executable, *argv], capture_output=True, check=True)
        after = os.times()
        return (after.children_user + after.children_system) - (
            before.children_user + before.children_system
        )

    pairs = [(cpu_s(["-m", "tracker", "--help"]), cpu_s(["-c", "import typer"])) for _ in range(9)]
    ratios = sorted(ours / theirs for ours, theirs in pairs)
    assert ratios[len(ratios) // 2] <= 2.0


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_every_command_has_help_with_an_example(command):
    shown = CliRunner().invoke(app, [*command, "--help"])
    assert shown.exit_code == 0
    assert f"Example: tracker {' '.join(command)}" in " ".join(shown.output.split())


def test_the_contract_s_commands_are_there():
    names = {command[0] for command in ALL}
    assert names >= {
        "run",
        "report",
        "runs",
        "suites",
        "fixtures",
        "patterns",
        "db",
        "config",
        "tools",
        "doctor",
        "ui",
    }


def test_an_unknown_option_exits_2():
    assert CliRunner().invoke(app, ["run", "--no-such-option"]).exit_code == 2
