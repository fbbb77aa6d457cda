"""The Git configuration and environment in which everything is measured."""

import re
from collections.abc import Mapping
from pathlib import Path

IDENTITY_NAME = "Tracker"
IDENTITY_EMAIL = "tracker@example.invalid"
FIXED_DATE = "2030-01-01T00:00:00+0000"
"""Later than any history, so that walks by date meet new commits first, as in real use."""

GITCONFIG = ".gitconfig"

PINS: dict[str, str] = {
    "advice.detachedHead": "false",
    "commit.gpgSign": "false",
    "core.attributesFile": "/dev/null",
    "core.editor": "true",
    "core.excludesFile": "/dev/null",
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.pager": "cat",
    "credential.helper": "",
    "gc.auto": "0",
    "init.defaultBranch": "main",
    "maintenance.auto": "false",
    "protocol.file.allow": "always",
    "safe.directory": "*",
    "tag.gpgSign": "false",
    "user.email": IDENTITY_EMAIL,
    "user.name": IDENTITY_NAME,
}
"""What must not differ between machines; a variant's settings are laid over it."""

_KEY = re.compile(r"([A-Za-z][A-Za-z0-9-]*)(?:\.(.+))?\.([A-Za-z][A-Za-z0-9-]*)", re.DOTALL)


def git_environment(home: Path, path: str) -> dict[str, str]:
    """Return the environment of Git commands; nothing of the user's own is left in it."""
    return {
        "GIT_ASKPASS": "true",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": FIXED_DATE,
        "GIT_AUTHOR_EMAIL": IDENTITY_EMAIL,
        "GIT_AUTHOR_NAME": IDENTITY_NAME,
        "GIT_COMMITTER_DATE": FIXED_DATE,
        "GIT_COMMITTER_EMAIL": IDENTITY_EMAIL,
        "GIT_COMMITTER_NAME": IDENTITY_NAME,
        "GIT_CONFIG_GLOBAL": str(home / GITCONFIG),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_EDITOR": "true",
        "GIT_PAGER": "cat",
        "GIT_TERMINAL_PROMPT": "0",
        "HOME": str(home),
        "LC_ALL": "C",
        "PATH": path,
        "TZ": "UTC",
        "XDG_CONFIG_HOME": str(home / ".config"),
    }


def git_config(settings: Mapping[str, str]) -> str:
    r"""Return a configuration file of the pins with `settings` laid over them.

    Examples
    --------
    >>> "\tfsmonitor = \"true\"" in git_config({"core.fsmonitor": "true"})
    True
    """
    merged = {_canonical(key): value for key, value in PINS.items()}
    merged.update({_canonical(key): value for key, value in settings.items()})
    return "".join(_entry(key, value) for key, value in sorted(merged.items()))


def _canonical(key: str) -> tuple[str, str, str]:
    """Return section, subsection and name; only the subsection minds its case."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise ValueError(f"{key!r} is not a Git setting; write section.name, as in core.fsmonitor")
    return found[1].lower(), found[2] or "", found[3].lower()


def _entry(key: tuple[str, str, str], value: str) -> str:
    section, subsection, name = key
    head = f"[{section} {_subsection(subsection)}]" if subsection else f"[{section}]"
    return f"{head}\n\t{name} = {_value(value)}\n"


def _subsection(text: str) -> str:
    if "\n" in text or "\0" in text:
        raise ValueError(f"{text!r}: a subsection of a Git setting is one line")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _value(text: str) -> str:
    if "\0" in text or "\r" in text:
        raise ValueError(f"{text!r}: a Git setting holds no NUL and no carriage return")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
