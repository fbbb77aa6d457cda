"""Each malformed input gives one clear error with its file, its place and a remedy."""

import json
import os
from pathlib import Path

import pytest

from tracker.config import InputError, check_values, load_any, load_config, load_suite
from tracker.models import PatternQuery

CONFIG = """\
id: benchmark-0a1b2c3d
name: mine
execution:
  iterations: 15
  warmupRuns: 2
  timeout: 60000
environment: {}
tests:
  suites: [basic-operations]
"""
SUITE = """\
id: mine
name: Mine
category: basic-operations
tests:
  - id: first
    name: First
    command: git status
  - id: second
    name: Second
    command: git log
"""
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

# name: (text, place in the message, message, remedy)
CONFIGS = {
    "wrong type": (CONFIG.replace("15", "many"), "line 4: execution.iterations", 'must be a whole number, got "many"', "without quotes"),
    "number in quotes": (CONFIG.replace("15", '"15"'), "line 4: execution.iterations", "must be a whole number", "without quotes"),
    "yes is text": (CONFIG + "output: {compression: yes}", "line 10: output.compression", 'must be true or false, got "yes"', "Write true or false"),
    "unknown key": (CONFIG.replace("warmupRuns", "warmUpRun"), "line 5: execution.warmUpRun", "is not a known key", "Did you mean warmupRuns?"),
    "snake case": (CONFIG.replace("warmupRuns", "warmup_runs"), "line 5: execution.warmup_runs", "is not a known key", "Did you mean warmupRuns?"),
    "missing key": (CONFIG.replace("  iterations: 15\n", ""), "line 3: execution.iterations", "is missing", "Add `iterations`"),
    "negative iterations": (CONFIG.replace("15", "-1"), "line 4: execution.iterations", "must be at least 1, got -1", "larger number"),
    "no iterations": (CONFIG.replace("15", "0"), "line 4: execution.iterations", "must be at least 1, got 0", "larger number"),
    "too many iterations": (CONFIG.replace("15", "1001"), "line 4: execution.iterations", "must be at most 1000, got 1001", "smaller number"),
    "timeout in seconds": (CONFIG.replace("60000", "30"), "line 6: execution.timeout", "must be at least 1000 (milliseconds), got 30", "larger number"),
    "bad id": (CONFIG.replace("0a1b2c3d", "XYZ"), "line 1: id", "eight of 0-9 a-f", "Rename it"),
    "empty name": (CONFIG.replace("name: mine", 'name: ""'), "line 2: name", "must not be empty", "Write a text"),
    "no suites": (CONFIG.replace("[basic-operations]", "[]"), "line 9: tests.suites", "needs at least 1 entry", "Add one"),
    "a text for a list": (CONFIG.replace("[basic-operations]", "basic-operations"), "line 9: tests.suites", "must be a list", "between [ and ]"),
    "unknown word": (CONFIG + "output: {formats: [htm]}", "line 10: output.formats[0]", "must be one of json, markdown, html", "Did you mean html?"),
    "path that leaves the folder": (CONFIG.replace("[basic-operations]", "[../other/suite.yaml]"), "line 9: tests.suites[0]", "leads out of the folder", "absolute path"),
    "fixture that leaves the folder": (CONFIG + "dataGeneration: {customFixtures: [a/../../b]}", "line 10: dataGeneration.customFixtures[0]", "leads out", "absolute path"),
    "output that leaves the folder": (CONFIG + "output: {destination: ../x}", "line 10: output.destination", "leads out", "absolute path"),
    "nothing to measure in": (CONFIG + "dataGeneration: {repoSizes: []}", "line 10: dataGeneration.repoSizes", "no repository", "Add a size"),
    "infinite number": (CONFIG + "analysis: {confidenceLevel: .nan}", "line 10: analysis.confidenceLevel", "finite number", "Leave the key out"),
    "environment of nothing": (CONFIG.replace("environment: {}", "environment:"), "line 7: environment", "must be a mapping of keys to values, got nothing", "Its keys are: docker"),
}  # fmt: skip
SUITES = {
    "empty suite": (SUITE.split("  - id", maxsplit=1)[0].replace("tests:", "tests: []"), "line 4: tests", "needs at least 1 entry", "Add one"),
    "unknown dependsOn": (SUITE + "    dependsOn: [first1]", "line 11: tests[1].dependsOn[0]", "there is no test first1", "Did you mean first?"),
    "cyclic dependsOn": (SUITE.replace("command: git status", "command: git status\n    dependsOn: [second]") + "    dependsOn: [first]", "line 8: tests[0].dependsOn", "first → second → first", "Remove one"),
    "depends on itself": (SUITE + "    dependsOn: [second]", "line 11: tests[1].dependsOn", "second → second", "Remove one"),
    "two tests of one name": (SUITE.replace("second", "first"), "", "two tests are called first", "Correct"),
    "bad regex": (SUITE + "    validation: {outputMatches: '('}", "line 11: tests[1].validation.outputMatches", "is not a regular expression", "Correct"),
    "unknown system": (SUITE + "    vcsTypes: [git, jujustu]", "line 11: tests[1].vcsTypes[1]", "not a known version-control system", "Did you mean jujutsu?"),
    "unbalanced quote": (SUITE.replace("git log", "git log --author='x"), "line 10: tests[1].command", "quote that is not closed", "Correct the command"),
    "unknown placeholder": (SUITE.replace("git log", "git log {fil}"), "line 10: tests[1].command", "{fil} is not a placeholder", "{file}"),
    "files without a count": (SUITE.replace("git log", "git add {files}"), "line 10: tests[1].command", "needs a count", "such as {files:10}"),
    "empty command": (SUITE.replace("git log", "''"), "line 8: tests[1]", "has no command", "Correct"),
    "unknown feature": (SUITE + "requirements: {requiredFeatures: [worktrees]}", "line 11: requirements.requiredFeatures[0]", "not a feature", "Did you mean worktree?"),
    "unknown metric": (SUITE + "    metrics: [execution_time]", "line 11: tests[1].metrics[0]", "must be one of execution-time", "Did you mean execution-time?"),
    "two outcome sources": (SUITE + "    outcome: {tree: HEAD, stdout: true}", "line 11: tests[1].outcome", "exactly one of", "Correct"),
    "bad category": (SUITE.replace("basic-operations", "basic"), "line 3: category", "must be one of basic-operations", "Choose one"),
}  # fmt: skip
EITHER = {
    "empty file": ("", "", "is empty", "Give"),
    "only comments": ("# nothing\n", "", "is empty", "Give"),
    "a list": ("- a\n", "", "is neither a test suite nor", "Give `tests`"),
    "a text": ("hello\n", "", "is neither", "Give `tests`"),
    "a colon too many": ("id: a: b\n", "line 1", "is not valid YAML", "Correct"),
    "two documents": ("id: a\n---\nid: b\n", "line 2", "more than one YAML document", "Correct"),
    "a key twice": (CONFIG + "name: again\n", "line 10: name", "is given twice", "Keep one"),
    "python tag": ("id: !!python/object/apply:os.system ['true']\n", "line 1: id", "uses the tag !!python", "Remove the tag"),
    "merge key": ("a: &a {x: 1}\nb:\n  <<: *a\n", "line 3: b", "merge key", "Write the keys out"),
    "number as a key": ("1: a\n", "line 1", "has the key 1", "quotes"),
    "a bomb of aliases": (BOMB, "line", "more than 100,000 keys and values", "without aliases"),
    "an alias of itself": ("a: &a [*a]\n", "line 1", "nested deeper", "fewer levels"),
    "deep nesting": ("a: " + "[" * 5000, "line 1", "nested deeper than 40", "fewer levels"),
    "deep blocks": ("".join(f"{' ' * n}a:\n" for n in range(60)), "line", "nested deeper", "fewer levels"),
    "UTF-16": ("id: a\n".encode("utf-16"), "", "is UTF-16", "Save it as UTF-8"),
    "Latin-1": ("id: a\nname: stra\xdfe\n".encode("latin-1"), "line 2", "is not UTF-8", "Save it as UTF-8"),
    "binary": (b"\x7fELF\x00\x01\x02", "", "is a binary file", "UTF-8 text"),
    "control character": ("id: a\nname: \x07\n", "line 2", "character", "Remove it"),
    "too large": ("#" * (2**20 + 1), "", "is larger than 1024 KiB", "split"),
    "huge number": (f"id: {'9' * 5000}\n", "", "neither", "Give"),
}  # fmt: skip
JSONS = {
    "no JSON": ('{"id": "a",}', "line 1", "is not valid JSON", "no comma before"),
    "NaN": ('{\n"id": NaN}', "line 2", "holds NaN", "Write null"),
    "a key twice": ('{"tests": [],\n"id": "a",\n"id": "b"}', "line 3: id", "is given twice", "Keep one"),
    "deep nesting": ("[" * 100_000, "line 1", "nested deeper", "fewer levels"),
    "a surrogate": ('{"tests": [],\n"id": "\\ud800"}', "", "surrogate", "Write the character"),
    "a long number": ('{"tests": [], "id": ' + "9" * 5000 + "}", "", "too many digits", "smaller number"),
    "half an object": ('{"tests": {', "line 1", "is not valid JSON", "Correct"),
    "many quotes": ('"' + '\\"' * 400_000, "line 1", "is not valid JSON", "Correct"),
    "wrong type": (json.dumps({"tests": [{"id": 5}]}, indent=1), "line 4: tests[0].id", "must be text, got 5", "quotes"),
}  # fmt: skip


