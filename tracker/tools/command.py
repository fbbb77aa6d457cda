"""Running another program for its answer: never for a measurement."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class CommandOutput:
    """What a program answered; `exit_code` is None when it did not start or did not end."""

    exit_code: int | None
    stdout: str
    stderr: str

    @property
    def succeeded(self) -> bool:
        """Tell whether the program ended with exit code 0."""
        return self.exit_code == 0

    @property
    def last_line(self) -> str:
        """Return the last line that says something, for an error message."""
        lines = [line.strip() for line in (self.stderr or self.stdout).splitlines()]
        return next((line for line in reversed(lines) if line), "no output")


class Runner(Protocol):
    """Runs a program and returns what it answered; raises nothing."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        cwd: Path | None = None,
        environ: Mapping[str, str] | None = None,
        program: Path | None = None,
    ) -> CommandOutput:
        """Run `argv`, or `program` under that name, without a shell or standard input."""


def run_command(
    argv: Sequence[str],
    *,
    timeout_s: float,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
    program: Path | None = None,
) -> CommandOutput:
    """Run `argv` without a shell and without standard input, for at most `timeout_s` seconds."""
    try:
        ended = subprocess.run(
            list(argv),
            executable=program,
            cwd=cwd,
            env=None if environ is None else dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return CommandOutput(None, "", f"no answer within {timeout_s:g} s")
    except OSError as problem:
        return CommandOutput(None, "", f"could not be started: {problem.strerror or problem}")
    return CommandOutput(ended.returncode, ended.stdout, ended.stderr)
