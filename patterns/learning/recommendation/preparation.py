"""Features on a common scale: unknown ones filled in, skewed ones as logarithms, standardised."""

from dataclasses import dataclass

import numpy as np

from patterns.learning.recommendation.cases import Flags, Floats

CLIP = 8.0
"""Standard deviations beyond which a feature counts as no farther: a context far outside what
was seen is far, and not infinitely so, or one odd feature would hide all others."""


@dataclass(frozen=True)
class Preparation:
    """How features were scaled where the models were fitted, and so are everywhere else."""

    kept: Flags
    centre: Floats
    spread: Floats
    fill: Floats
    indicated: Flags

    def __call__(self, features: Floats) -> Floats:
        """Return prepared features, shape (n, q)."""
        logs = signed_log(features)[:, self.kept]
        unknown = np.isnan(logs)
        filled = np.where(unknown, self.fill, logs)
        scaled = np.clip((filled - self.centre) / self.spread, -CLIP, CLIP)
        missing = np.isnan(features)[:, self.indicated].astype(np.float64)
        return np.hstack([scaled, missing])


def signed_log(values: Floats) -> Floats:
    """Return sign(x) ln(1 + |x|): sizes as logarithms, shares nearly unchanged.

    Examples
    --------
    >>> signed_log(np.array([-1.0, 0.0, 1.0])).round(3).tolist()
    [-0.693, 0.0, 0.693]
    """
    logs: Floats = np.sign(values) * np.log1p(np.abs(values))
    return logs


def prepare(features: Floats) -> Preparation:
    """Return how to prepare features like these.

    Notes
    -----
    A constant feature, and one that is known nowhere, is left out. An unknown value becomes
    the median of the known ones; where that happens at least once but not always, a column
    of its own says so, since not knowing can tell something, too.
    """
    logs = signed_log(features)
    known = ~np.isnan(logs)
    seen = [column[there] for column, there in zip(logs.T, known.T, strict=True)]
    varies = np.array([bool(len(values)) and np.ptp(values) > 0 for values in seen], dtype=np.bool_)
    columns = [values for values, kept in zip(seen, varies, strict=True) if kept]
    share = known.mean(axis=0)
    return Preparation(
        kept=varies,
        centre=np.array([column.mean() for column in columns], dtype=np.float64),
        spread=np.array([column.std() for column in columns], dtype=np.float64),
        fill=np.array([np.median(column) for column in columns], dtype=np.float64),
        indicated=(share > 0) & (share < 1),
    )
