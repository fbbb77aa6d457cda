"""Which of many series are called changed, so that few of those calls are false."""

from collections.abc import Sequence


def e_benjamini_hochberg(e_values: Sequence[float | None], q: float) -> tuple[bool, ...]:
    """Return for each test whether it is called, with a false share of at most `q` expected.

    Parameters
    ----------
    e_values : sequence of float or None
        One for each test, however they depend on one another. None (nothing could be told)
        counts in the family and is never called.
    q : float
        The false discovery rate.

    Notes
    -----
    The k largest are called for the largest k whose smallest e-value is at least m / (q k)
    [1]_. No independence is needed, and with e-processes any stopping time may be chosen:
    looking after every point spends one budget. While nothing has changed anywhere, a call
    needs an average e-value of 1 / q, which happens in at most a share `q` of all histories,
    however long they are looked at.

    References
    ----------
    .. [1] R. Wang, A. Ramdas, "False discovery rate control with e-values", Journal of the
       Royal Statistical Society B 84, 2022. doi:10.1111/rssb.12489

    Examples
    --------
    >>> e_benjamini_hochberg([45.0, 1.0, 21.0, None], 0.1)
    (True, False, True, False)
    """
    if not 0 < q < 1:
        raise ValueError(f"q must lie between 0 and 1, got {q}")
    family = len(e_values)
    order = sorted(
        (place for place, value in enumerate(e_values) if value is not None),
        key=lambda place: -(e_values[place] or 0.0),
    )
    called = 0
    for rank, place in enumerate(order, start=1):
        if (e_values[place] or 0.0) * rank >= family / q:
            called = rank
    chosen = set(order[:called])
    return tuple(place in chosen for place in range(family))
