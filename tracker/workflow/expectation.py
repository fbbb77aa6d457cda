"""What to expect in a situation, from what is remembered of others like it."""

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from patterns.learning.similarity import Nearest, Partition, find_nearest
from patterns.models import AskedContext, ExpectedOutcome, Neighbour
from patterns.store import FoundPattern, OutcomeReader, PatternStore
from tracker.config import InputError, check_values
from tracker.workflow.history import open_store
from tracker.workflow.workspace import open_workspace

_NEIGHBOURS = TypeAdapter(tuple[Neighbour, ...])


class Expectations:
    """Answers from one store, whose outcomes are kept and only read on from where they end.

    Where patterns changed or went away, everything is read anew.
    """

    def __init__(self, store: PatternStore) -> None:
        self._store = store
        self._kept: dict[tuple[str, str | None], Partition] = {}
        self._read_to: dict[tuple[str, str | None], int] = {}
        self._rewrites = -1

    def expect(self, asked: AskedContext, k: int = 10) -> ExpectedOutcome:
        """Return what to expect in a context."""
        with self._store.read_outcomes() as reader:
            near = self._nearest(reader, asked, k)
            return _answer(near, reader.by_keys(near.ids))

    def _nearest(self, reader: OutcomeReader, asked: AskedContext, k: int) -> Nearest:
        state = reader.state()
        if state.rewrites != self._rewrites:
            self._kept, self._read_to, self._rewrites = {}, {}, state.rewrites

        def load(operation: str, vcs_type: str | None) -> Partition:
            key = operation, vcs_type
            partition = self._kept.get(key)
            if partition is None:
                partition = self._kept[key] = Partition()
            if self._read_to.get(key, -1) < state.last_id:
                after = partition.last_id
                partition.extend(reader.outcomes(operation, vcs_type, after=after))
                self._read_to[key] = state.last_id
            return partition

        return find_nearest(asked, k, load)


def _answer(near: Nearest, found: Mapping[int, FoundPattern]) -> ExpectedOutcome:
    # All at once: each costs less to validate among others than by itself.
    nearest = [found[key] for key in near.ids]
    neighbours = _NEIGHBOURS.validate_python(
        [
            {
                "id": one.id,
                "run_id": one.run_id,
                "distance": distance,
                "variant": one.variant,
                "pattern": one.pattern,
            }
            for one, distance in zip(nearest, near.distances, strict=True)
        ]
    )
    patterns = [one.pattern for one in nearest]
    times = [one.latency_ms for one in patterns if one.success and one.latency_ms is not None]
    return ExpectedOutcome(
        n=len(neighbours),
        considered=near.considered,
        widened=near.widened,
        latency_ms=statistics.median(times) if times else None,
        latency_quartiles=_quartiles(times),
        success_rate=sum(one.success for one in patterns) / len(patterns) if patterns else None,
        weights=near.weights,
        weights_learned=near.weights_learned,
        neighbours=neighbours,
    )


def expect_like(project: Path | None, file: Path, k: int) -> ExpectedOutcome:
    """Return what to expect in the context that a JSON file describes."""
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError.single(
            file, f"cannot be read: {error.strerror}", advice="Name a JSON file."
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError.single(
            file, f"is no JSON: {error}", advice='Write {"operation": "commit", "files": 100}.'
        ) from error
    if not isinstance(given, dict):
        raise InputError.single(
            file, "holds no JSON object", advice='Write {"operation": "commit", "files": 100}.'
        )
    asked = check_values(AskedContext, given, where=str(file))
    with open_store(open_workspace(project)) as store:
        return Expectations(store).expect(asked, k)


def _quartiles(times: Sequence[float]) -> tuple[float, float] | None:
    if len(times) < 2:  # noqa: PLR2004  one value has no spread
        return None
    low, _, high = statistics.quantiles(times, n=4, method="inclusive")
    return low, high
