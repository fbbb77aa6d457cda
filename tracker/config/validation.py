"""Documents become values; every misfit becomes a problem with its place and its remedy."""

import difflib
import json
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tracker.config.documents import Document, Path_, Plain
from tracker.config.errors import InputError, Problem, key_path
from tracker.models import Value

Model = TypeVar("Model", bound=Value)

MISSING = "is missing"
UNKNOWN_KEY = "is not a known key"

SHOWN_CHARACTERS = 60
"""Longest value a message repeats."""

UNITS = {
    "timeout": "milliseconds",
    "minExecutionTime": "milliseconds",
    "maxExecutionTime": "milliseconds",
    "estimatedDuration": "milliseconds",
    "maxMemoryUsage": "bytes",
    "memory": "bytes",
    "memoryReservation": "bytes",
    "diskQuota": "bytes",
}

PATTERNS = {
    r"^benchmark-[0-9a-f]{8}$": "`benchmark-` and eight of 0-9 a-f, such as benchmark-1a2b3c4d",
    r"^benchmark-[0-9]+$": "`benchmark-` and digits, such as benchmark-1699564800000",
    r"^[a-z][a-z0-9-]{0,39}$": "small letters, digits and hyphens, such as git-worktrees",
    r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$": "letters, digits and . _ + -, such as commit-100",
    r"^[a-z][A-Za-z0-9.+-]{0,59}$": "a system and a word, such as git+untracked-cache",
}

TYPES = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
}


