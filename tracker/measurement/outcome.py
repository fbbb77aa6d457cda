"""Outcome checks: the value that is compared, and the judgement over all variants of a group."""

import hashlib
import re
from collections.abc import Mapping

from tracker.measurement.executor import Output
from tracker.models import OutcomeCheck, Value

LONGEST_VALUE = 200
"""Characters of a compared value that are kept as they are; a longer one becomes its digest."""


class ComparisonResult(Value):
    """Which variants have a wrong outcome, each with the reason."""

    wrong: dict[str, str]


def compared_value(check: OutcomeCheck, text: str) -> str:
    """Return what of `text` is compared: the extracted parts, normalised, shortened by digest."""
    if check.extract is not None:
        parts = [match.group(match.re.groups and 1) for match in _matches(check.extract, text)]
    else:
        parts = text.rstrip("\n").split("\n") if text.strip() else []
    if check.normalise == "count":
        return str(len(parts))
    ordered = sorted(parts) if check.normalise == "sorted" else parts
    return _short("\n".join(part or "" for part in ordered))


def output_value(check: OutcomeCheck, output: Output) -> str:
    """Return what of a measured output is compared.

    Of an output too long to be kept whole only the digest is known, which
    serves where nothing has to be extracted or counted.

    Raises
    ------
    ValueError
        If the check needs the whole output and the middle of it was not kept.
    """
    if not output.cut:
        return compared_value(check, (output.head + output.tail).decode("utf-8", "replace"))
    if check.extract is None and check.normalise == "text" and output.sha256 is not None:
        return f"sha256:{output.sha256}"
    raise ValueError(
        f"the output of {output.total_bytes} bytes is too long to extract or count from;"
        " use `command` in the outcome check instead of `stdout`"
    )


def mismatch(check: OutcomeCheck, value: str, reference: str | None) -> str | None:
    """Return why `value` is wrong, or None: against `expect`, else the trial's first value."""
    if check.expect is not None:
        expected = compared_value(OutcomeCheck(stdout=True), check.expect)
        return None if value == expected else f"outcome is {value!r}, expected {expected!r}"
    if reference is not None and value != reference:
        return f"outcome is {value!r}, was {reference!r} in an earlier iteration"
    return None


def compare_outcomes(values: Mapping[str, str], reference: str | None) -> ComparisonResult:
    """Judge the outcomes of all variants of a group, which must be equal.

    Parameters
    ----------
    values : mapping of str to str
        The outcome of each variant that has one.
    reference : str or None
        The variant whose outcome decides when they differ; without it (or without its
        outcome) nobody can say who is right, and all are wrong.
    """
    if len(set(values.values())) <= 1:
        return ComparisonResult(wrong={})
    said = ", ".join(f"{name}: {value!r}" for name, value in sorted(values.items()))
    right = values.get(reference) if reference is not None else None
    if right is None:
        reason = f"outcomes differ and there is no reference ({said})"
        return ComparisonResult(wrong=dict.fromkeys(values, reason))
    return ComparisonResult(
        wrong={
            name: f"outcome is {value!r}, that of {reference} is {right!r}"
            for name, value in values.items()
            if value != right
        }
    )


def _matches(pattern: str, text: str) -> list[re.Match[str]]:
    return list(re.finditer(pattern, text))


def _short(value: str) -> str:
    if len(value) <= LONGEST_VALUE:
        return value
    return f"sha256:{hashlib.sha256(value.encode()).hexdigest()}"
