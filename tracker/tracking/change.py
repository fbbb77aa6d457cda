"""What the sessions before say of a trial: slower, as fast, or not known yet."""

from typing import Literal

from tracker.models import Value

SLOWER = "slower"
"""How the value of the tag of a regression begins."""


class Change(Value):
    """A trial against the level of the sessions before, as the change detection judged it.

    `ratio` is its median over that level: 1.2 is a fifth slower. None without a level.
    """

    regression: Literal["confirmed", "suspect", "none", "too few sessions"]
    ratio: float | None
    words: str

    @property
    def is_regression(self) -> bool:
        """Say whether the trial is listed as slower than before."""
        return self.regression in {"confirmed", "suspect"}

    @property
    def tag(self) -> str:
        """Return the value of the tag; MLflow's filters know `LIKE 'slower%'`, but no `IN`."""
        return f"{SLOWER} ({self.regression})" if self.is_regression else self.regression
