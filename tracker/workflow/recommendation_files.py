"""Contexts, runs and rankings as CSV files: read with every problem named, written whole."""

import csv
import gzip
import io
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from patterns.learning.recommendation import Contexts, Costs, CrossRanking
from tracker.config import InputError, Problem

CONTEXT_COLUMNS = ("context_id", "fold")
RUN_COLUMNS = ("context_id", "variant", "runtime", "status", "cutoff")
RANKING_COLUMNS = ("context_id", "variant", "rank")

SUCCESS = "ok"
"""The status of a run that counts with its runtime; every other one is a failure."""

PENALTY = 10.0
"""Cut-offs that a failed run costs: PAR10, as algorithm selection is scored in ASlib."""

RANKS = 3
"""Ranks written per context."""

UNKNOWN = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})
"""How files write an unknown feature."""

GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class FoldedContexts:
    """Contexts, and the fold that each is in."""

    contexts: Contexts
    folds: NDArray[np.str_]


@dataclass(frozen=True)
class ReadCosts:
    """Costs of the contexts, and how many runs belong to no context of the file."""

    costs: Costs
    other_runs: int


@dataclass(frozen=True)
class _Row:
    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class _Run:
    context: str
    variant: str
    cost: float
    failed: bool


def read_contexts(path: Path) -> FoldedContexts:
    """Read `context_id,fold` and features, one row per context; gzip too.

    Raises
    ------
    InputError
        Naming every line that cannot be used.
    """
    names, rows = _read(path, CONTEXT_COLUMNS)
    features = [name for name in names if name not in CONTEXT_COLUMNS]
    if not features:
        raise InputError.single(
            path,
            "has no feature column",
            line=1,
            advice="Add at least one beside context_id, fold.",
        )
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    values: list[list[float]] = []
    for row in rows:
        problems += _identity_problems(path, row, seen)
        values.append([_feature(path, row, name, problems) for name in features])
    _refuse(problems)
    contexts = Contexts(tuple(seen), np.array(values, dtype=np.float64), tuple(features))
    return FoldedContexts(contexts, np.array([row.cells["fold"] for row in rows], dtype=np.str_))


def read_costs(path: Path, contexts: Contexts) -> ReadCosts:
    """Read `context_id,variant,runtime,status,cutoff`, one row per run; gzip too.

    A run that did not succeed costs ten cut-offs. Several runs of a variant in a context
    are averaged, and it failed where all of them did. Runs of contexts that are not in the
    contexts file are counted and left out.

    Raises
    ------
    InputError
        Naming every line that cannot be used.
    """
    _, rows = _read(path, RUN_COLUMNS)
    problems: list[Problem] = []
    runs = [run for row in rows if (run := _run(path, row, problems)) is not None]
    _refuse(problems)
    place = {name: row for row, name in enumerate(contexts.ids)}
    known = [run for run in runs if run.context in place]
    if not known:
        raise InputError.single(
            path, "holds no run of any context of the contexts file", advice="Compare context_id."
        )
    variants = sorted({run.variant for run in known})
    column = {name: index for index, name in enumerate(variants)}
    shape = (len(contexts), len(variants))
    total, count, failures = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for run in known:
        cell = place[run.context], column[run.variant]
        total[cell] += run.cost
        count[cell] += 1
        failures[cell] += run.failed
    cost = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    costs = Costs(tuple(variants), cost, (count > 0) & (failures == count))
    return ReadCosts(costs, len(runs) - len(known))


