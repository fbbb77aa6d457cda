"""The upkeep of the pattern memory: out of it, into it, and what is no longer needed."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from patterns.learning.reward import RewardTerms, rescore
from patterns.models import PatternRecord
from patterns.store import Merged, PatternStore, PrunedTask
from patterns.store.agentdb import is_database, read_episodes
from patterns.store.jsonl import read_lines, to_line
from tracker.config import InputError
from tracker.workflow.history import open_store
from tracker.workflow.workspace import open_workspace

OnProgress = Callable[[str, float | None], None]

_EVERY = 500
"""Patterns between two words on progress."""

_RESCORED_AT_ONCE = 1_000


@dataclass(frozen=True)
class Rejected:
    """A line, or an episode, that holds no pattern."""

    number: int
    reason: str


@dataclass
class Imported:
    """What became of a file's patterns."""

    added: int = 0
    known: int = 0
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True)
class Rescored:
    """A trial whose stored reward differs from what its stored terms make."""

    run_id: str
    before: float | None
    after: float | None


def export_patterns(
    project: Path | None, task: str, stream: TextIO, *, bare: bool, progress: OnProgress
) -> int:
    """Write the patterns of matching tasks as JSON lines; return how many."""
    count = 0
    with open_store(open_workspace(project)) as store:
        whole = sum(row.count for row in store.stats(task))
        for record in store.records(task):
            stream.write(f"{to_line(record, bare=bare)}\n")
            count += 1
            if count % _EVERY == 0:
                progress(f"{count} patterns", min(count / whole, 1.0) if whole else None)
    return count


def import_patterns(project: Path | None, path: Path, *, progress: OnProgress) -> Imported:
    """Read JSON lines, or an AgentDB 1.6 database; what is no pattern is told, the rest stored."""
    done = Imported()

    def reject(number: int, reason: str) -> None:
        done.rejected.append(Rejected(number, reason))

    with open_store(open_workspace(project)) as store:
        try:
            if is_database(path):
                records = _counted(read_episodes(path, reject=reject), progress)
                stored = store.add_patterns(records)
            else:
                with path.open("rb") as stream:
                    lines = read_lines(stream, now=_now_ms(), reject=reject)
                    stored = store.add_patterns(_measured(lines, stream, progress))
        except OSError as error:
            raise InputError.single(
                path, f"cannot be read: {error.strerror}", advice="Name a file of JSON lines."
            ) from error
    done.added, done.known = stored.added, stored.known
    return done


def merge_patterns(project: Path | None, other: str) -> Merged:
    """Write what is new of another store, named by its file or address, with its iterations."""
    address = other if "://" in other else f"sqlite:///{Path(other).resolve()}"
    with (
        PatternStore(address, create=False) as source,
        open_store(open_workspace(project)) as store,
    ):
        return store.merge(source)


def prune_patterns(
    project: Path | None, *, before: int, keep: int, really: bool
) -> tuple[PrunedTask, ...]:
    """Remove old patterns, or tell what would be removed."""
    with open_store(open_workspace(project)) as store:
        return store.prune(before=before, keep=keep, really=really)


def rescore_patterns(project: Path | None, *, really: bool) -> tuple[Rescored, ...]:
    """Compute all rewards anew from their stored terms; return and write those that differ."""
    with open_store(open_workspace(project)) as store:
        changed = [pair for record in store.records(trials=True) if (pair := _rescore(record))]
        if really:
            for start in range(0, len(changed), _RESCORED_AT_ONCE):
                some = changed[start : start + _RESCORED_AT_ONCE]
                store.replace_trials([record for _, record in some])
    return tuple(told for told, _ in changed)


def show_pattern(project: Path | None, key: str) -> PatternRecord:
    """Return the pattern of a run's id or of a content hash."""
    with open_store(open_workspace(project)) as store:
        found = store.find(key)
    if found is None:
        raise InputError.single(
            key, "is no run and no content hash in the store", advice="See: tracker runs list"
        )
    return found


@contextmanager
def written(path: Path | None, default: TextIO) -> Iterator[TextIO]:
    """Open a file that is there whole or not at all, or give the default."""
    if path is None:
        yield default
        return
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        partial.replace(path)
    except OSError as error:
        raise InputError.single(
            path, f"cannot be written: {error.strerror}", advice="Name another file."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def as_json(record: PatternRecord) -> dict[str, Any]:
    """Return a pattern and its context."""
    return {
        "pattern": record.pattern.model_dump(mode="json", by_alias=True),
        "context": record.context.model_dump(mode="json", by_alias=True),
    }


def _rescore(record: PatternRecord) -> tuple[Rescored, PatternRecord] | None:
    stored, run_id = record.context.reward_terms, record.context.run_id
    if stored is None or run_id is None:
        return None
    try:
        terms = RewardTerms.model_validate_json(stored)
    except ValueError:
        return None  # written by something else; its reward cannot be checked
    reward = rescore(terms)
    if reward == record.pattern.reward:
        return None
    pattern = record.pattern.model_copy(update={"reward": reward})
    context = record.context.model_copy(update={"reward_version": terms.version})
    told = Rescored(run_id, record.pattern.reward, reward)
    return told, PatternRecord(pattern=pattern, context=context)


def _measured(
    records: Iterable[PatternRecord], stream: BinaryIO, progress: OnProgress
) -> Iterator[PatternRecord]:
    """Tell how far into a file its reader is."""
    size = os.fstat(stream.fileno()).st_size
    for count, record in enumerate(records, 1):
        if count % _EVERY == 0:
            share = min(stream.tell() / size, 1.0) if size else None
            progress(f"{count} patterns", share)
        yield record


def _counted(records: Iterable[PatternRecord], progress: OnProgress) -> Iterator[PatternRecord]:
    for count, record in enumerate(records, 1):
        if count % _EVERY == 0:
            progress(f"{count} patterns", None)
        yield record


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
