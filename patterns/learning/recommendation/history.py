"""Remembered trials as a table: what each operation took, by repository and variant."""

import hashlib
import json
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from patterns.learning.recommendation.cases import Contexts, Floats
from patterns.models import PatternContext, PatternRecord

FEATURES = ("files", "commits", "branches", "tags", "total_bytes")
"""What is known of every repository, counted by plumbing."""

BASELINE = "git"
"""What everything is compared with, where it was measured beside it."""


@dataclass(frozen=True)
class CostHistory:
    """What operations took, of one class of machine.

    Attributes
    ----------
    repositories : Contexts, length r
        Ids of the fixtures and their features.
    operations, variants : tuple of str, lengths o and v
        In alphabetical order.
    ms : ndarray, shape (r, o, v)
        Median ms; NaN where it was not measured, or failed.
    one_off_ms : ndarray, shape (r, v)
        What the variant's preparation took once; 0 where it has none, NaN where unknown.
    runs : mapping from (row of repository, variant) to run ids
        The trials behind, in the order they were stored.
    rounds : mapping from the same to the rounds they had together
    versions : tuple of str
        Tools that were measured, each with its version.
    patterns : int
        Trials in the table.
    """

    repositories: Contexts
    operations: tuple[str, ...]
    variants: tuple[str, ...]
    ms: Floats
    one_off_ms: Floats
    runs: Mapping[tuple[int, str], tuple[str, ...]]
    rounds: Mapping[tuple[int, str], int]
    versions: tuple[str, ...]
    patterns: int

    @property
    def digest(self) -> str:
        """Return a hash of all that is learned from: 16 hexadecimal digits."""
        digest = hashlib.blake2b(digest_size=8)
        for part in (self.repositories.ids, self.operations, self.variants):
            digest.update("\n".join(part).encode() + b"\0")
        for values in (self.repositories.features, self.ms, self.one_off_ms):
            digest.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
        return digest.hexdigest()


def history_of(records: Iterable[PatternRecord]) -> CostHistory:
    """Return the table of finished, successful trials whose repository was counted.

    Notes
    -----
    Where a cell was measured in several sessions, the baseline's is the median of them, and
    every other variant's is the median of its ratios to the baseline of the same session
    times that: machines drift between sessions, rounds of one session are interleaved.
    """
    trials = [record for record in records if _usable(record)]
    by_cell: dict[tuple[str, str], dict[str, dict[str, float]]] = defaultdict(dict)
    features: dict[str, list[float]] = {}
    for record in trials:
        context, latency = record.context, record.pattern.latency_ms
        repository = context.fixture_id or ""
        features[repository] = _features(record)
        sessions = by_cell[repository, context.operation]
        sessions.setdefault(record.pattern.session_id, {})[context.variant] = latency or 0.0
    ids = tuple(sorted(features))
    operations = tuple(sorted({record.context.operation for record in trials}))
    variants = tuple(sorted({record.context.variant for record in trials}))
    row, column = _places(ids), _places(variants)
    ms = np.full((len(ids), len(operations), len(variants)), np.nan)
    for (repository, operation), sessions in by_cell.items():
        for variant, value in _medians(list(sessions.values())).items():
            ms[row[repository], operations.index(operation), column[variant]] = value
    table = np.array([features[one] for one in ids], dtype=np.float64)
    return CostHistory(
        repositories=Contexts(ids, table.reshape(len(ids), len(FEATURES)), FEATURES),
        operations=operations,
        variants=variants,
        ms=ms,
        one_off_ms=_one_offs(trials, row, column),
        runs=_runs(trials, row),
        rounds=_rounds(trials, row),
        versions=tuple(sorted({_version(one.context) for one in trials})),
        patterns=len(trials),
    )


def _version(context: PatternContext) -> str:
    tool = "jj" if context.vcs_type == "jujutsu" else "git"
    return f"{tool} {context.vcs_version or 'unknown'}"


def _usable(record: PatternRecord) -> bool:
    context, pattern = record.context, record.pattern
    known = context.files is not None and context.fixture_id and context.run_id
    return bool(
        known and pattern.success and context.status == "finished" and (pattern.latency_ms or 0) > 0
    )


def _features(record: PatternRecord) -> list[float]:
    values = [getattr(record.context, name) for name in FEATURES]
    return [np.nan if value is None else float(value) for value in values]


def _places(names: Sequence[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}


def _medians(sessions: Sequence[Mapping[str, float]]) -> dict[str, float]:
    bases = [one[BASELINE] for one in sessions if BASELINE in one]
    variants = sorted({variant for one in sessions for variant in one})
    if not bases:
        return {v: statistics.median(one[v] for one in sessions if v in one) for v in variants}
    base = statistics.median(bases)
    found = {}
    for variant in variants:
        beside = [
            one[variant] / one[BASELINE] for one in sessions if variant in one and BASELINE in one
        ]
        alone = [one[variant] for one in sessions if variant in one]
        found[variant] = base * statistics.median(beside) if beside else statistics.median(alone)
    return found


def _one_offs(
    trials: Sequence[PatternRecord], row: Mapping[str, int], column: Mapping[str, int]
) -> Floats:
    told: dict[tuple[int, int], list[float]] = defaultdict(list)
    for record in trials:
        key = row[record.context.fixture_id or ""], column[record.context.variant]
        told[key].append(_one_off(record))
    costs = np.full((len(row), len(column)), np.nan)
    for key, values in told.items():
        costs[key] = statistics.median(values)
    return costs


def _one_off(record: PatternRecord) -> float:
    """Return what was measured once; patterns of variants that prepare nothing say nothing."""
    if "oneOffMs" not in record.pattern.output:
        return 0.0
    value = json.loads(record.pattern.output).get("oneOffMs")
    return float(value) if isinstance(value, int | float) else 0.0


def _runs(
    trials: Sequence[PatternRecord], row: Mapping[str, int]
) -> dict[tuple[int, str], tuple[str, ...]]:
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for record in trials:
        key = row[record.context.fixture_id or ""], record.context.variant
        found[key].append(record.context.run_id or "")
    return {key: tuple(runs) for key, runs in found.items()}


def _rounds(trials: Sequence[PatternRecord], row: Mapping[str, int]) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = defaultdict(int)
    for record in trials:
        key = row[record.context.fixture_id or ""], record.context.variant
        found[key] += record.context.round or 0
    return dict(found)
