"""Rounds in which others kept the machine busy: told by their load alone, and measured again.

Only load outside the measured tree counts: CPU time of other processes and what the hypervisor
took, as the probe reads them beside each command. How long the command itself waited for a
processor does not count, because a program with many threads waits for its own; nor
does the pressure the kernel tells, which contains that. One threshold holds for
all variants, and a round is judged and repeated whole, so that no variant is favoured.
"""

from collections.abc import Sequence

from tracker.models import IterationRecord

MOST_BUSY = 0.2
"""Share of the machine that others may take. Idle machines show below 5 %."""

LEAST_MS = 50.0
"""CPU time of others below which nothing is said: the kernel counts in ticks of 10 ms, and those of
the measured tree itself are off by one or two."""

MOST_REPEATED = 0.2
"""Share of the rounds that are measured again at most: under lasting load it helps nobody."""


def busy_share(records: Sequence[IterationRecord], cores: int | None) -> float | None:
    """Return the share of the machine that others took while a round was measured.

    None where the load, the times or the number of processors is unknown.
    """
    taken, wall = others_ms(records), _wall_ms(records)
    return taken / (wall * cores) if taken is not None and wall and cores else None


def others_ms(records: Sequence[IterationRecord]) -> float | None:
    """Return the CPU time that was not the measured commands', None where it is not known."""
    loads = [record.load for record in records]
    known = [
        load.others_ms + (load.steal_ms or 0)
        for load in loads
        if load is not None and load.others_ms is not None
    ]
    return sum(known) if known and len(known) == len(records) else None


def is_contaminated(records: Sequence[IterationRecord], cores: int | None) -> bool:
    """Return whether a round is to be measured again."""
    busy = busy_share(records, cores)
    return busy is not None and busy > MOST_BUSY and (others_ms(records) or 0) >= LEAST_MS


def may_repeat(set_aside: int, rounds: int) -> bool:
    """Return whether one more of so many rounds may be measured again."""
    return set_aside + 1 <= MOST_REPEATED * rounds


def _wall_ms(records: Sequence[IterationRecord]) -> float:
    return sum(record.raw.execution.duration_ms or 0.0 for record in records)
