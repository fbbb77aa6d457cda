"""Where the reward of a query's newest matches goes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from patterns.models.learning import Direction
from patterns.store.matching import Filters
from patterns.store.ranking import ranked

FEWEST_MATCHES = 10
"""What the test needs at least; below it there is no trend to tell."""

NEWEST = 200
"""Matches that are tested. The test compares all pairs: 200 cost half a millisecond, and every
answer of a store of a million patterns tests them anew."""


@dataclass(frozen=True, slots=True)
class RewardTrend:
    """A tested trend: its direction, if there is one to tell, and what it was tested on."""

    direction: Direction | None
    matches: int
    since: int | None
    """Unix ms of the oldest of them."""


def newest_trend(connection: Connection, tasks: Sequence[str], filters: Filters) -> RewardTrend:
    """Test the trend of the newest matches with a known reward.

    Where they begin amid patterns of one instant, those are left out: taking some of them would
    be a choice.
    """
    found = ranked(connection, tasks, filters, "newest", NEWEST + 1)
    if len(found) > NEWEST:
        found = [row for row in found if row.created_at > found[-1].created_at]
    found.reverse()
    times = [row.created_at for row in found]
    direction = trend_of_reward(times, [row.reward for row in found])
    return RewardTrend(direction, len(found), times[0] if times else None)


def trend_of_reward(times: Sequence[int], rewards: Sequence[float]) -> Direction | None:
    """Return where reward goes, or None with too little history.

    Parameters
    ----------
    times : sequence of int, shape (n,)
        Unix milliseconds, rising.
    rewards : sequence of float, shape (n,)
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
