"""Version numbers as programs print them, and which ones work together."""

import re

_NUMBER = re.compile(r"\d+(?:\.\d+)+")

# jj 0.46 began to refuse to clone and fetch through a git older than 2.42.
JJ_NEEDING_GIT = (0, 46)
GIT_NEEDED_BY_JJ = (2, 42)


def find_version(text: str) -> str | None:
    """Return the first dotted number in `text`, or None.

    >>> find_version("git version 2.39.5 (Apple Git-154)")
    '2.39.5'
    >>> find_version("jj 0.46.0-3f1c0b2")
    '0.46.0'
    """
    found = _NUMBER.search(text)
    return found.group() if found else None


def version_key(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, for comparison.

    >>> version_key("0.9") < version_key("0.35.0")
    True
    """
    return tuple(int(part) for part in version.split("."))


def jj_git_conflict(jj_version: str | None, git_version: str | None) -> str | None:
    """Explain why this jj cannot clone or fetch with this git; None when it can.

    An unknown version raises no alarm: what is not known is not a conflict.
    """
    if jj_version is None or git_version is None:
        return None
    refuses = version_key(jj_version) >= JJ_NEEDING_GIT
    if not refuses or version_key(git_version) >= GIT_NEEDED_BY_JJ:
        return None
    return (
        f"jj {jj_version} refuses to clone or fetch with git {git_version} (it needs git 2.42): "
        "set jj's git.executable-path to a newer git, or use a jj before 0.46; "
        "`jj git init` works with both"
    )
