"""Commands of suites: text to argument vectors, and placeholders to what the fixture holds."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence

from tracker.models.fixture import Landmarks
from tracker.vcs.base import CommandError

LANDMARKS = ("file", "branch", "conflict_a", "conflict_b", "old", "head", "main")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_FILES = re.compile(r"\{files:(\d+)\}")
_NEEDED = re.compile(r"\{([a-z_]+)(?::(\d+))?\}")


def split(command: str) -> tuple[str, ...]:
    """Split `command` as a shell would, without being one.

    Examples
    --------
    >>> split("git commit -qam 'two words'")
    ('git', 'commit', '-qam', 'two words')
    """
    try:
        argv = tuple(shlex.split(command))
    except ValueError as error:
        raise CommandError((command,), problem=f"cannot be split: {error}") from error
    if not argv:
        raise CommandError((command,), problem="is an empty command")
    return argv


def expand(
    argv: Sequence[str],
    landmarks: Landmarks | None,
    extra: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Replace the placeholders of each argument.

    `{files:N}`, alone in an argument, becomes N arguments. Names in `extra`
    win over landmarks. Anything else in braces is left alone: `HEAD^{tree}`.

    Raises
    ------
    CommandError
        When the fixture has no such landmark, or not as many files.
    """
    expanded: list[str] = []
    for argument in argv:
        many = _FILES.fullmatch(argument)
        if many:
            expanded.extend(_files(int(many[1]), argv, landmarks))
        else:
            expanded.append(_argument(argument, argv, landmarks, extra or {}))
    return tuple(expanded)


def lacks(landmarks: Landmarks | None, commands: Iterable[str]) -> str | None:
    """Return the first placeholder in `commands` that this repository cannot fill, or None.

    Examples
    --------
    >>> lacks(Landmarks(file="a.txt", files=("a.txt",)), ["git merge {branch}"])
    'branch'
    """
    for command in commands:
        for name, count in _NEEDED.findall(command):
            if name == "files":
                if len(landmarks.files if landmarks else ()) < int(count or 1):
                    return f"files:{count}"
            elif name in LANDMARKS and getattr(landmarks, name, None) is None:
                return str(name)
    return None


def _files(count: int, argv: Sequence[str], landmarks: Landmarks | None) -> tuple[str, ...]:
    known = landmarks.files if landmarks else ()
    if len(known) < count:
        raise CommandError(argv, problem=f"wants {count} files; the fixture offers {len(known)}")
    return known[:count]


def _argument(
    argument: str,
    argv: Sequence[str],
    landmarks: Landmarks | None,
    extra: Mapping[str, str],
) -> str:
    if _FILES.search(argument):
        raise CommandError(argv, problem=f"{argument}: {{files:N}} must be an argument of its own")

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name in extra:
            return extra[name]
        if name not in LANDMARKS:
            return found[0]
        landmark: str | None = getattr(landmarks, name, None)
        if landmark is None:
            raise CommandError(argv, problem=f"the fixture has no landmark {{{name}}}")
        return landmark

    return _PLACEHOLDER.sub(value, argument)