def validated(model: type[Model], document: Document) -> Model:
    """Return the value a document describes, or raise all that is wrong with it at once."""
    if not isinstance(document.data, dict):
        raise InputError.single(
            document.path,
            f"must be a mapping of keys to values, got {shown(document.data)}",
            line=document.line_of(()),
            advice=f"Its keys are: {', '.join(known_keys(model))}.",
        )
    try:
        text = json.dumps(document.data, ensure_ascii=False)
        text.encode()
    except UnicodeEncodeError:
        raise InputError.single(
            document.path,
            "holds half of a surrogate pair (\\ud800 to \\udfff), which is no character",
            advice="Write the character itself, or both halves.",
        ) from None
    try:
        return model.model_validate_json(text, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        problems = [problem_of(model, item, document) for item in details]
        raise InputError(_without_echoes(problems)) from None


def check_values(model: type[Model], values: Mapping[str, Any], *, where: str) -> Model:
    """Return a value made from options of the command line or a query, by their file names."""
    return validated(model, Document(Path(where), dict(values)))


def _without_echoes(problems: list[Problem]) -> list[Problem]:
    """Return the problems by line; a misspelt key is not said to be missing as well."""
    meant = {
        (_parent(problem.key), problem.advice)
        for problem in problems
        if problem.message == UNKNOWN_KEY
    }
    kept = [
        problem
        for problem in problems
        if problem.message != MISSING
        or (_parent(problem.key), _did_you_mean((problem.key or "").rpartition(".")[2]))
        not in meant
    ]
    return sorted(kept, key=lambda problem: problem.line or 0)


def _parent(key: str | None) -> str:
    return (key or "").rpartition(".")[0]


def problem_of(model: type[Value], error: ErrorDetails, document: Document) -> Problem:
    """Return one error of pydantic in the words of the file."""
    key: Path_ = tuple(part for part in error["loc"] if part != "[key]")
    message, advice = _explain(model, error, key)
    return Problem(
        where=str(document.path),
        line=document.line_of(key),
        key=key_path(key) or None,
        message=message,
        advice=advice,
    )


def _explain(model: type[Value], error: ErrorDetails, key: Path_) -> tuple[str, str]:
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(model, key)
    if kind == "missing":
        return MISSING, f"Add `{key[-1]}`."
    if kind in TYPES:
        wanted = TYPES[kind]
        return f"must be {wanted}, got {shown(error['input'])}", _write(wanted, model, key)
    if kind in ("enum", "literal_error"):
        return _not_one_of(model, error, key)
    if kind == "value_error":
        return str(error["ctx"]["error"]), "Correct it."
    return _limit(error, key)


def _unknown_key(model: type[Value], key: Path_) -> tuple[str, str]:
    known = known_keys(model_at(model, key[:-1]) or model)
    name = str(key[-1])
    return UNKNOWN_KEY, suggestion(name, known) or f"Known keys: {', '.join(known)}."


def _not_one_of(model: type[Value], error: ErrorDetails, key: Path_) -> tuple[str, str]:
    allowed = choices(annotation_at(model, key)) or [error.get("ctx", {}).get("expected", "")]
    listed = ", ".join(allowed)
    got = shown(error["input"])
    advice = suggestion(str(error["input"]), allowed) or f"Choose one of {listed}."
    return f"must be one of {listed}, got {got}", advice


LIMITS = {
    "greater_than_equal": ("must be at least {ge}{unit}, got {got}", "Give a larger number."),
    "less_than_equal": ("must be at most {le}{unit}, got {got}", "Give a smaller number."),
    "greater_than": ("must be more than {gt}{unit}, got {got}", "Give a larger number."),
    "less_than": ("must be less than {lt}{unit}, got {got}", "Give a smaller number."),
    "finite_number": ("must be a finite number", "Leave the key out where it is unknown."),
    "string_pattern_mismatch": ("must be {form}, got {got}", "Rename it."),
    "string_too_short": ("must not be empty", "Write a text."),
    "string_too_long": ("must have at most {max_length} characters", "Shorten it."),
    "too_short": ("needs at least {min_length} entry", "Add one."),
}
"""Error of pydantic → message and advice; the names are those of its context."""


def _limit(error: ErrorDetails, key: Path_) -> tuple[str, str]:
    if error["type"] not in LIMITS:
        return f"{error['msg']}, got {shown(error['input'])}", "Correct it."
    message, advice = LIMITS[error["type"]]
    limits = error.get("ctx", {})
    pattern = str(limits.get("pattern", ""))
    names = [part for part in key if isinstance(part, str)]
    unit = UNITS.get(names[-1] if names else "")
    words = limits | {
        "unit": f" ({unit})" if unit else "",
        "got": shown(error["input"]),
        "form": PATTERNS.get(pattern, f"text that matches {pattern}"),
    }
    return message.format_map(words), advice


def _write(wanted: str, model: type[Value], key: Path_) -> str:
    if wanted == "a list":
        return "Write the entries between [ and ]."
    if wanted == "text":
        return "Put it in quotes if it is meant as text."
    if wanted.startswith("a mapping"):
        at = model_at(model, key)
        return f"Its keys are: {', '.join(known_keys(at))}." if at else "Write `key: value` pairs."
    return f"Write {wanted}, without quotes."


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return "Did you mean …?" where something known is alike, else nothing."""
    folded = {_folded(item): item for item in known}
    close = difflib.get_close_matches(_folded(name), folded, n=1, cutoff=0.6)
    return _did_you_mean(folded[close[0]]) if close else ""


def _did_you_mean(name: str) -> str:
    return f"Did you mean {name}?"


def _folded(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def shown(data: Plain | object) -> str:
    """Return a value as a message shows it: short, without control characters."""
    match data:
        case None:
            return "nothing"
        case bool():
            return "true" if data else "false"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case str():
            short = _shortened(data)
            return json.dumps(short, ensure_ascii=not short.isprintable())
        case _:
            return _shortened(str(data))


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def known_keys(model: type[Value]) -> list[str]:
    """Return the keys a mapping may have, in the model's order."""
    return [field.alias or name for name, field in model.model_fields.items()]


def model_at(model: type[Value], key: Path_) -> type[Value] | None:
    """Return the model that describes the mapping at a key."""
    found = _unwrapped(annotation_at(model, key)) if key else model
    return found if isinstance(found, type) and issubclass(found, Value) else None


def annotation_at(model: type[Value], key: Path_) -> Any:  # noqa: ANN401  annotations are anything
    """Return the annotation of what stands at a key, or None."""
    current: Any = model
    for part in key:
        current = _unwrapped(current)
        if isinstance(part, int) or get_origin(current) is dict:
            arguments = get_args(current)
            current = arguments[-1] if get_origin(current) is dict else (arguments or (None,))[0]
        elif isinstance(current, type) and issubclass(current, Value):
            fields = {field.alias: field.annotation for field in current.model_fields.values()}
            current = fields.get(part)
        else:
            return None
    return current


def _unwrapped(annotation: Any) -> Any:  # noqa: ANN401
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [item for item in get_args(annotation) if item is not type(None)]
        return rest[0]
    return annotation


def choices(annotation: Any) -> list[str]:  # noqa: ANN401
    """Return the allowed words of an enumeration or a literal."""
    annotation = _unwrapped(annotation)
    if get_origin(annotation) is Literal:
        return [str(getattr(item, "value", item)) for item in get_args(annotation)]
    if isinstance(annotation, type) and hasattr(annotation, "__members__"):
        return [str(item.value) for item in annotation.__members__.values()]
    return []
