"""Where the reward of a query's newest matches goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection

from patterns.models.learning import Direction
from patterns.store.matching import Filters
from patterns.store.ranking import Range, ranked

FEWEST_MATCHES = 10
"""What the test needs at least; below it there is no trend to tell."""

NEWEST = 200
"""Matches that are tested. The test compares all pairs, which takes a millisecond for 200."""


@dataclass(frozen=True, slots=True)
class RewardTrend:
    """A tested trend: its direction, if there is one to tell, and what it was tested on."""

    direction: Direction | None
    matches: int
    since: int | None
    """Unix ms of the oldest of them."""


def newest_trend(connection: Connection, ranges: Sequence[Range], filters: Filters) -> RewardTrend:
    """Test the trend of the newest matches with a known reward.

    Where they begin amid patterns of one instant, those are left out: taking some of them would
    be a choice.
    """
    rows = ranked(connection, ranges, filters, "newest", NEWEST + 1)
    cut = rows[-1][2] if len(rows) > NEWEST else None
    found = [(time, reward) for _, reward, time in reversed(rows) if time != cut]
    times, rewards = tuple(zip(*found, strict=True)) or ((), ())
    return RewardTrend(trend_of_reward(times, rewards), len(found), times[0] if times else None)


@lru_cache(maxsize=256)
def trend_of_reward(times: tuple[int, ...], rewards: tuple[float, ...]) -> Direction | None:
    """Return where reward goes, or None with too little history.

    Parameters
    ----------
    times : tuple of int, shape (n,)
        Unix milliseconds, rising.
    rewards : tuple of float, shape (n,)
        0 to 1, all known.

    Notes
    -----
    *Stable* says that no trend is shown at the 95 % level, by the interval of Theil and
    Sen's slope, widened for autocorrelation (`patterns.statistics.trend`).
    """
    if len(rewards) < FEWEST_MATCHES:
        return None
    # NumPy takes longer to load than any query takes; a short history needs none.
    from patterns.statistics.trend import find_trend  # noqa: PLC0415

    trend = find_trend(times, rewards, higher_is_better=True, level=0.95)
    if trend is None or trend.direction is None:
        return None
    return trend.direction.value
