"""Who takes part in verifying advice, and for how many rounds."""

from collections.abc import Sequence

from patterns.learning.recommendation.advice import Advice
from patterns.learning.recommendation.exploration import proposals

MOST_ROUNDS = 40
"""Rounds after which a race that is not decided is left so, however many variants there are."""

FEWEST_ROUNDS = 9
"""Two more than a pair needs at α = .05: one stray round is then forgiven."""

QUARTER = 0.25
"""Share of the full factorial's iterations that a verification may take."""

CONTENDERS = 2
"""Variants that are measured beside the baseline: measuring the top two beats any model."""

WORTHWHILE = 0.005
"""Relative gain expected of measuring a variant, below which it is not measured."""

FULL_ROUNDS = 17
"""Rounds of `tracker run` by default, with two warm-ups: what the full factorial takes."""


def contenders(advice: Advice) -> tuple[str, ...]:
    """Return what is measured: the baseline, the best other, and one more that may be better.

    Measuring the top two beats any model; a third that is surely not the best, or for which the
    budget has too few rounds, would only cost its iterations.
    """
    promising = [one.variant for one in proposals(advice) if one.regret_reduction > WORTHWHILE]
    others = [one.variant for one in advice.ranking if one.variant != advice.baseline]
    kept = [name for name in others[1:CONTENDERS] if name in promising]
    names = (advice.baseline, *others[:1], *kept)
    return names if _affordable(advice, len(names)) >= FEWEST_ROUNDS else names[:2]


def most_rounds(advice: Advice, names: Sequence[str]) -> int:
    """Return the rounds after which a race ends undecided: a quarter of the full factorial."""
    return min(max(_affordable(advice, len(names)), FEWEST_ROUNDS), MOST_ROUNDS)


def _affordable(advice: Advice, variants: int) -> int:
    """Return the rounds that a quarter of the full factorial pays for, beside the warm-up."""
    return int(QUARTER * len(advice.ranking) * FULL_ROUNDS / variants) - 1
