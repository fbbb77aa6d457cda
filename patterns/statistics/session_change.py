"""A value of this session against those of earlier ones, by the noise between sessions.

Rounds of one session share the machine's state of that hour, so the spread within a session
says nothing of the spread between sessions: here the session is the unit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from patterns.statistics.arrays import FloatArray, Samples, as_floats

LOOK_BACK = 5
"""Earlier sessions whose median is the level to compare with: one bad session does not move it."""

FEWEST_CHANGES = 5
"""Below it a robust scale is an accident."""

OWN_CHANGES = 8
"""From so many on, a series is judged by its own noise."""

EFFICIENCY = 0.37
"""Of the median absolute deviation against the standard deviation, normal noise (Huber 1981)."""

MOST_FREEDOM = 6.0
"""Sessions have outliers: with normal tails, 45 series of t noise (4 degrees of freedom) cried
wolf in 23 % of 400 simulated comparisons of nothing with nothing, with these in 3 to 7 %."""

FLOOR_LEVEL = 0.95
"""So many changes that are noise lie within the noise floor."""

SMALLEST_SCALE = 1e-4
"""Clocks and medians of rounds resolve no less; equal sessions are not infinitely sure."""

Severity = Literal["minor", "moderate", "severe"]


@dataclass(frozen=True, slots=True)
class SessionNoise:
    """How far a session lies from the level of the earlier ones when nothing has changed.

    Attributes
    ----------
    scale : float
        Robust standard deviation, of logarithms.
    freedom : float
        Degrees of freedom that the scale is worth.
    n : int
        Changes that it is estimated from.
    """

    scale: float
    freedom: float
    n: int

    @property
    def floor(self) -> float:
        """Return the log ratio that noise exceeds in one of twenty."""
        return float(stats.t.ppf((1.0 + FLOOR_LEVEL) / 2.0, self.freedom)) * self.scale

    @property
    def floor_percent(self) -> float:
        """Return the floor as a slowdown in percent."""
        return 100.0 * math.expm1(min(self.floor, 100.0))

    def p_value(self, log_ratio: float) -> float:
        """Return the two-sided p-value of a change that is only noise."""
        return float(2.0 * stats.t.sf(abs(log_ratio) / self.scale, self.freedom))


def changes(logs: Samples) -> FloatArray:
    """Return how far each session lies from the median of up to five before it.

    Parameters
    ----------
    logs : sequence of float, shape (n,)
        The logarithm of one value per session, oldest first.

    Returns
    -------
    changes : array, shape (n - 1,)
    """
    values = as_floats(logs)
    return np.array(
        [
            values[at] - float(np.median(values[max(0, at - LOOK_BACK) : at]))
            for at in range(1, values.size)
        ]
    )


def session_noise(found: Sequence[Samples]) -> SessionNoise | None:
    """Return the noise between sessions from the changes of series, None below five changes.

    Parameters
    ----------
    found : sequence of arrays
        The `changes` of one series, or of all series of a machine class.

    Notes
    -----
    The scale is that of the median absolute change round 0 - not round their median, so that
    what all series of a machine share counts as noise. It bears real changes in less than half
    of the series. Its degrees of freedom are those of the efficiency of the estimator.

    References
    ----------
    .. [1] P. J. Huber, "Robust Statistics", Wiley, 1981. doi:10.1002/0471725250
    """
    every = np.concatenate([as_floats(one) for one in found]) if found else np.empty(0)
    every = every[np.isfinite(every)]
    if every.size < FEWEST_CHANGES:
        return None
    scale = float(np.median(np.abs(every))) / float(stats.norm.ppf(0.75))
    return SessionNoise(
        scale=max(scale, SMALLEST_SCALE),
        freedom=min(max(1.0, EFFICIENCY * every.size), MOST_FREEDOM),
        n=int(every.size),
    )


def noise_of(own: Samples, pooled: SessionNoise | None) -> SessionNoise | None:
    """Return a series' own noise where it has enough changes, else that of all series."""
    return session_noise([own]) if as_floats(own).size >= OWN_CHANGES else pooled


def severity(
    log_ratio: float, noise: SessionNoise, limits: Sequence[float] = (5.0, 10.0, 25.0)
) -> Severity | None:
    """Return how much a change exceeds the noise floor, None below the first limit.

    Parameters
    ----------
    log_ratio : float
        Of now and before; its sign does not matter.
    limits : three floats
        percent beyond the floor: minor, moderate, severe.
    """
    beyond = 100.0 * math.expm1(min(max(abs(log_ratio) - noise.floor, 0.0), 100.0))
    words: tuple[Severity, ...] = ("minor", "moderate", "severe")
    reached = [word for word, limit in zip(words, limits, strict=True) if beyond >= limit]
    return reached[-1] if reached else None
