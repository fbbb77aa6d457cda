"""What a suite must satisfy beyond the form of its keys."""

import shlex
from collections.abc import Collection, Iterator, Mapping

from tracker.config.documents import Document, Path_
from tracker.config.errors import InputError, Problem, key_path
from tracker.config.features import FEATURES, LANDMARKS, misused_placeholders
from tracker.config.validation import suggestion
from tracker.models import Test, TestSuite
from tracker.models.suite import Tally

Finding = tuple[Path_, str, str]
"""Key, message, advice."""


def check_suite(suite: TestSuite, document: Document, known_vcs: Collection[str]) -> None:
    """Raise everything that is wrong with a suite whose form is right."""
    findings = [
        *_systems(suite, known_vcs),
        *_dependencies(suite),
        *_commands(suite),
        *_features(suite),
    ]
    raise_findings(findings, document)


def raise_findings(findings: list[Finding], document: Document) -> None:
    """Raise one error that holds every finding, or return if there is none."""
    if findings:
        raise InputError(
            [
                Problem(
                    where=str(document.path),
                    line=document.line_of(key),
                    key=key_path(key) or None,
                    message=message,
                    advice=advice,
                )
                for key, message, advice in findings
            ]
        )


def unknown_vcs(name: str, known: Collection[str]) -> tuple[str, str]:
    """Return the message and the advice for a system nobody knows."""
    listed = ", ".join(sorted(known))
    advice = suggestion(name, sorted(known)) or f"Known: {listed}; a plug-in adds more."
    return f"{name} is not a known version-control system", advice


def _systems(suite: TestSuite, known: Collection[str]) -> Iterator[Finding]:
    for number, test in enumerate(suite.tests):
        for place, name in enumerate(test.vcs_types):
            if name not in known:
                yield ("tests", number, "vcsTypes", place), *unknown_vcs(name, known)
        for name in test.by_vcs or {}:
            key: Path_ = ("tests", number, "byVcs", name)
            if name not in known:
                yield key, *unknown_vcs(name, known)
            elif name not in test.vcs_types:
                yield key, f"{name} is not in vcsTypes", "Add it there, or remove it here."


def _dependencies(suite: TestSuite) -> Iterator[Finding]:
    known = [test.id for test in suite.tests]
    missing = False
    for number, test in enumerate(suite.tests):
        for place, name in enumerate(test.depends_on or ()):
            if name not in known:
                missing = True
                advice = suggestion(name, known) or f"Tests of this suite: {', '.join(known)}."
                yield ("tests", number, "dependsOn", place), f"there is no test {name}", advice
    cycle = [] if missing else find_cycle({t.id: t.depends_on or () for t in suite.tests})
    if cycle:
        path = " → ".join([*cycle, cycle[0]])
        key = ("tests", known.index(cycle[0]), "dependsOn")
        yield key, f"goes in a circle: {path}", "Remove one of these dependencies."


def find_cycle(graph: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the nodes of one cycle in order, or an empty list; deep chains are no problem."""
    done: set[str] = set()
    for start in graph:
        path: list[str] = [] if start in done else [start]
        while path:
            following = next((item for item in graph[path[-1]] if item not in done), None)
            if following is None:
                done.add(path.pop())
            elif following in path:
                return path[path.index(following) :]
            else:
                path.append(following)
    return []


def _commands(suite: TestSuite) -> Iterator[Finding]:
    for key, command, shell in _all_commands(suite):
        for message in command_problems(command, shell=shell):
            yield key, message, _command_advice(message)


def _command_advice(message: str) -> str:
    if "placeholder" in message:
        return f"Placeholders are {', '.join('{' + name + '}' for name in LANDMARKS)}."
    return "Correct the command; see docs/suites.md."


def command_problems(command: str, *, shell: bool) -> list[str]:
    """Return what is wrong with a command line."""
    if not command.strip():
        return ["is an empty command"]
    if shell:
        return misused_placeholders(command.split())
    try:
        arguments = shlex.split(command)
    except ValueError:
        return ["has a quote that is not closed, or a backslash at its end"]
    if not arguments or not arguments[0]:
        return ["is an empty command"]
    return misused_placeholders(arguments)


def _all_commands(suite: TestSuite) -> Iterator[tuple[Path_, str, bool]]:
    for number, test in enumerate(suite.tests):
        for key, command in _test_commands(test):
            yield ("tests", number, *key), command, test.shell
    if suite.setup:
        for number, command in enumerate(suite.setup.commands):
            yield ("setup", "commands", number), command, False
    if suite.teardown:
        for number, command in enumerate(suite.teardown.commands):
            yield ("teardown", "commands", number), command, False


def _test_commands(test: Test) -> Iterator[tuple[Path_, str]]:
    if test.command:
        yield ("command",), test.command
    for number, command in enumerate(test.prepare):
        yield ("prepare", number), command
    if test.outcome and test.outcome.command is not None:
        yield ("outcome", "command"), test.outcome.command
    yield from _counted(("counts",), test.counts)
    for name, own in (test.by_vcs or {}).items():
        for number, command in enumerate(own.steps):
            yield ("byVcs", name, "steps", number), command
        for number, command in enumerate(own.prepare or ()):
            yield ("byVcs", name, "prepare", number), command
        if own.outcome and own.outcome.command is not None:
            yield ("byVcs", name, "outcome", "command"), own.outcome.command
        yield from _counted(("byVcs", name, "counts"), own.counts or {})


def _counted(place: Path_, counts: Mapping[str, Tally]) -> Iterator[tuple[Path_, str]]:
    for name, tally in counts.items():
        if tally.command is not None:
            yield (*place, name, "command"), tally.command


def _features(suite: TestSuite) -> Iterator[Finding]:
    for number, name in enumerate(suite.requirements.required_features):
        if name not in FEATURES:
            advice = suggestion(name, list(FEATURES)) or f"Features: {', '.join(FEATURES)}."
            yield ("requirements", "requiredFeatures", number), f"{name} is not a feature", advice
