"""Signals around calls of MLflow: none arrives in the middle of a transaction."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def deferred() -> Iterator[None]:
    """Hold SIGINT and SIGTERM back until the block is left; a second one is let through.

    A handler that ends the open runs would wait for the database lock its own
    interrupted transaction holds. The block is one call of the store, so the wait
    is short; where a server is away, pressing Ctrl-C again ends it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    usual = {number: signal.getsignal(number) for number in ENDING}

    def hold(number: int, _frame: FrameType | None) -> None:
        held.append(number)
        if len(held) > 1:
            _restore(usual)
            signal.raise_signal(number)

    for number in ENDING:
        signal.signal(number, hold)
    try:
        yield
    finally:
        _restore(usual)
        if len(held) == 1:
            signal.raise_signal(held[0])


@contextmanager
def ended_by_signals(terminate: Callable[[str], None]) -> Iterator[None]:
    """Call `terminate("KILLED")` on SIGINT or SIGTERM, then let the signal do what it does.

    After an orderly end the process still ends *by* the signal, as its parent expects.
    """
    usual = {number: signal.getsignal(number) for number in ENDING}

    def end(number: int, _frame: FrameType | None) -> None:
        _restore(usual)
        terminate("KILLED")
        signal.raise_signal(number)

    for number in ENDING:
        signal.signal(number, end)
    try:
        yield
    finally:
        _restore(usual)


def _restore(
    handlers: dict[signal.Signals, "Callable[[int, FrameType | None], object] | int | None"],
) -> None:
    for number, handler in handlers.items():
        signal.signal(number, signal.SIG_DFL if handler is None else handler)
