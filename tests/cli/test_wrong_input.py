"""Wrong usage and wrong input: one clear message, exit code 2, and nothing is created."""

import json
import subprocess
import sys

import pytest

from tracker.cli import main

GOOD = {
    "id": "benchmark-0a0a0a0a",
    "name": "good",
    "execution": {"iterations": 6, "warmupRuns": 0, "timeout": 1000},
    "environment": {},
    "tests": {"suites": ["basic-operations"]},
}

SUITE = """\
id: mine
name: Mine
category: basic-operations
tests:
  - id: one
    name: One
    command: git status
"""


def changed(**sections):
    return json.dumps(GOOD | sections)


FILES = {
    "wrong-type.json": changed(execution=GOOD["execution"] | {"iterations": "many"}),
    "negative.json": changed(execution=GOOD["execution"] | {"iterations": -1}),
    "too-many.json": changed(execution=GOOD["execution"] | {"iterations": 1001}),
    "short-timeout.json": changed(execution=GOOD["execution"] | {"timeout": 30}),
    "unknown-key.json": changed(colour={}),
    "bad-id.json": changed(id="benchmark-xyz"),
    "no-suites.json": changed(tests={"suites": []}),
    "unknown-suite.json": changed(tests={"suites": ["basic-operation"]}),
    "escapes.json": changed(tests={"suites": ["../../etc/suite.yaml"]}),
    "nan.json": changed(analysis={"confidenceLevel": float("nan")}),
    "not-json.json": "{",
    "empty.yaml": "",
    "list.yaml": "- 1\n",
    "empty-suite.yaml": SUITE.partition("tests:")[0] + "tests: []\n",
    "cycle.yaml": SUITE
    + "    dependsOn: [two]\n"
    + SUITE.partition("tests:\n")[2].replace("one", "two")
    + "    dependsOn: [one]\n",
    "bad-regex.yaml": SUITE + "    validation: {outputMatches: '('}\n",
    "unknown-vcs.yaml": SUITE + "    vcsTypes: [svn]\n",
    "quote.yaml": SUITE.replace("git status", "git 'status"),
    "python.yaml": SUITE + "    description: !!python/object/apply:os.getcwd []\n",
    "duplicate.yaml": SUITE + "    name: Again\n",
    "bomb.yaml": "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{name}: &{name} [{','.join(['*' + before] * 10)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ),
}

OPTIONS = [
    ("run", "missing.yaml"),
    ("run", "no-such-suite"),
    ("run", "--iterations", "0"),
    ("run", "--warmup", "11"),
    ("run", "--repo-size", "huge"),
    ("run", "--test", "no-such-test"),
    ("run", "--variant", "no-such-variant"),
    ("run", "--repo", "not-a-repository"),
    ("run", "--environment", "moon"),
    ("run", "--session", "benchmark-x"),
    ("run", "--session", "../outside"),
    ("run", "--resume"),
    ("report",),
    ("report", "benchmark-1"),
    ("patterns", "query", "*", "-k", "0"),
    ("patterns", "query", "*", "--min-reward", "2"),
    ("patterns", "query", "*", "--only-successes", "--only-failures"),
    ("patterns", "query", "*", "--since", "yesterday"),
    ("suites", "show", "nothing"),
    ("fixtures", "build", "huge"),
    ("--project", "nowhere", "runs", "list"),
]


@pytest.fixture
def empty(tmp_path, monkeypatch):
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("TRACKER_STORE_URL", "MLFLOW_TRACKING_URI", "TRACKER_GIT", "TRACKER_JJ"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_FIXTURE_CACHE", str(tmp_path / "fixtures"))
    return folder


@pytest.fixture
def refused(monkeypatch, capsys):
    """Return what runs a command line that must be refused, and returns what was said."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["tracker", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        assert ended.value.code == 2, (arguments, captured.err)
        assert captured.out == ""
        return captured.err

    return run


@pytest.mark.parametrize("name", FILES)
def test_a_malformed_file_is_told_with_its_name_and_creates_nothing(empty, refused, tmp_path, name):
    file = tmp_path / name
    file.write_text(FILES[name])
    said = refused("run", str(file))
    assert name in said or "tests.suites" in said
    assert said.count("tracker:") == 1
    assert list(empty.iterdir()) == []


def test_a_binary_file_is_refused(empty, refused, tmp_path):
    file = tmp_path / "binary.yaml"
    file.write_bytes(bytes(range(256)))
    assert "binary.yaml" in refused("run", str(file))
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("arguments", OPTIONS, ids=" ".join)
def test_a_wrong_option_is_refused_and_creates_nothing(empty, refused, arguments):
    refused(*arguments)
    assert list(empty.iterdir()) == []


def test_a_wrong_question_is_answered_without_loading_mlflow(empty):
    code = (
        "import sys; sys.argv = ['tracker', 'run', 'no-such-suite']\nfrom tracker.cli import main\n"
    )
    code += "try:\n    main()\nfinally:\n    print('mlflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == "False\n"
