"""What a suite may ask for: the closed lists of features and of placeholders."""

import re
from collections.abc import Iterable

FEATURES: dict[str, str] = {
    "branch": "named branches (Jujutsu's bookmarks)",
    "stash": "`git stash`",
    "index": "an index: commits are staged",
    "switch": "`git switch` and `git restore` (git 2.23)",
    "sparse": "sparse checkouts (git 2.25, Jujutsu)",
    "changed-path-filters": "commit-graph files with changed-path filters (git 2.27)",
    "maintenance": "`git maintenance` (git 2.29)",
    "merge-tree": "`git merge-tree --write-tree` (git 2.38)",
    "reftable": "the reftable format (git 2.45)",
    "builtin-fsmonitor": "the built-in file-system monitor (git 2.55 on Linux)",
    "remote": "clone, fetch and push (Jujutsu from 0.36: with git 2.41)",
    "worktree": "linked worktrees",
    "workspace": "Jujutsu's workspaces",
    "operation-log": "an operation log with undo",
    "bisect-run": "`jj bisect run`",
}
"""Values of `requirements.requiredFeatures`; `tracker.vcs.features` says who has which."""

LANDMARKS: dict[str, str] = {
    "file": "a tracked text file of the main branch",
    "files:N": "N tracked text files, one argument each; stands alone in its argument",
    "main": "the main branch",
    "branch": "a branch of a few commits that merges cleanly into the main branch",
    "conflict_a": "a branch that changes one line of {file}",
    "conflict_b": "a branch that changes the same line differently",
    "old": "the id of an old commit of the main branch",
    "head": "the id of the newest commit of the main branch",
    "snapshot": "in Jujutsu's commands: `util` or `debug`, where this version keeps `snapshot`",
}
"""Placeholders of commands, and what takes their place."""

PLACEHOLDER = re.compile(r"(?<![\^@$\\{])\{(?P<name>[a-z][a-z_]*)(?::(?P<count>[^}\s]*))?\}(?!\})")
"""A word in braces; `HEAD^{tree}`, `@{upstream}` and `${HOME}` are left alone."""

SIMPLE = frozenset(LANDMARKS) - {"files:N"}


def misused_placeholders(arguments: Iterable[str]) -> list[str]:
    """Return what is wrong with the placeholders of a command, one sentence each."""
    return [
        sentence
        for argument in arguments
        for found in PLACEHOLDER.finditer(argument)
        if (sentence := _misuse(found, argument))
    ]


def _misuse(found: re.Match[str], argument: str) -> str | None:
    name, count = found["name"], found["count"]
    if name == "files":
        if not (count or "").isdecimal() or int(count) == 0:
            return f"{found.group()} needs a count, such as {{files:10}}"
        if found.group() != argument:
            return f"{found.group()} must stand alone in its argument"
        return None
    if name in SIMPLE and count is None:
        return None
    return f"{found.group()} is not a placeholder"
