"""Steadier measuring on this machine: opt-in, and recorded with the machine.

What is measured is then another machine in a sense: one processor, no competitors, or no
cache. So each setting is part of the machine class, and results are not compared across.
"""

import os
from pathlib import Path

from tracker.measurement.executor import ExecutorError
from tracker.models import Value
from tracker.models.config import Execution

PRIORITY = 10
"""Above every ordinary process, below the kernel's own threads; the kernel keeps 5 % for others.

SCHED_RR is SCHED_FIFO with turns: the probe has the same priority as what it starts, and under
SCHED_FIFO the two can wait for each other on one processor for ever.
"""

DROP_CACHES = Path("/proc/sys/vm/drop_caches")
PAGE_CACHE = "1\n"
"""Not inodes and directory entries as well: with them even the programs are looked up anew."""


class Tuning(Value):
    """What was asked for."""

    cpu: int | None = None
    realtime: bool = False
    cold_cache: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Return what is recorded of it."""
        pinned = () if self.cpu is None else (f"pinned to processor {self.cpu}",)
        realtime = (f"SCHED_RR {PRIORITY}",) if self.realtime else ()
        return (*pinned, *realtime, *(("cold page cache",) if self.cold_cache else ()))


def tuning_of(execution: Execution) -> Tuning:
    """Return what a configuration asks for."""
    return Tuning(
        cpu=execution.pinned_cpu, realtime=execution.realtime, cold_cache=execution.cold_cache
    )


def tune(process: int, tuning: Tuning) -> None:
    """Set what the probe's commands inherit.

    Raises
    ------
    ExecutorError
        Where this system or this account cannot.
    """
    try:
        if tuning.cpu is not None:
            os.sched_setaffinity(process, {tuning.cpu})
        if tuning.realtime:
            os.sched_setscheduler(process, os.SCHED_RR, os.sched_param(PRIORITY))
    except (OSError, AttributeError) as error:
        wanted = ", ".join(tuning.words)
        raise ExecutorError(
            f"{wanted}: {error}; SCHED_RR needs root or CAP_SYS_NICE, and the processor must be"
            " one of this machine's"
        ) from error


def drop_caches() -> None:
    """Write out what waits and forget the page cache, which takes a fifth of a second.

    Raises
    ------
    ExecutorError
        Without the right to.
    """
    os.sync()
    try:
        DROP_CACHES.write_text(PAGE_CACHE)
    except OSError as error:
        raise ExecutorError(f"cold page cache: {error}; it needs root and Linux") from error
