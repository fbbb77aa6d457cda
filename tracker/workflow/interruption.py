"""SIGINT and SIGTERM: the first asks the session to end in order, the second ends it at once."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from tracker.measurement.progress import Stop

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def ended_in_order(stop: Stop, say: Callable[[str], None]) -> Iterator[None]:
    """Turn the first signal into a wish to stop; give the usual handlers back with it."""
    usual = {number: signal.getsignal(number) for number in SIGNALS}

    def ask(number: int, _frame: FrameType | None) -> None:
        for other, handler in usual.items():
            signal.signal(other, handler)
        stop.request(signal.Signals(number).name)
        say("Ending in order; a second signal ends at once.")

    for number in SIGNALS:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


def exit_code(stop: Stop) -> int:
    """Return what a shell expects of a program that ended by this signal: 128 + its number."""
    return 128 + signal.Signals[stop.reason].value if stop.reason else 0
