"""What is said about a file or value that cannot be used: what, where, and what to do."""

from collections.abc import Iterable, Sequence

from tracker.models import Value

SHOWN = 12
"""Problems of one file that are listed; the rest is counted."""


class Problem(Value):
    """One thing that is wrong, its place, and the remedy."""

    where: str
    message: str
    line: int | None = None
    key: str | None = None
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.placed}"

    @property
    def placed(self) -> str:
        """Return the problem without its file."""
        place = [f"line {self.line}"] if self.line is not None else []
        place += [self.key] if self.key else []
        text = ": ".join([*place, self.message])
        closed = text if text.endswith((".", "?", "!")) else f"{text}."
        return f"{closed} {self.advice}".rstrip()


class InputError(Exception):
    """A file, key or value that cannot be used; `str()` is the one clear message.

    `problems` holds every problem of the input; `where`, `line`, `key`,
    `message` and `advice` are those of the first.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(describe(self.problems))

    @classmethod
    def single(
        cls,
        where: object,
        message: str,
        *,
        line: int | None = None,
        key: str | None = None,
        advice: str = "",
    ) -> "InputError":
        """Return the error of one problem."""
        return cls([Problem(where=str(where), message=message, line=line, key=key, advice=advice)])

    @classmethod
    def merged(cls, errors: Iterable["InputError"]) -> "InputError":
        """Return one error with the problems of several."""
        return cls([problem for error in errors for problem in error.problems])

    @property
    def where(self) -> str:
        """Return the file, or what else was read."""
        return self.problems[0].where

    @property
    def line(self) -> int | None:
        """Return the line in the file, counted from 1."""
        return self.problems[0].line

    @property
    def key(self) -> str | None:
        """Return the path of the key, such as `tests[2].timeout`."""
        return self.problems[0].key

    @property
    def message(self) -> str:
        """Return what is wrong."""
        return self.problems[0].message

    @property
    def advice(self) -> str:
        """Return what to do."""
        return self.problems[0].advice


def describe(problems: Sequence[Problem]) -> str:
    """Return one problem as a sentence, several as a list under their file."""
    if len(problems) == 1:
        return str(problems[0])
    files = {problem.where for problem in problems}
    if len(files) > 1:
        lines = [str(problem) for problem in problems[:SHOWN]]
        head = f"{len(problems)} problems in {len(files)} files:"
    else:
        lines = [problem.placed for problem in problems[:SHOWN]]
        head = f"{problems[0].where}: {len(problems)} problems:"
    if len(problems) > SHOWN:
        lines.append(f"and {len(problems) - SHOWN} more.")
    return "\n  ".join([head, *lines])


def key_path(parts: Iterable[str | int]) -> str:
    """Return the path of a key as people write it: `tests[2].timeout`."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path
