"""The options of adaptive measuring: what is wanted, and what it may take."""

import re

from tracker.config import InputError
from tracker.workflow.request import RunRequest

PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%?")


def check_precision(request: RunRequest) -> None:
    """Refuse options that contradict each other; nothing has been done yet."""
    budget = {"--max-iterations": request.max_iterations, "--max-minutes": request.max_minutes}
    if request.precision is None:
        for option, value in budget.items():
            if value is not None:
                raise InputError.single(
                    option, "bounds adaptive measuring alone", advice="Add --precision 2%."
                )
    elif request.iterations is not None:
        raise InputError.single(
            "--iterations",
            "a fixed number of rounds and a wanted precision exclude each other",
            advice="Bound adaptive measuring with --max-iterations or --max-minutes.",
        )
    if request.max_minutes is not None and request.max_minutes <= 0:
        raise InputError.single("--max-minutes", "must be more than 0", advice="Give minutes.")


def wanted_percent(text: str | None) -> float | None:
    """Return the percentage a text such as `2%` or `0.5` names.

    Examples
    --------
    >>> wanted_percent("2%"), wanted_percent("0.5"), wanted_percent(None)
    (2.0, 0.5, None)
    """
    if text is None:
        return None
    found = PERCENT.fullmatch(text.strip())
    percent = float(found[1]) if found else 0.0
    if not 0 < percent <= 100:  # noqa: PLR2004  percent
        raise InputError.single(
            "--precision", f"{text} is no percentage above 0", advice="Write it such as 2%."
        )
    return percent
