"""Writes docs/catalogue.md from the shipped suites: python -m tests.catalogue.page"""

import sys
from collections.abc import Iterator
from pathlib import Path

from tracker.config import find_suites, load_variants, shipped_suites, shipped_variants
from tracker.models import Test, TestSuite, VcsType

PAGE = Path(__file__).parents[2] / "docs" / "catalogue.md"
CATEGORIES = ("basic-operations", "workflow-simulation", "scale-testing", "edge-cases")
LONGEST_COMMAND = 110
"""Characters of a command that are shown; the suite's file has the rest."""

INTRODUCTION = """# The catalogue

<!-- Written by `python -m tests.catalogue.page` from experiments/suites/; do not edit. -->

Every test of the shipped suites: what is measured in the words of each system. Steps that follow
one another are separated by `;` here and run inside one clock. What is prepared before the clock
starts, and how the outcome is compared, stands in the suites' files; what their keys mean, in
[suites.md](suites.md).

Tests tagged `ignore-working-copy` have a twin without the tag: in them Jujutsu does not record
the working copy first. Tests of several writers measure until every commit is made; an attempt
that failed says so on standard output, which is kept with the iteration.
"""


def suites_in_order() -> list[TestSuite]:
    """Return the shipped suites by category."""
    suites = [found.suite for found in find_suites(["*"], [shipped_suites()])]
    return sorted(suites, key=lambda suite: (CATEGORIES.index(suite.category), -len(suite.tests)))


def page() -> str:
    """Return the text of docs/catalogue.md."""
    suites = suites_in_order()
    parts = [INTRODUCTION, *_counts(suites)]
    for suite in suites:
        parts += ["", f"## {suite.name}", "", suite.description, ""]
        for test in suite.tests:
            parts += [*_test(test), ""]
    parts += [
        "## Variants",
        "",
        "| variant | system | settings | what it is |",
        "|---|---|---|---|",
    ]
    parts += [
        f"| `{variant.name}` | {variant.vcs_type} | {_settings(variant.settings)} |"
        f" {variant.description} |"
        for variant in load_variants([shipped_variants()])
    ]
    return "\n".join(parts).rstrip("\n") + "\n"


def _counts(suites: list[TestSuite]) -> Iterator[str]:
    yield "| suite | category | tests | that change the repository |"
    yield "|---|---|---|---|"
    for suite in suites:
        writing = sum(test.mutates for test in suite.tests)
        yield f"| `{suite.id}` | {suite.category} | {len(suite.tests)} | {writing} |"
    total = sum(len(suite.tests) for suite in suites)
    writing = sum(test.mutates for suite in suites for test in suite.tests)
    yield f"| all | | {total} | {writing} |"


def _test(test: Test) -> Iterator[str]:
    yield f"### {test.id}"
    yield ""
    yield test.name + "." + (f" {test.description}" if test.description else "")
    yield ""
    commands = {str(name): _commands(test, name) for name in test.vcs_types}
    git, worktrees = commands.get(VcsType.GIT), commands.get(VcsType.GIT_WORKTREES)
    if git is not None and git == worktrees:
        del commands[VcsType.GIT], commands[VcsType.GIT_WORKTREES]
        commands = {"git, git-worktrees": git, **commands}
    for name, text in commands.items():
        yield f"- {name}: `{text}`"
    yield f"- tags: {', '.join(test.tags)}"


def _commands(test: Test, system: str) -> str:
    steps = test.for_vcs(system).steps
    return "; ".join(_shortened(" ".join(step.split())) for step in steps)


def _shortened(command: str) -> str:
    if len(command) <= LONGEST_COMMAND:
        return command
    return command[: LONGEST_COMMAND - 1].rstrip() + "…"


def _settings(settings: dict[str, str]) -> str:
    return ", ".join(f"`{key}={value}`" for key, value in settings.items()) or "none"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stderr.write(f"Written to {PAGE}.\n")
