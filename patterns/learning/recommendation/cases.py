"""What was seen (features of each context) and what it cost there to use each variant."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patterns.learning.recommendation.errors import RecommendationError

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Contexts:
    """Features of contexts; NaN is an unknown feature, in arrays only.

    Attributes
    ----------
    ids : tuple of str, length n
        One name per context, which nothing is learned from.
    features : ndarray of float, shape (n, p)
        Any scale: they are brought to a common one.
    names : tuple of str, length p
        Names of the features.
    """

    ids: tuple[str, ...]
    features: Floats
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.features.shape != (len(self.ids), len(self.names)):
            raise RecommendationError(
                f"features have shape {self.features.shape}, but there are {len(self.ids)} "
                f"contexts and {len(self.names)} feature names"
            )
        if len(set(self.ids)) < len(self.ids):
            raise RecommendationError("a context is listed twice; give each its own id")
        if np.isinf(self.features).any():
            raise RecommendationError("a feature is infinite; leave it out where it is unknown")

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Rows) -> "Contexts":
        """Return some of the contexts."""
        return Contexts(tuple(self.ids[row] for row in rows), self.features[rows], self.names)


@dataclass(frozen=True)
class Costs:
    """What each variant cost in each context, smaller is better.

    Attributes
    ----------
    variants : tuple of str, length k
        Names, which nothing is learned from except the order of exact ties.
    cost : ndarray of float, shape (n, k)
        Cost at least 0, with the penalty where the variant failed; NaN where not measured.
    failed : ndarray of bool, shape (n, k)
        Where the cost is a penalty and not a time.
    """

    variants: tuple[str, ...]
    cost: Floats
    failed: Flags

    def __post_init__(self) -> None:
        if self.cost.shape != self.failed.shape or self.cost.shape[1:] != (len(self.variants),):
            raise RecommendationError(
                f"costs have shape {self.cost.shape}, failures {self.failed.shape}, and there "
                f"are {len(self.variants)} variants"
            )
        if len(set(self.variants)) < len(self.variants):
            raise RecommendationError("a variant is listed twice; give each its own name")
        if (self.cost < 0).any() or np.isinf(self.cost).any():
            raise RecommendationError("a cost is negative or infinite; leave out what is unknown")

    def __len__(self) -> int:
        return len(self.cost)

    @property
    def measured(self) -> Flags:
        """Return where there is a cost."""
        return ~np.isnan(self.cost)

    @property
    def comparable(self) -> Flags:
        """Return which contexts tell variants apart: at least two costs, of which one succeeded.

        Where every variant failed, the choice made no difference.
        """
        success = (self.measured & ~self.failed).any(axis=1)
        several = self.measured.sum(axis=1) > 1
        comparable: Flags = several & success
        return comparable

    def take(self, rows: Rows) -> "Costs":
        """Return the costs of some of the contexts."""
        return Costs(self.variants, self.cost[rows], self.failed[rows])

    def of(self, columns: Sequence[int]) -> "Costs":
        """Return the costs of some of the variants."""
        kept = list(columns)
        names = tuple(self.variants[column] for column in kept)
        return Costs(names, self.cost[:, kept], self.failed[:, kept])


def no_failures(cost: Floats) -> Flags:
    """Return the failures of a history in which nothing failed."""
    return np.zeros(cost.shape, dtype=np.bool_)
