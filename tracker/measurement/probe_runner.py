"""Untimed commands through the probe, in the pinned environment of a work copy."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tracker.measurement.judgement import signal_number
from tracker.measurement.probe.client import ProbeClient, SpawnError
from tracker.measurement.probe.protocol import RunAnswer, RunRequest, StepOutcome, Stream
from tracker.vcs.base import CommandError, CommandResult

KEPT_BYTES = 8 << 20
"""Of each end of an untimed output, the most a probe keeps; 50,000 file names are 3 MB."""

LONGEST_MS = 1_800_000
"""Half an hour: an import of a very large repository."""


class ProbeRunner:
    """A `tracker.vcs.base.Runner` whose commands the probe runs, one at a time."""

    def __init__(self, probe: ProbeClient, environment: Mapping[str, str]) -> None:
        self._probe = probe
        self.environment = dict(environment)

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        check: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> CommandResult:
        """Run `argv` and return all of its output; raise CommandError as the protocol says."""
        request = RunRequest(
            cwd=str(cwd),
            env={**self.environment, **(env or {})},
            steps=(tuple(argv),),
            timeout_ms=LONGEST_MS,
            keep_bytes=KEPT_BYTES,
        )
        try:
            answer = self._probe.run(request)
        except SpawnError as error:
            raise CommandError(argv, problem=f"could not be started: {error}") from error
        result = CommandResult(
            exit_code=exit_code(answer.steps[-1]),
            stdout=_whole(argv, answer.stdout),
            stderr=_text(answer.stderr),
        )
        if answer.timed_out:
            raise CommandError(argv, result, problem="took longer than half an hour")
        if check and result.exit_code != 0:
            raise CommandError(argv, result)
        return result

    def script(self, commands: Sequence[Sequence[str]], *, cwd: Path, timeout_ms: int) -> RunAnswer:
        """Run commands one after another until one fails; `timeout_ms` bounds them together.

        Raises
        ------
        CommandError
            When a command cannot be started, fails, or the time is over.
        """
        steps = tuple(tuple(command) for command in commands)
        request = RunRequest(cwd=str(cwd), env=self.environment, steps=steps, timeout_ms=timeout_ms)
        try:
            answer = self._probe.run(request)
        except SpawnError as error:
            raise CommandError(("script",), problem=f"could not be started: {error}") from error
        last = answer.steps[-1]
        argv = steps[len(answer.steps) - 1]
        if answer.timed_out:
            raise CommandError(argv, problem=f"took longer than {timeout_ms} ms")
        if exit_code(last) != 0:
            result = CommandResult(
                exit_code=exit_code(last),
                stdout=_text(answer.stdout),
                stderr=_text(answer.stderr),
            )
            raise CommandError(argv, result)
        return answer


def exit_code(step: StepOutcome) -> int:
    """Return how a step ended as a shell would say it: 128 + n when signal n ended it."""
    if step.signal is not None:
        return 128 + signal_number(step.signal)
    return step.exit_code if step.exit_code is not None else 0


def _whole(argv: Sequence[str], stream: Stream) -> str:
    if len(stream.head) + len(stream.tail) < stream.total_bytes:
        raise CommandError(argv, problem=f"wrote {stream.total_bytes} bytes, too many to look at")
    return _text(stream)


def _text(stream: Stream) -> str:
    return (stream.head + stream.tail).decode("utf-8", "replace")
