"""Writes docs/cli.md from the commands: python -m tests.cli.reference"""

from pathlib import Path

import typer
from typer.testing import CliRunner

from tracker.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"

INTRODUCTION = """# The command line

<!-- Written by `python -m tests.cli.reference` from the commands; do not edit. -->

Results go to standard output, progress and warnings to standard error. Exit codes: 0 done, 1 a check found a
difference, 2 wrong usage or input (nothing was done), 4 a benchmark or what it needs failed.
"""


def commands(group: typer.core.TyperGroup, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the words of every command, in the order of the help."""
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        here = (*path, name)
        nested = isinstance(command, typer.core.TyperGroup)
        if not nested or command.invoke_without_command:
            found.append(here)
        found += commands(command, here) if nested else []
    return found


def page() -> str:
    """Return the text of docs/cli.md."""
    parts = [INTRODUCTION]
    for words in commands(typer.main.get_command(app)):
        shown = CliRunner().invoke(
            app,
            [*words, "--help"],
            prog_name="tracker",
            env={"COLUMNS": "100", "TERMINAL_WIDTH": "100"},
        )
        text = "\n".join(line.rstrip() for line in shown.output.strip().splitlines())
        parts.append(f"## tracker {' '.join(words)}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
