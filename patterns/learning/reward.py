"""The reward of a trial: how good it was against a pinned baseline, from 0 to 1."""

import math
from typing import Literal

from pydantic import Field

from patterns.models import Value

REWARD_VERSION = 1
"""Version of the formula and its constants, stored with each reward. 1: the first."""

EXPONENT = 3.2918
"""Steepness of the comparison. ln(11.5) / ln(2.1): being 2.1 times faster is worth .92, as in
the specification's example, since 1 / (1 + 2.1^-3.2918) = .92."""

Metric = Literal["time", "memory", "io", "disk"]

WEIGHTS: dict[Metric, float] = {"time": 0.6, "memory": 0.2, "io": 0.1, "disk": 0.1}
"""What people wait for counts most; of those measured on both sides the sum is made 1."""


class Measured(Value):
    """The medians of one trial that reward looks at; less is better, None is unknown."""

    time: float | None = Field(default=None, ge=0, description="ms")
    memory: float | None = Field(default=None, ge=0, description="Peak, bytes.")
    io: float | None = Field(default=None, ge=0, description="Read and write operations.")
    disk: float | None = Field(default=None, description="Bytes added; freed ones count as 0.")


class MetricTerm(Value):
    """One metric's part in a reward."""

    metric: Metric
    value: float = Field(ge=0)
    baseline: float = Field(gt=0)
    weight: float = Field(gt=0, le=1)


class RewardTerms(Value):
    """Everything a reward was computed from; stored with it, so it can be computed again."""

    version: int = REWARD_VERSION
    exponent: float = EXPONENT
    successes: int = Field(ge=0)
    attempts: int = Field(ge=0)
    metrics: tuple[MetricTerm, ...] = ()
    measured: Measured = Field(
        default_factory=Measured, description="All metrics, for those who pin to this trial."
    )
    baseline_run_id: str | None = None

    @property
    def reliability(self) -> float | None:
        """Share of attempts that succeeded, or None without any."""
        return min(self.successes / self.attempts, 1.0) if self.attempts else None


def reward_terms(
    measured: Measured,
    baseline: Measured | None,
    *,
    successes: int,
    attempts: int,
    baseline_run_id: str | None = None,
) -> RewardTerms:
    """Return what the reward of a trial is computed from.

    Parameters
    ----------
    measured, baseline : Measured
        Medians over successful iterations of the trial and of its pinned baseline: git on
        the same test, fixture and machine class. None where there is no baseline.
    successes, attempts : int
        Iterations that succeeded, and all of them.
    baseline_run_id : str or None
        The run that `baseline` was measured in.

    Notes
    -----
    A metric counts when both sides have it and the baseline's is above 0: nothing can be
    said in multiples of nothing. So `disk` drops out of tests that git passes without
    writing, for every variant alike. A value of 0 against a baseline above 0 is the best
    there is.
    """
    pairs = _pairs(measured, baseline) if baseline is not None else []
    whole = math.fsum(WEIGHTS[metric] for metric, _, _ in pairs)
    return RewardTerms(
        successes=successes,
        attempts=attempts,
        measured=measured,
        baseline_run_id=baseline_run_id,
        metrics=tuple(
            MetricTerm(metric=metric, value=value, baseline=base, weight=WEIGHTS[metric] / whole)
            for metric, value, base in pairs
        ),
    )


def rescore(terms: RewardTerms) -> float | None:
    r"""Return the reward, from stored terms bit for bit the same as when they were new.

    Returns
    -------
    reward : float or None
        0 where nothing succeeded. None, unknown, where nothing was attempted or no metric
        can be compared with a baseline.

    Notes
    -----
    R = reliability² · Π r_m^w_m with r_m = 1 / (1 + (x_m / b_m)^κ): .5 for the baseline
    itself, falling in each value x_m, the same on a machine that is twice as fast, and not
    touched by which other variants were measured. It is computed as logarithms, which
    neither overflow nor lose r_m when it is tiny.

    Examples
    --------
    >>> git, jujutsu = Measured(time=95.0), Measured(time=95.0 / 2.1)
    >>> round(rescore(reward_terms(jujutsu, git, successes=15, attempts=15)), 2)
    0.92
    """
    reliability = terms.reliability
    if reliability is None:
        return None
    if terms.successes == 0:
        return 0.0
    if not terms.metrics:
        return None
    score = math.fsum(term.weight * _log_score(term, terms.exponent) for term in terms.metrics)
    # Weights that sum to 1 plus a rounding error cannot lift this above 1: logs are ≤ 0.
    return reliability**2 * math.exp(score)


def _pairs(measured: Measured, baseline: Measured) -> list[tuple[Metric, float, float]]:
    found: list[tuple[Metric, float, float]] = []
    for metric in WEIGHTS:
        value, base = getattr(measured, metric), getattr(baseline, metric)
        if value is not None and base is not None and base > 0:
            found.append((metric, max(value, 0.0), base))
    return found


def _log_score(term: MetricTerm, exponent: float) -> float:
    """Return ln r = -ln(1 + (x / b)^κ)."""
    if term.value == 0:
        return 0.0
    power = exponent * (math.log(term.value) - math.log(term.baseline))
    # ln(1 + e^p), of which only the side that does not overflow is computed.
    return -(max(power, 0.0) + math.log1p(math.exp(-abs(power))))
