"""JSON read with a line for every key; NaN, duplicate keys and deep nesting are refused."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from tracker.config.documents import (
    MAX_DEPTH,
    MAX_NODES,
    Document,
    Path_,
    duplicate,
    read_text,
    too_deep,
    too_many,
)
from tracker.config.errors import InputError, key_path

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\]:,]|[^\s{}\[\]:,"]++', re.DOTALL)
"""Strings, punctuation and bare words; possessive, so that no input makes it backtrack."""


@dataclass
class _Level:
    """An open object or array while the tokens are walked."""

    key: Path_
    names: set[str] | None  # None in an array
    index: int = 0
    name: str | None = None


class _NotJson(Exception):  # noqa: N818  told by the caller in its own words
    pass


def read_json(path: Path, kind: str) -> Document:
    """Return what a JSON file holds."""
    return parse_json(read_text(path, kind), path)


def parse_json(text: str, path: Path) -> Document:
    """Return what a JSON text holds; `path` is what messages call it."""
    _check_depth(text, path)
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise InputError.single(
            path,
            f"is not valid JSON: {error.msg} (column {error.colno})",
            line=error.lineno,
            advice="Correct it; JSON has no comments and no comma before a closing bracket.",
        ) from None
    except _NotJson as constant:
        line = next(
            (text[: hit.start()].count("\n") + 1 for hit in TOKEN.finditer(text)
             if hit.group() == str(constant)),
            None,
        )  # fmt: skip
        raise InputError.single(
            path,
            f"holds {constant}, which JSON does not know",
            line=line,
            advice="Write null for an unknown value.",
        ) from None
    except ValueError:
        raise InputError.single(
            path, "holds a number with too many digits", advice="Write a smaller number."
        ) from None
    return Document(path, data, _Locating(path).lines_of(text))


def _refuse_constant(name: str) -> None:
    raise _NotJson(name)


def _check_depth(text: str, path: Path) -> None:
    depth = 0
    for token in TOKEN.finditer(text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token.group(), 0)
        if depth > MAX_DEPTH:
            raise too_deep(path, text[: token.start()].count("\n") + 1)


@dataclass
class _Locating:
    """Walks the tokens of valid JSON and keeps the line of every key."""

    path: Path
    lines: dict[Path_, int] = field(default_factory=dict)
    levels: list[_Level] = field(default_factory=list)

    def lines_of(self, text: str) -> dict[Path_, int]:
        line, position = 1, 0
        for token in TOKEN.finditer(text):
            line += text.count("\n", position, token.start())
            position = token.start()
            self.step(token.group(), line)
            if len(self.lines) > MAX_NODES:
                raise too_many(self.path, line)
        return self.lines

    def step(self, text: str, line: int) -> None:
        level = self.levels[-1] if self.levels else None
        if text in "}]":
            self.levels.pop()
        elif text == ",":
            self.next_item(level)
        elif text != ":":
            self.item(text, line, level)

    @staticmethod
    def next_item(level: _Level | None) -> None:
        if level is not None:
            level.index += 1
            level.name = None

    def item(self, text: str, line: int, level: _Level | None) -> None:
        if level is not None and level.names is not None and level.name is None:
            self.open_key(level, str(json.loads(text)), line)
            return
        key = _key_of(level)
        self.lines.setdefault(key, line)
        if text in "{[":
            self.levels.append(_Level(key, set() if text == "{" else None))

    def open_key(self, level: _Level, name: str, line: int) -> None:
        assert level.names is not None  # noqa: S101  narrows the type; the caller looked
        key = (*level.key, name)
        if name in level.names:
            raise duplicate(self.path, key_path(key), line)
        level.names.add(name)
        level.name = name
        self.lines[key] = line


def _key_of(level: _Level | None) -> Path_:
    if level is None:
        return ()
    if level.names is None:
        return (*level.key, level.index)
    assert level.name is not None  # noqa: S101  a value in an object follows its key
    return (*level.key, level.name)
