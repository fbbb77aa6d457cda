"""How good predictions were, by the verifications that are remembered."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from patterns.models import Value
from tracker.workflow.verification import Verification, list_verifications

EVERYTHING = "all"

Z = 1.959964
"""Of a 95 % interval."""


class Share(Value):
    """A share with its Wilson interval at 95 %."""

    value: float
    low: float
    high: float
    n: int


class Accuracy(Value):
    """The verifications of a month, or of all time; None where nothing says it."""

    period: str = Field(description="YYYY-MM, or all.")
    n: int
    confirmed: int
    overturned: int
    undecided: int
    overturned_share: Share | None = Field(description="Of those that were decided.")
    coverage: Share | None = Field(description="Measured ratio within the predicted interval.")
    mean_regret: float | None = Field(description="Relative, of following the prediction.")
    mean_regret_ms_per_day: float | None
    iterations: int
    share_of_factorial: float | None = Field(description="Iterations / those of the full one.")


def accuracy(project: Path | None) -> tuple[Accuracy, ...]:
    """Return the accuracy of each month in order, and of all time last; empty without any."""
    found = list_verifications(project)
    if not found:
        return ()
    months: dict[str, list[Verification]] = {}
    for at, one in found:
        months.setdefault(datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m"), []).append(one)
    whole = _summary(EVERYTHING, [one for _, one in found])
    return (*(_summary(month, some) for month, some in sorted(months.items())), whole)


def _summary(period: str, some: Sequence[Verification]) -> Accuracy:
    count = {name: sum(one.result == name for one in some) for name in ("confirmed", "overturned")}
    decided = sum(count.values())
    covered = [one.covered for one in some if one.covered is not None]
    regrets = [one.regret for one in some if one.regret is not None]
    per_day = [one.regret_ms_per_day for one in some if one.regret_ms_per_day is not None]
    factorial = sum(one.full_factorial for one in some)
    iterations = sum(one.iterations for one in some)
    return Accuracy(
        period=period,
        n=len(some),
        confirmed=count["confirmed"],
        overturned=count["overturned"],
        undecided=len(some) - decided,
        overturned_share=wilson(count["overturned"], decided),
        coverage=wilson(sum(covered), len(covered)),
        mean_regret=sum(regrets) / len(regrets) if regrets else None,
        mean_regret_ms_per_day=sum(per_day) / len(per_day) if per_day else None,
        iterations=iterations,
        share_of_factorial=iterations / factorial if factorial else None,
    )


def wilson(hits: int, n: int) -> Share | None:
    """Return a share with its score interval [1]_, None of nothing.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical
       inference", JASA 22, 1927.

    Examples
    --------
    >>> found = wilson(8, 10)
    >>> round(found.low, 3), round(found.high, 3)
    (0.49, 0.943)
    """
    if not n:
        return None
    share, square = hits / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = Z / (1 + square / n) * (share * (1 - share) / n + square / (4 * n * n)) ** 0.5
    return Share(value=share, low=max(middle - reach, 0.0), high=min(middle + reach, 1.0), n=n)
