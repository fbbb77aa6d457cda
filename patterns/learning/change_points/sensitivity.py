"""What counts as a step: the constants of the detection and their reasons."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Thresholds of the detection, in noise standard deviations where nothing else is said."""

    running: int = 11
    """Points of the running median that outliers are drawn in to."""
    reach: float = 2.0
    """How far out a value may be."""
    penalty: float = 4.5
    """Times log(n): price of a level; twice the BIC's, for noise that is not normal."""
    shortest: int = 6
    """Fewest points of a confirmed level."""
    window: int = 50
    """Points compared on each side: what lies further back is another machine's history."""
    evidence: float = 3.2
    """Least -log10 p of the rank-sum test."""
    smallest_step: float = 1.25
    """Smaller differences of medians cannot be told from wandering noise."""
    near: int = 40
    """Points on each side by which a step is told from a drift."""
    abrupt: float = 4.0
    """Least likelihood ratio (twice the logarithm) of a step on top of a smooth course."""
    abrupt_correlated: float = 12.0
    """So much more of it where the noise is a random walk; in proportion below."""
    closer_than_line: float = 1.0
    """Least ratio of the squares round a line to those round two levels."""
    smooth: float = 0.8
    """A smooth curve is closer than levels where its squares are below this share of theirs."""
    outstanding: float = 5.0
    """A move so many robust sd beyond the usual ones is a step even in a drifting series."""
    rounding: float = 0.05
    """Share of the noise below which differences are rounding."""
    recent: int = 11
    """Newest points looked at apart: the rank test has no power for so few among outliers."""
    newest: int = 5
    """A suspect lies within so many last points."""
    fewest_newest: int = 3
    """Points a suspect needs."""
    surprise: float = 3.8
    """Least -log10 of the probability that the old level brings forth the newest points."""
    baseline: int = 12
    """Fewest points of the old level a suspect is compared with."""


DEFAULT = Sensitivity()
