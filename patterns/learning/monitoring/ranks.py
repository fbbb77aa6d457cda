"""The evidence that a series has left its level, valid however often it is looked at."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np

from patterns.statistics.arrays import FloatArray, Samples, as_floats
from patterns.statistics.trend import rank_autocorrelation

FEWEST_BEFORE = 12
"""Points of the old level before a change can be told."""

KEPT = 0.05
"""Share of the stake that is not bet, so that one stray point does not ruin the evidence."""

BANDS = (0.0, 0.06, 0.15)
"""Shares of old points that may lie beyond the new level: outliers, a second mode."""

EXPECTED_CHANGE = 100.0
"""Points after which half of the prior weight of change times is spent."""

LONGEST_STRETCH = 60
"""Points since a change that are counted; more add nothing to what is certain by then."""


CORRELATION_EVERY = 8
"""Points after which the autocorrelation is estimated anew."""


class Side(StrEnum):
    """Which way a level moves."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class LevelEvidence:
    """How strongly the newest points speak against the level before."""

    e_value: float
    """Expected to be at most 1 while nothing changes, at whatever point one stops."""
    peak: float
    """The largest it has been so far: what a repeated look may have seen."""
    index: int
    """First point of the likeliest new level."""
    side: Side


def level_evidence(values: Samples) -> LevelEvidence | None:
    """Return the evidence that the level of a series has changed, None for too short a series.

    Parameters
    ----------
    values : sequence of float, shape (n,)
        Oldest first, all of one level as far as is known.

    Notes
    -----
    While nothing changes, the rank of each point among those before it is uniform and
    independent of the earlier ranks; a bet on the next rank whose pay-off averages 1 over the
    ranks is fair, and the capital of a gambler is an e-process [1]_: the chance that it ever
    reaches 1/a is at most a [2]_. For each possible time of change the gambler bets that every
    point from there on lies beyond the old ones, up or down, but for a share of old outliers.
    The capitals are averaged over the times with a prior that sums to 1 over all time. Each is
    raised to the power of (1 - r) / (1 + r), r the autocorrelation of the ranks before the
    change: a fair game stays fair, and wandering points count as the fewer independent ones.
    Ties count against the alarm.

    References
    ----------
    .. [1] V. Vovk, "Testing randomness online", Statistical Science 36, 2021.
       doi:10.1214/20-STS817
    .. [2] J. Ville, "Étude critique de la notion de collectif", 1939.

    Examples
    --------
    >>> quiet = [10.0, 10.1, 9.9, 10.2, 9.8] * 8
    >>> changed = level_evidence(quiet + [12.0, 12.1, 11.9, 12.2])
    >>> changed.index, changed.side.value, changed.e_value > 50
    (40, 'up', True)
    >>> level_evidence(quiet).e_value < 2
    True
    """
    raw = as_floats(values)
    if raw.size <= FEWEST_BEFORE:
        return None
    temper = _temper(raw)
    up, down = _capital(raw, temper), _capital(-raw, temper)
    # Row t: the weighted capitals of all times of change, looked at after point t.
    looks = 0.5 * (up.sum(axis=0) + down.sum(axis=0)) + _unspent(raw.size)
    best = max(
        (float(capital[at, -1]), -at, side)
        for capital, side in ((up, Side.UP), (down, Side.DOWN))
        for at in (int(np.argmax(capital[:, -1])),)
    )
    return LevelEvidence(
        e_value=float(looks[-1]),
        peak=float(looks.max()),
        index=FEWEST_BEFORE - best[1],
        side=best[2],
    )


def _capital(values: FloatArray, temper: FloatArray) -> FloatArray:
    """Return the weighted capital, by time of change (row) and look (column), of rising bets."""
    # Entry t counts how many of the points up to t are at least as high as point t.
    beyond = np.tril(values[None, :] >= values[:, None]).sum(axis=1)[FEWEST_BEFORE:]
    bets = _bets(values.size)
    capital = np.zeros((beyond.size, beyond.size))
    for width, won, lost in bets:
        logs = np.where(beyond[None, :] <= width, won, lost)
        capital += np.exp(np.cumsum(logs, axis=1) * temper[:, None])
    shares = _weights(beyond.size)[:, None] / len(bets)
    return np.asarray(np.triu(capital) * shares)


@lru_cache(maxsize=64)
def _bets(n: int) -> tuple[tuple[FloatArray, FloatArray, FloatArray], ...]:
    """Return for each band its width and what a won and a lost bet add to the log capital.

    By time of change (row) and look (column); before the change, and long after it, nothing is
    bet.
    """
    changes = np.arange(FEWEST_BEFORE, n)[:, None]
    looks = np.arange(FEWEST_BEFORE, n)[None, :]
    since = looks - changes + 1.0
    betting = (since >= 1.0) & (since <= LONGEST_STRETCH)
    bets = []
    for share in BANDS:
        width = np.floor(np.maximum(since, 1.0) + share * changes)
        won = np.where(betting, np.log(KEPT + (1.0 - KEPT) * (looks + 1.0) / width), 0.0)
        bets.append((width, won, np.where(betting, np.log(KEPT), 0.0)))
    return tuple(bets)


def _weights(count: int) -> FloatArray:
    """Return the prior weights of the first times of change; over all time they sum to 1."""
    at = np.arange(1.0, count + 1.0)
    return EXPECTED_CHANGE / ((at + EXPECTED_CHANGE - 1.0) * (at + EXPECTED_CHANGE))


def _unspent(n: int) -> FloatArray:
    """Return the prior weight of the changes that lie ahead, at each look."""
    spent = np.cumsum(_weights(n - FEWEST_BEFORE))
    return np.asarray(1.0 - spent)


def _temper(values: FloatArray) -> FloatArray:
    """Return the power of each time of change, from the points before it, anew every so often."""
    changes = np.arange(FEWEST_BEFORE, values.size)
    known = {
        end: rank_autocorrelation(values[:end])
        for end in range(FEWEST_BEFORE, values.size, CORRELATION_EVERY)
    }
    ends = changes - (changes - FEWEST_BEFORE) % CORRELATION_EVERY
    correlations = np.array([known[int(end)] for end in ends])
    return np.asarray((1.0 - correlations) / (1.0 + correlations))