def rankings_csv(contexts: Contexts, variants: Sequence[str], ranking: CrossRanking) -> str:
    """Return `context_id,variant,rank` with the first three ranks of each ranked context."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(RANKING_COLUMNS)
    for name, order in zip(contexts.ids, ranking.order, strict=True):
        for rank, column in enumerate([] if order is None else order[:RANKS], start=1):
            writer.writerow((name, variants[column], rank))
    return buffer.getvalue()


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.writing")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError.single(
            path, f"cannot be written: {error.strerror}", advice="Choose another file with -o."
        ) from error


def _read(path: Path, required: Sequence[str]) -> tuple[list[str], list[_Row]]:
    """Return the names of the columns and all rows, with cells stripped."""
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header, required)
        rows = list(_rows(path, reader, header))
    except csv.Error as error:
        raise InputError.single(
            path, f"is not CSV: {error}", line=reader.line_num, advice="Write it again as CSV."
        ) from error
    if not rows:
        raise InputError.single(path, "holds no row", advice="Add one per line under the header.")
    return header, rows


def _rows(path: Path, reader: Iterator[list[str]], header: list[str]) -> Iterator[_Row]:
    for cells in reader:
        line: int = reader.line_num  # type: ignore[attr-defined]  # of csv.reader
        if not cells:
            continue
        if len(cells) != len(header):
            raise InputError.single(
                path,
                f"has {len(cells)} cells, the header {len(header)}",
                line=line,
                advice="Quote cells that contain a comma.",
            )
        yield _Row(line, {n: cell.strip() for n, cell in zip(header, cells, strict=True)})


def _check_header(path: Path, header: list[str], required: Sequence[str]) -> None:
    missing = [name for name in required if name not in header]
    if missing:
        raise InputError.single(
            path, f"lacks the column {', '.join(missing)}", line=1,
            advice=f"The header needs {','.join(required)}.",
        )  # fmt: skip
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError.single(
            path, f"has the column {', '.join(twice)} twice", line=1, advice="Name each once."
        )


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if content.startswith(GZIP_MAGIC):
            content = gzip.decompress(content)
        return content.decode("utf-8-sig")
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError.single(
            path, f"cannot be read: {reason}", advice="Name a CSV file, gzip or plain."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError.single(path, "is not UTF-8 text", advice="Save it as UTF-8.") from error


def _identity_problems(path: Path, row: _Row, seen: dict[str, int]) -> list[Problem]:
    """Return what is wrong with a context's name and fold, and remember the name."""
    name = row.cells["context_id"]
    problems = [
        _problem(path, row, key, "is empty", "Give every context one.")
        for key in CONTEXT_COLUMNS
        if not row.cells[key]
    ]
    if name and name in seen:
        said = f"{name!r} is listed twice, first in line {seen[name]}"
        problems.append(_problem(path, row, "context_id", said, "Give each context one row."))
    seen.setdefault(name, row.line)
    return problems


def _feature(path: Path, row: _Row, name: str, problems: list[Problem]) -> float:
    text = row.cells[name]
    if text.lower() in UNKNOWN:
        return math.nan
    value = _number(text)
    if value is None:
        problems.append(
            _problem(path, row, name, f"{text!r} is no finite number", "Leave unknown ones empty.")
        )
        return math.nan
    return value


def _run(path: Path, row: _Row, problems: list[Problem]) -> _Run | None:
    """Return a run, or None after adding what is wrong with it."""
    before = len(problems)
    problems += [
        _problem(path, row, key, "is empty", "Every run needs one.")
        for key in ("context_id", "variant", "status")
        if not row.cells[key]
    ]
    failed = row.cells["status"].lower() != SUCCESS
    key = "cutoff" if failed else "runtime"
    value = _number(row.cells[key])
    if value is None or value < 0 or (failed and value == 0):
        least = "above 0" if failed else "at least 0"
        said = f"{row.cells[key]!r} must be a number of seconds {least}"
        advice = "A failed run costs ten cut-offs." if failed else "Say failed where it is unknown."
        problems.append(_problem(path, row, key, said, advice))
    if value is None or len(problems) > before:
        return None
    cost = PENALTY * value if failed else value
    return _Run(row.cells["context_id"], row.cells["variant"], cost, failed)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _problem(path: Path, row: _Row, key: str, message: str, advice: str) -> Problem:
    return Problem(where=str(path), line=row.line, key=key, message=message, advice=advice)


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise InputError(problems)
