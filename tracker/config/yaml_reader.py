"""YAML read with a line for every key, and without what makes YAML dangerous.

The rules are those of YAML 1.2's core schema: `yes`, `no` and `on` are text,
`2025-11-09` is text, `true` is a boolean. Tags, merge keys, a second document
and keys that are not text are refused; aliases are expanded and counted.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tracker.config.documents import (
    MAX_DEPTH,
    MAX_NODES,
    Document,
    Path_,
    Plain,
    duplicate,
    read_text,
    too_deep,
    too_many,
)
from tracker.config.errors import InputError, key_path

NULL, BOOL, INT, FLOAT, TEXT = (
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str")
)
MERGE = "<<"

CORE_SCHEMA = {
    NULL: (re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    BOOL: (re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    INT: (re.compile(r"^(?:[-+]?[0-9]{1,400}|0x[0-9a-fA-F]{1,300})$"), list("-+0123456789")),
    FLOAT: (
        re.compile(
            r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
        ),
        list("-+.0123456789"),
    ),
}


class _Depth(Exception):  # noqa: N818  a signal of the composer, never shown
    def __init__(self, line: int) -> None:
        self.line = line


class CoreLoader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2's core schema and a limit of nesting."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  PyYAML's
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401
        """Compose one node, unless it lies too deep."""
        if self.depth > MAX_DEPTH:
            raise _Depth(self.line + 1)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


for _tag, (_pattern, _first) in CORE_SCHEMA.items():
    CoreLoader.add_implicit_resolver(_tag, _pattern, _first)


def read_yaml(path: Path, kind: str) -> Document:
    """Return what a YAML file holds."""
    return parse_yaml(read_text(path, kind), path, kind)


def parse_yaml(text: str, path: Path, kind: str) -> Document:
    """Return what a YAML text holds; `path` is what messages call it."""
    node = _compose(text, path)
    if node is None:
        raise InputError.single(path, "is empty", advice=f"Give {kind}.")
    reading = _Reading(path)
    data = reading.value(node, ())
    return Document(path, data, reading.lines)


def _compose(text: str, path: Path) -> yaml.Node | None:
    try:
        loader = CoreLoader(text)
        return loader.get_single_node()
    except _Depth as depth:
        raise too_deep(path, depth.line) from None
    except yaml.composer.ComposerError as error:
        raise _syntax(path, _composer_message(error), error.problem_mark) from None
    except yaml.MarkedYAMLError as error:
        message = " ".join(filter(None, [error.context, error.problem]))
        raise _syntax(path, f"is not valid YAML: {message}", error.problem_mark) from None
    except yaml.reader.ReaderError as error:
        raise InputError.single(
            path,
            f"holds the control character U+{ord(text[error.position]):04X}",
            line=text[: error.position].count("\n") + 1,
            advice="Remove it.",
        ) from None


def _composer_message(error: yaml.composer.ComposerError) -> str:
    if error.context and "single document" in error.context:
        return "holds more than one YAML document"
    return f"is not valid YAML: {error.problem or error.context}"


def _syntax(path: Path, message: str, mark: yaml.Mark | None) -> InputError:
    place = f" (column {mark.column + 1})" if mark else ""
    return InputError.single(
        path,
        message + place,
        line=mark.line + 1 if mark else None,
        advice="Correct the line; text with : # { [ ' or \" needs quotes.",
    )


@dataclass
class _Reading:
    """Turns nodes into values, counting them and keeping the line of each key."""

    path: Path
    lines: dict[Path_, int] = field(default_factory=dict)
    seen: int = 0

    def value(self, node: yaml.Node, key: Path_) -> Plain:
        line = node.start_mark.line + 1
        self.seen += 1
        if self.seen > MAX_NODES:
            raise too_many(self.path, line)
        if len(key) > MAX_DEPTH:
            raise too_deep(self.path, line)
        self.lines.setdefault(key, line)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, key)
        if isinstance(node, yaml.SequenceNode):
            self.untagged(node, "tag:yaml.org,2002:seq", key)
            return [self.value(child, (*key, index)) for index, child in enumerate(node.value)]
        return self.scalar(node, key)

    def mapping(self, node: yaml.MappingNode, key: Path_) -> Plain:
        self.untagged(node, "tag:yaml.org,2002:map", key)
        values: dict[str, Plain] = {}
        for name_node, value_node in node.value:
            line = name_node.start_mark.line + 1
            name = self.name(name_node, key)
            here = (*key, name)
            if name in values:
                raise duplicate(self.path, key_path(here), line)
            self.lines[here] = line
            values[name] = self.value(value_node, here)
        return values

    def name(self, node: yaml.Node, key: Path_) -> str:
        line = node.start_mark.line + 1
        if not isinstance(node, yaml.ScalarNode):
            raise self.refuse("has a key that is not text", line, key, "Write keys as words.")
        if node.value == MERGE and node.style is None:
            raise self.refuse(
                "uses a merge key (<<)", line, key, "Write the keys out, or alias the whole value."
            )
        name = self.scalar(node, key)
        if not isinstance(name, str):
            raise self.refuse(
                f"has the key {node.value}, which is not text", line, key, "Put it in quotes."
            )
        return name

    def untagged(self, node: yaml.Node, tag: str, key: Path_) -> None:
        if node.tag != tag:
            raise self.refuse(
                f"uses the tag {node.tag.replace('tag:yaml.org,2002:', '!!')}",
                node.start_mark.line + 1,
                key,
                "Remove the tag: only plain values are read.",
            )

    def scalar(self, node: yaml.Node, key: Path_) -> Plain:
        text = str(node.value)
        if node.tag not in (TEXT, *CORE_SCHEMA):
            self.untagged(node, TEXT, key)
        if node.tag == TEXT:
            return text
        try:
            return _SCALARS[node.tag](text)
        except ValueError:
            raise self.refuse(
                f"{text[:40]!r} is not a {node.tag.rpartition(':')[2]}",
                node.start_mark.line + 1,
                key,
                "Correct it or put it in quotes.",
            ) from None

    def refuse(self, message: str, line: int, key: Path_, advice: str) -> InputError:
        return InputError.single(
            self.path, message, line=line, key=key_path(key) or None, advice=advice
        )


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _integer(text: str) -> int:
    return int(text, 16) if text.startswith("0x") else int(text)


def _real(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_SCALARS = {NULL: lambda _: None, BOOL: _boolean, INT: _integer, FLOAT: _real}
