"""The order of the variants within a round: seeded, interleaved, new in every round."""

import hashlib


def round_order(seed: int, group_key: str, round_number: int, count: int) -> tuple[int, ...]:
    """Return the places of `count` variants in the order in which they run in a round.

    It depends on the arguments alone: not on other groups or rounds, not on the
    Python version, not on what ran before. So a session that is resumed goes
    on in the order it would have had. Every order is equally likely.

    Examples
    --------
    >>> sorted(round_order(7, "basic/commit/small", 3, 3))
    [0, 1, 2]
    """

    def draw(place: int) -> bytes:
        text = f"{seed}\0{group_key}\0{round_number}\0{place}"
        return hashlib.sha256(text.encode()).digest()

    return tuple(sorted(range(count), key=draw))
