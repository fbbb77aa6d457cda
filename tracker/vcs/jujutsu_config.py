"""The Jujutsu configuration in which everything is measured."""

import json
import tomllib
from collections.abc import Mapping

from tracker.vcs.git_config import IDENTITY_EMAIL, IDENTITY_NAME

JJ_CONFIG = ".config/jj/config.toml"
COLOCATE = "git.colocate"

PINS: dict[str, str] = {
    "fsmonitor.backend": "none",
    # Every commit may be rewritten, as in Git. The default would hold back the tagged ones,
    # and there is no remote whose branches could be meant.
    'revset-aliases."immutable_heads()"': "none()",
    "signing.behavior": "drop",
    # By default a new file above 1 MiB is left out with exit code 0; Git would add it.
    "snapshot.max-new-file-size": "1000000000000",
    "ui.color": "never",
    "ui.editor": '"true"',  # a program's name, not a boolean
    "ui.paginate": "never",
    "user.email": IDENTITY_EMAIL,
    "user.name": IDENTITY_NAME,
    COLOCATE: "true",
}


def jujutsu_config(settings: Mapping[str, str]) -> str:
    """Return a configuration file of the pins with `settings` laid over them.

    A key is written as in TOML; a value that reads as TOML is taken as such
    and is a string otherwise.

    Examples
    --------
    >>> '"fsmonitor"."backend" = "watchman"' in jujutsu_config({"fsmonitor.backend": "watchman"})
    True
    """
    merged = {_path(key): value for key, value in PINS.items()}
    merged.update({_path(key): value for key, value in settings.items()})
    lines = [
        f"{'.'.join(map(_quoted, path))} = {_literal(value)}\n"
        for path, value in sorted(merged.items())
    ]
    text = "".join(lines)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the jj settings contradict one another: {error}") from error
    return text


def is_colocated(settings: Mapping[str, str]) -> bool:
    """Return whether the work copy is a Git checkout as well, jj's own default."""
    return settings.get(COLOCATE, PINS[COLOCATE]).strip() != "false"


def _path(key: str) -> tuple[str, ...]:
    try:
        parsed: object = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{key!r} is not a jj setting; write it as in TOML: ui.color") from error
    parts: list[str] = []
    while isinstance(parsed, dict):
        if len(parsed) != 1:
            raise ValueError(f"{key!r} is not one jj setting")
        part, parsed = next(iter(parsed.items()))
        parts.append(part)
    return tuple(parts)


def _literal(value: str) -> str:
    try:
        parsed = tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        return _quoted(value)
    return value if list(parsed) == ["value"] else _quoted(value)


def _quoted(text: str) -> str:
    # JSON escapes are TOML escapes, except for DEL, which only TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
