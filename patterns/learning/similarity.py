"""Which remembered trials are like a situation, by structured features and learned weights."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from patterns.models import AskedContext, Outcome

NUMERIC = ("files", "commits", "branches", "tags", "total_bytes")
"""Compared on a log scale: what doubles counts the same at any size."""

CATEGORIES = ("vcs_type", "variant", "repo_size", "machine_class")

FEWEST_TO_LEARN = 20
"""Timed successes below which weights are not learned."""

FEWEST_PER_FEATURE = 5
"""Timed successes that each numeric feature needs which is not the same everywhere."""

FEWEST_ALIKE = 3
"""Trials of the same configuration, or system, that are an answer: a median and quartiles.
Those of another system, which may take ten times as long, would not make it a better one."""

_RIDGE = 1e-3
"""Keeps the regression solvable where features go together, as files and bytes do."""

_LEAST_WEIGHT = 1e-3
"""Share of the largest: of trials that are expected to go alike, the nearer one comes first."""

_STRANGERS = 2.0
"""The mean squared difference of two standardised values drawn at random: what a feature
costs that one side doesn't know."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Widened = Literal["configuration", "system"]


class Nearest(NamedTuple):
    """Keys of the nearest patterns and how they were found."""

    ids: tuple[int, ...]
    distances: tuple[float, ...]
    considered: int
    widened: tuple[Widened, ...]
    weights: dict[str, float]
    weights_learned: bool


@dataclass(slots=True)
class Partition:
    """The outcomes of one operation, under one system or all, as arrays.

    Notes
    -----
    The squared distance of two trials is the sum of weighted squared differences of
    standardised logarithms, plus a weight for each category that differs. Learned weights are
    the squared coefficients of a ridge regression of log time, and for a category twice the
    variance of what its values add to the residuals (the mean squared difference of two
    trials). A distance is then in units of log time: 0.69 is about a factor of two.
    """

    ids: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    logs: Floats = field(default_factory=lambda: np.empty((0, len(NUMERIC))))
    codes: Integers = field(default_factory=lambda: np.empty((0, len(CATEGORIES)), dtype=np.int64))
    times: Floats = field(default_factory=lambda: np.empty(0))
    _names: tuple[dict[str | None, int], ...] = field(
        default_factory=lambda: tuple({} for _ in CATEGORIES)
    )
    _model: "_Model | None" = None
    _of_variant: dict[int, Integers] = field(default_factory=dict)
    _parts_of: dict[str, tuple[Floats, Integers]] = field(default_factory=dict)

    @property
    def last_id(self) -> int:
        """The key up to which outcomes are here; they come in the order of their keys."""
        return int(self.ids[-1]) if self.ids.size else 0

    def extend(self, outcomes: Sequence[Outcome]) -> None:
        """Add outcomes with keys beyond the last."""
        if not outcomes:
            return
        numbers = [[getattr(one, name) for name in NUMERIC] for one in outcomes]
        logs = np.log1p(np.array(numbers, dtype=np.float64))
        codes = [
            [self._code(place, getattr(one, name)) for place, name in enumerate(CATEGORIES)]
            for one in outcomes
        ]
        timed = [one.latency_ms if one.success and one.latency_ms else np.nan for one in outcomes]
        self.ids = np.concatenate([self.ids, np.array([one.id for one in outcomes])])
        self.logs = np.concatenate([self.logs, logs])
        self.codes = np.concatenate([self.codes, np.array(codes, dtype=np.int64)])
        self.times = np.concatenate([self.times, np.log(np.array(timed, dtype=np.float64))])
        self._model, self._of_variant, self._parts_of = None, {}, {}

    def nearest(
        self, asked: AskedContext, k: int, *, variant: str | None, widened: tuple[Widened, ...]
    ) -> Nearest:
        """Return the k nearest, the newest first among equals; of one variant, or of all."""
        if self._model is None:
            self._model = _fit(self.logs, self.codes, self.times)
        model = self._model
        rows = None if variant is None else self._rows_of(variant)
        squares = self._squares(asked, model, variant)
        considered = int(squares.size)
        if squares.size > k:
            limit = np.partition(squares, k - 1)[k - 1]
            near = np.flatnonzero(squares <= limit)
        else:
            near = np.arange(squares.size)
        ids, squares = self.ids[near if rows is None else rows[near]], squares[near]
        order = np.lexsort((-ids, squares))[:k]
        return Nearest(
            ids=tuple(ids[order].tolist()),
            distances=tuple(np.sqrt(squares[order]).tolist()),
            considered=considered,
            widened=widened,
            weights=model.weights,
            weights_learned=model.learned,
        )

    def count(self, variant: str | None) -> int:
        """Return how many outcomes there are, of one variant or of all."""
        return int(self.ids.size) if variant is None else int(self._rows_of(variant).size)

    def _squares(self, asked: AskedContext, model: "_Model", variant: str | None) -> Floats:
        scaled, codes = self._parts(model, variant)
        squares = np.zeros(scaled.shape[0])
        for place, name in enumerate(NUMERIC):
            value = getattr(asked, name)
            if value is None:
                continue
            target = (math.log1p(value) - model.centre[place]) * model.scale[place]
            gaps = scaled[:, place] - target
            gaps *= gaps
            if model.incomplete[place]:
                gaps[np.isnan(gaps)] = _STRANGERS * model.numeric[place]
            squares += gaps
        for place, name in enumerate(CATEGORIES):
            value, codes_of = getattr(asked, name), self._names[place]
            # What all of them have is nothing to compare.
            alike = (variant is not None and name == "variant") or codes_of.keys() == {value}
            if value is not None and not alike:
                differs = codes[:, place] != codes_of.get(value, -1)
                squares += model.categories[place] * differs
        return squares

    def _parts(self, model: "_Model", variant: str | None) -> tuple[Floats, Integers]:
        """Return scaled numbers and codes, those of a variant cut out once."""
        if variant is None:
            return model.scaled, self.codes
        if variant not in self._parts_of:
            rows = self._rows_of(variant)
            self._parts_of[variant] = (
                np.asfortranarray(model.scaled[rows]),
                np.asfortranarray(self.codes[rows]),
            )
        return self._parts_of[variant]

    def _rows_of(self, variant: str) -> Integers:
        place = CATEGORIES.index("variant")
        code = self._names[place].get(variant, -1)
        if code not in self._of_variant:
            self._of_variant[code] = np.flatnonzero(self.codes[:, place] == code)
        return self._of_variant[code]

    def _code(self, place: int, value: str | None) -> int:
        names = self._names[place]
        return names.setdefault(value, len(names))


