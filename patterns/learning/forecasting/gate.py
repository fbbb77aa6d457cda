"""After a jump: has the level changed, or will the value be back? Learnt from all series."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from patterns.learning.forecasting.preparation import Prepared
from patterns.learning.forecasting.weighting import spread
from patterns.statistics.arrays import FloatArray

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

FOLDS = 3
"""A series' own history is judged by a gate fitted to the other folds."""

APART = 0.5
"""Levels nearer than so many local sd are one: nothing is at stake."""

HIGHEST_STAKE = 10.0
"""Bound of what one choice may weigh, in local sd."""

FEWEST_CHOICES = 40
"""Below, the more frequent answer is given."""

EVEN = 0.5


@dataclass(frozen=True, slots=True)
class Choices:
    """Points where the two levels differ, and which one the value was nearer to."""

    columns: FloatArray
    rival_nearer: FloatArray
    """shape (n,): 1 or 0."""
    stakes: FloatArray
    """shape (n,): how much nearer, in local sd and weighted; 0 where the levels agree."""


class Gate:
    """The probability that the run-length filter's level is the nearer one."""

    def __init__(self, model: "HistGradientBoostingClassifier | None", usual: float) -> None:
        self._model = model
        self._usual = usual

    @classmethod
    def fit(cls, choices: Choices, *, seed: int) -> "Gate":
        """Fit to choices; with too few or one-sided ones, keep to the usual answer."""
        counted = choices.stakes > 0
        answers, stakes = choices.rival_nearer[counted], choices.stakes[counted]
        usual = float(np.average(answers, weights=stakes)) if answers.size else 0.0
        if answers.size < FEWEST_CHOICES or np.ptp(answers) == 0:
            return cls(None, usual)
        from sklearn.ensemble import (  # noqa: PLC0415  a second, where something is fitted
            HistGradientBoostingClassifier,
        )

        model = HistGradientBoostingClassifier(
            max_iter=60,
            learning_rate=0.1,
            max_leaf_nodes=6,
            min_samples_leaf=20,
            early_stopping=False,
            random_state=seed,
        )
        rows = spread(stakes)
        return cls(model.fit(choices.columns[counted][rows], answers[rows]), usual)

    def share(self, columns: FloatArray) -> FloatArray:
        """Return the probability for each row."""
        if self._model is None or columns.shape[0] == 0:
            return np.full(columns.shape[0], self._usual)
        return np.asarray(self._model.predict_proba(columns)[:, 1])


def settle(prepared: Sequence[Prepared], *, seed: int) -> list[Prepared]:
    """Return the series with each point's centre chosen between its two levels.

    Known points are chosen by a gate that did not see their series, so that what is learnt
    from them later is as uncertain as it will be for new points.
    """
    everyone = Gate.fit(_choices(prepared), seed=seed)
    if len(prepared) < 2 * FOLDS:
        return [_choose(one, everyone, everyone) for one in prepared]
    others = [
        Gate.fit(
            _choices([one for at, one in enumerate(prepared) if at % FOLDS != fold]), seed=seed
        )
        for fold in range(FOLDS)
    ]
    return [_choose(one, others[at % FOLDS], everyone) for at, one in enumerate(prepared)]


def _choices(prepared: Sequence[Prepared]) -> Choices:
    parts = [_choices_of(one) for one in prepared]
    return Choices(
        columns=np.vstack([part.columns for part in parts]),
        rival_nearer=np.concatenate([part.rival_nearer for part in parts]),
        stakes=np.concatenate([part.stakes for part in parts]),
    )


def _choices_of(one: Prepared) -> Choices:
    span, table = one.learnable, one.table
    scale = table.scale[span]
    by_centre = np.abs(one.scaled[span] - table.centre[span]) / scale
    by_rival = np.abs(one.scaled[span] - table.rival[span]) / scale
    apart = np.abs(table.rival[span] - table.centre[span]) > APART * scale
    stakes = np.minimum(np.abs(by_centre - by_rival), HIGHEST_STAKE) * one.weights[span]
    return Choices(
        columns=table.columns[span],
        rival_nearer=(by_rival < by_centre).astype(np.float64),
        stakes=np.where(apart, stakes, 0.0),
    )


def _choose(one: Prepared, for_known: Gate, for_tests: Gate) -> Prepared:
    table, known = one.table, one.history.known
    share = np.concatenate(
        (for_known.share(table.columns[:known]), for_tests.share(table.columns[known:]))
    )
    centre = np.where(share > EVEN, table.rival, table.centre)
    columns = np.column_stack(
        (
            table.columns,
            share,
            np.arcsinh((table.rival - table.centre) / table.scale),
            np.arcsinh((centre - table.centre) / table.scale),
        )
    )
    return replace(one, table=replace(table, columns=columns, centre=centre))
