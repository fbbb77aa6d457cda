"""What every model of losses gives: predictions of itself held out, and of new contexts."""

from dataclasses import dataclass
from typing import Protocol

from patterns.learning.recommendation.cases import Flags, Floats


@dataclass(frozen=True)
class Training:
    """What models learn from.

    Attributes
    ----------
    features : ndarray, shape (n, p)
        Prepared features.
    target, log : ndarray, shape (n, k)
        Losses in units of their spread, see `Losses`.
    measured : ndarray of bool, shape (n, k)
        Which cells are measurements.
    """

    features: Floats
    target: Floats
    log: Floats
    measured: Flags


@dataclass(frozen=True)
class Effort:
    """How much computation models may take; the same effort and seed give the same model."""

    trees: int = 150
    seed: int = 0
    jobs: int = 1


class LossModel(Protocol):
    """A fitted model of losses."""

    @property
    def held_out(self) -> Floats:
        """Return predictions for the training contexts by models that had not seen them."""

    def predict(self, features: Floats) -> Floats:
        """Return predicted losses of prepared features, shape (m, k)."""
