"""Numbers a test asks for beside its times: commits found, attempts that failed."""

import re
from collections.abc import Mapping

from tracker.measurement.executor import Measured
from tracker.measurement.work_copy import WorkCopy
from tracker.models.suite import Tally

PER_SECOND = "PerSecond"
"""Ends the name of a number by the time of its execution."""


def tallied(wanted: Mapping[str, Tally], copy: WorkCopy, measured: Measured) -> dict[str, float]:
    """Return each number; one whose source is not whole is left out, because it is not known.

    Raises
    ------
    CommandError
        When a command that counts fails.
    """
    counts: dict[str, float] = {}
    for name, tally in wanted.items():
        text = _source(tally, copy, measured)
        if text is None:
            continue
        counts[name] = float(sum(1 for _ in re.finditer(tally.matches, text)))
        if tally.per_second and measured.wall_ns:
            counts[f"{name}{PER_SECOND}"] = counts[name] / (measured.wall_ns / 1e9)
    return counts


def _source(tally: Tally, copy: WorkCopy, measured: Measured) -> str | None:
    if tally.command is not None:
        (argv,) = copy.argument_vectors((tally.command,))
        return copy.runner(argv, cwd=copy.workdir).stdout
    if measured.stdout is None or measured.stdout.cut:
        return None
    return measured.stdout.text
