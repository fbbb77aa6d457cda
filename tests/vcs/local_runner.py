"""Runs the commands of a system on this machine, for tests."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tracker.vcs import CommandError, CommandResult


class LocalRunner:
    """A `Runner` with a fixed environment that remembers what it ran."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.ran: list[tuple[str, ...]] = []

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        check: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> CommandResult:
        self.ran.append(tuple(argv))
        done = subprocess.run(
            list(argv),
            cwd=cwd,
            env={**self.environment, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        result = CommandResult(exit_code=done.returncode, stdout=done.stdout, stderr=done.stderr)
        if check and result.exit_code != 0:
            raise CommandError(argv, result)
        return result