Load = Callable[[str, str | None], Partition]


def find_nearest(asked: AskedContext, k: int, load: Load) -> Nearest:
    """Return the k patterns nearest to a context, widening what is asked where too few match.

    Parameters
    ----------
    asked : AskedContext
    k : int
    load : callable
        From operation and system, or None for all systems, to its partition.

    Notes
    -----
    First the same operation, system and configuration; with fewer than three of them (or `k`,
    if that is less) any configuration; then any system. Another operation is never taken: its
    times say nothing.
    """
    widened: tuple[Widened, ...] = ()
    enough = min(k, FEWEST_ALIKE)
    if asked.vcs_type is not None:
        partition = load(asked.operation, asked.vcs_type)
        if asked.variant is not None:
            if partition.count(asked.variant) >= enough:
                return partition.nearest(asked, k, variant=asked.variant, widened=())
            widened = ("configuration",)
        if partition.count(None) >= enough:
            return partition.nearest(asked, k, variant=None, widened=widened)
        widened = (*widened, "system")
    everything = load(asked.operation, None)
    return everything.nearest(asked, k, variant=None, widened=widened)


@dataclass(frozen=True, slots=True)
class _Model:
    centre: Floats
    scale: Floats
    scaled: Floats
    """By column: a question compares few features of all trials."""
    numeric: Floats
    categories: Floats
    weights: dict[str, float]
    learned: bool
    incomplete: tuple[bool, ...]


def _fit(logs: Floats, codes: Integers, times: Floats) -> _Model:
    known = ~np.isnan(logs)
    counts = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, logs, 0.0).sum(axis=0) / counts
    spread = np.sqrt((np.where(known, logs - centre, 0.0) ** 2).sum(axis=0) / counts)
    # A feature that never changed has no scale; a difference from it is counted as it is.
    spread = np.where(spread > 0, spread, 1.0)
    standard = (logs - centre) / spread
    usable = ~np.isnan(times)
    varying = int((np.nanmax(standard, axis=0, initial=-np.inf) > 0).sum()) if times.size else 0
    learned = int(usable.sum()) >= max(FEWEST_TO_LEARN, FEWEST_PER_FEATURE * varying)
    numeric, categories = np.ones(len(NUMERIC)), np.ones(len(CATEGORIES))
    if learned:
        numeric, categories = _weights(
            np.nan_to_num(standard[usable]), codes[usable], times[usable]
        )
    root = np.sqrt(numeric)
    return _Model(
        centre=centre,
        scale=root / spread,
        scaled=np.asfortranarray(standard * root),
        numeric=numeric,
        categories=categories,
        weights=dict(
            zip((*NUMERIC, *CATEGORIES), [*numeric.tolist(), *categories.tolist()], strict=True)
        ),
        learned=learned,
        incomplete=tuple(not bool(column.all()) for column in known.T),
    )


def _weights(standard: Floats, codes: Integers, times: Floats) -> tuple[Floats, Floats]:
    centred = times - times.mean()
    gram = standard.T @ standard + _RIDGE * times.size * np.eye(standard.shape[1])
    slopes = np.linalg.solve(gram, standard.T @ centred)
    residuals = centred - standard @ slopes
    numeric = np.asarray(slopes**2, dtype=np.float64)
    categories = np.array([_between(codes[:, place], residuals) for place in range(codes.shape[1])])
    least = _LEAST_WEIGHT * max(float(numeric.max()), float(categories.max()), 1e-12)
    return np.maximum(numeric, least), np.maximum(categories, least)


def _between(codes: Integers, residuals: Floats) -> float:
    """Return twice the variance that the values of a category explain."""
    values, which = np.unique(codes, return_inverse=True)
    counts = np.bincount(which, minlength=values.size)
    means = np.bincount(which, weights=residuals, minlength=values.size) / counts
    return float(2.0 * np.sum(counts * (means - residuals.mean()) ** 2) / residuals.size)
