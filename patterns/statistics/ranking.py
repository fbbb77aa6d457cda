"""Rankings of several variants: winner, leaders, how sure the lead is, and means of ratios."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from patterns.statistics.arrays import FloatArray, Samples, as_floats
from patterns.statistics.comparison import compare
from patterns.statistics.verdict import Comparison, judge

RESAMPLES = 2000  # the standard error of a share is then at most 1.1 points


@dataclass(frozen=True, slots=True)
class Ranking:
    """Who is ahead.

    Attributes
    ----------
    winner : str or None
        Different from and faster than every rival.
    best : str or None
        The winner, else the variant with the highest geometric mean of its ratios.
    leaders : tuple of str
        The best and those it is not shown to be faster than, in the order given.
    """

    winner: str | None
    best: str | None
    leaders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GeometricMean:
    """The geometric mean of ratios and how many there were."""

    value: float
    n: int


def leaders(names: Sequence[str], comparisons: Mapping[tuple[str, str], Comparison]) -> Ranking:
    """Rank variants by their judged comparisons.

    Parameters
    ----------
    names : sequence of str
        The variants.
    comparisons : mapping from (candidate, baseline) to Comparison
        Each pair in one order or the other, already judged as a family. A variant without
        a ratio to any rival (no data, failed) is no rival and no leader. An undecided or
        missing pair keeps a variant from winning, never makes it win.
    """
    ratios = {
        (name, rival): logged
        for name in names
        for rival in names
        if name != rival and (logged := _log_ratio(name, rival, comparisons)) is not None
    }
    present = [name for name in names if any(name in pair for pair in ratios)]
    ahead = {pair for pair in ratios if ratios[pair] > 0 and _differ(*pair, comparisons)}
    if not present:
        return Ranking(None, None, ())
    winners = [name for name in present if all((name, r) in ahead for r in present if r != name)]
    best = winners[0] if winners else max(present, key=lambda name: _mean_lead(name, ratios))
    return Ranking(
        winner=winners[0] if winners else None,
        best=best,
        leaders=tuple(name for name in present if (best, name) not in ahead),
    )


def confidence_best(
    rounds: FloatArray, leader: int, rng: np.random.Generator, resamples: int = RESAMPLES
) -> float | None:
    """Return the share of paired resamples of the rounds in which the leader is best.

    Parameters
    ----------
    rounds : array, shape (n, variants)
        Values where less is better. A round with a missing or non-positive value is left out.
    leader : int
        The leader's column.
    rng : numpy.random.Generator
        Source of the resamples.
    resamples : int
        Number of resamples of n rounds with replacement.

    Returns
    -------
    share : float or None
        Best means the lowest median of ``log(value) - mean of the round``, which drift of
        the machine leaves alone; k variants that tie share the resample. None below two
        usable rounds or two variants.

    References
    ----------
    .. [1] B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall,
       1993. doi:10.1201/9780429246593
    """
    if rounds.ndim != 2:  # noqa: PLR2004 - a matrix
        raise ValueError(f"rounds is a matrix (rounds, variants), got {rounds.ndim} dimensions")
    usable = rounds[np.all(np.isfinite(rounds) & (np.nan_to_num(rounds) > 0), axis=1)]
    if min(usable.shape) < 2:  # noqa: PLR2004 - two rounds, two variants
        return None
    logs = np.log(usable)
    relative = logs - logs.mean(axis=1, keepdims=True)
    picks = rng.integers(0, usable.shape[0], size=(resamples, usable.shape[0]))
    medians = np.median(relative[picks], axis=1)
    best = medians == medians.min(axis=1, keepdims=True)
    return float(np.mean(best[:, leader] / best.sum(axis=1)))


def geometric_mean(ratios: Samples) -> GeometricMean | None:
    """Return the geometric mean of the positive, finite ratios, or None without any.

    Examples
    --------
    >>> geometric_mean([2.0, 0.5, 1.0])
    GeometricMean(value=1.0, n=3)
    """
    every = as_floats(ratios)
    usable = every[np.isfinite(every) & (np.nan_to_num(every) > 0)]
    if usable.size == 0:
        return None
    return GeometricMean(math.exp(float(np.log(usable).mean())), int(usable.size))


def overall(
    names: Sequence[str],
    per_test: FloatArray,
    *,
    alpha: float = 0.05,
    confidence: float = 0.95,
    threshold_percent: float = 2.0,
) -> Ranking:
    """Rank variants over many tests, by the signed-rank test over per-test log ratios.

    Parameters
    ----------
    names : sequence of str, length v
        The variants.
    per_test : array, shape (tests, v)
        One value per test, such as its median time; NaN where a variant has none.
    alpha, confidence, threshold_percent : float
        As in `compare`. Holm's correction covers all pairs.

    Notes
    -----
    Each test counts once, whatever its length, and is taken as drawn from the kind of work
    it stands for. With fewer tests than could decide (`fewest_rounds`) there is no winner.
    """
    pairs = list(combinations(range(len(names)), 2))
    judged = judge(
        [
            compare(
                per_test[:, candidate],
                per_test[:, baseline],
                paired=True,
                alpha=alpha,
                confidence=confidence,
                threshold_percent=threshold_percent,
            )
            for candidate, baseline in pairs
        ],
        alpha,
        threshold_percent,
    )
    keys = [(names[candidate], names[baseline]) for candidate, baseline in pairs]
    return leaders(names, dict(zip(keys, judged, strict=True)))


def _log_ratio(
    name: str, rival: str, comparisons: Mapping[tuple[str, str], Comparison]
) -> float | None:
    """Return log(rival / name), positive when `name` is faster."""
    for key, sign in (((name, rival), 1.0), ((rival, name), -1.0)):
        found = comparisons.get(key)
        if found is not None and found.ratio is not None:
            return sign * math.log(found.ratio)
    return None


def _differ(name: str, rival: str, comparisons: Mapping[tuple[str, str], Comparison]) -> bool:
    found = comparisons.get((name, rival)) or comparisons.get((rival, name))
    return found is not None and found.significant


def _mean_lead(name: str, ratios: Mapping[tuple[str, str], float]) -> float:
    own = [ratio for (candidate, _), ratio in ratios.items() if candidate == name]
    return sum(own) / len(own)
