"""Programs and archives the tests of the tools make for themselves."""

import hashlib
import io
import tarfile

import pytest

from tracker.tools.command import CommandOutput


@pytest.fixture
def make_program():
    """Return a function that writes an executable which prints a version."""

    def make(folder, name="jj", says="jj 0.35.0", exit_code=0):
        folder.mkdir(parents=True, exist_ok=True)
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{says}'\nexit {exit_code}\n")
        program.chmod(0o755)
        return program

    return make


@pytest.fixture
def make_archive():
    """Return a function that writes a .tar.gz of the given members and returns its SHA-256."""

    def make(path, members, links=()):
        with tarfile.open(path, "w:gz") as archive:
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            for name, target in links:
                info = tarfile.TarInfo(name)
                info.type, info.linkname = tarfile.SYMTYPE, target
                archive.addfile(info)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    return make


class ScriptedRunner:
    """Answers by the first words of a command; keeps what it was asked."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []

    def __call__(self, argv, *, timeout_s, cwd=None, environ=None, program=None):
        self.asked.append((list(argv), timeout_s, cwd, environ))
        line = " ".join([str(program or argv[0]).rpartition("/")[2], *argv[1:]])
        for start, answer in self.answers.items():
            if line.startswith(start):
                return answer(argv, cwd) if callable(answer) else answer
        return CommandOutput(None, "", "could not be started: No such file or directory")


@pytest.fixture
def scripted():
    """Return the class of runners that answer from a table."""
    return ScriptedRunner


@pytest.fixture
def said():
    """Return a function that makes the output of a program that succeeded."""
    return lambda text: CommandOutput(0, text, "")