def check(load, path: Path, place: str, message: str, remedy: str) -> None:
    before = sorted(path.parent.iterdir())
    with pytest.raises(InputError) as caught:
        load(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert place in text
    assert message in text
    assert remedy in text
    assert "Traceback" not in text
    assert "pydantic" not in text
    assert sorted(path.parent.iterdir()) == before


def cases(table):
    return [pytest.param(*row, id=name) for name, row in table.items()]


@pytest.mark.parametrize(("text", "place", "message", "remedy"), cases(CONFIGS))
@pytest.mark.parametrize("load", [load_config, load_any])
def test_a_malformed_configuration_names_line_key_and_remedy(
    load, text, place, message, remedy, write
):
    path = write(text)
    check(load, path, place, message, remedy)
    with pytest.raises(InputError) as caught:
        load(path)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(("text", "place", "message", "remedy"), cases(SUITES))
@pytest.mark.parametrize("load", [load_suite, load_any])
def test_a_malformed_suite_names_line_key_and_remedy(load, text, place, message, remedy, write):
    check(load, write(text), place, message, remedy)


@pytest.mark.parametrize(("text", "place", "message", "remedy"), cases(EITHER))
def test_a_file_that_is_no_yaml_of_ours_is_refused(text, place, message, remedy, write):
    check(load_any, write(text), place, message, remedy)


@pytest.mark.parametrize(("text", "place", "message", "remedy"), cases(JSONS))
def test_malformed_json_is_refused(text, place, message, remedy, write):
    check(load_any, write(text, "file.json"), place, message, remedy)


def test_a_missing_file_is_refused(tmp_path):
    check(load_any, tmp_path / "none.yaml", "", "does not exist", "Give the path of")


def test_a_folder_is_refused(tmp_path):
    check(load_any, tmp_path / "..", "", "is a folder", "Give the path of")


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    check(load_any, tmp_path / "pipe.yaml", "", "not a regular file", "Give the path of")


def test_a_path_that_no_file_can_have_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_any(tmp_path / ("x" * 300))
    with pytest.raises(InputError, match="cannot be read"):
        load_any(Path("a\0b"))


def test_several_errors_of_one_file_are_listed_together(write):
    text = CONFIG.replace("15", "0").replace("60000", "30").replace("name: mine", "names: mine")
    with pytest.raises(InputError) as caught:
        load_config(write(text))
    assert [problem.line for problem in caught.value.problems] == [2, 4, 6]
    assert "3 problems:" in str(caught.value)
    assert "execution.timeout: must be at least 1000 (milliseconds), got 30." in str(caught.value)


def test_two_flags_that_exclude_all_are_refused_in_the_words_of_the_query():
    with pytest.raises(InputError, match="patterns query: onlySuccesses and onlyFailures exclude"):
        check_values(
            PatternQuery, {"onlySuccesses": True, "onlyFailures": True}, where="patterns query"
        )


def test_a_message_shows_no_control_characters(write):
    with pytest.raises(InputError) as caught:
        load_any(write(json.dumps({"tests": [{"id": "\u001b[31m"}]}), "file.json"))
    assert str(caught.value).isprintable() or "\n" in str(caught.value)
    assert "\x1b" not in str(caught.value)
