"""What a suite may require of a tool: the closed list of features and the versions they need."""

import re
from collections.abc import Mapping

GIT_FEATURES: dict[str, tuple[int, ...]] = {
    "branch": (0,),
    "remote": (0,),
    "stash": (0,),
    "index": (0,),
    "switch": (2, 23),
    "sparse": (2, 25),
    "changed-path-filters": (2, 27),
    "maintenance": (2, 29),
    "merge-tree": (2, 38),
    "reftable": (2, 45),
    "builtin-fsmonitor": (2, 55),  # on Linux; elsewhere from 2.37
}
WORKTREE_FEATURES: dict[str, tuple[int, ...]] = {"worktree": (2, 15)}
JUJUTSU_FEATURES: dict[str, tuple[int, ...]] = {
    "branch": (0,),
    "workspace": (0,),
    "operation-log": (0,),
    "sparse": (0,),
    "bisect-run": (0, 35),
}
REMOTE = "remote"
OLD_FETCH = (0, 36)
"""Jujutsu 0.35 fetches with git 2.39, 0.45 does not; what lies between is not trusted to."""

NEW_FETCH_NEEDS = "2.41"
"""The first git that has `git fetch --porcelain`."""

ALL_FEATURES = frozenset({*GIT_FEATURES, *WORKTREE_FEATURES, *JUJUTSU_FEATURES, REMOTE})


def parse_version(text: str) -> tuple[int, ...]:
    """Return the first dotted number in `text`; () when there is none.

    Examples
    --------
    >>> parse_version("git version 2.39.5 (Debian)")
    (2, 39, 5)
    """
    found = re.search(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def supported(table: Mapping[str, tuple[int, ...]], version: str | None) -> frozenset[str]:
    """Return the features of `table` that `version` has; none when it is unknown."""
    known = parse_version(version or "")
    return frozenset(name for name, needed in table.items() if known and known >= needed)


def can_fetch(jj: str | None, git: str | None) -> bool:
    """Return whether this jj can clone, fetch and push with this git.

    Examples
    --------
    >>> can_fetch("0.35.0", "2.39.5"), can_fetch("0.45.1", "2.39.5"), can_fetch("0.45.1", "2.47.3")
    (True, False, True)
    """
    known, helper = parse_version(jj or ""), parse_version(git or "")
    if not known or not helper:
        return False
    return known < OLD_FETCH or helper >= parse_version(NEW_FETCH_NEEDS)
