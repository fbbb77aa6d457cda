"""Repositories made several at a time, before anything is measured."""

import contextlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from tracker.measurement.executor import Executor, ExecutorError
from tracker.models import FixtureRequest


def make_ahead(executor: Executor, requests: Iterable[FixtureRequest], parallelism: int) -> None:
    """Make the repositories that will be needed, so many at once; no clock runs meanwhile.

    One that cannot be made is asked for again by its group, which then tells why.
    """
    waiting = list({request.to_json(): request for request in requests}.values())
    if parallelism < 2 or len(waiting) < 2:  # noqa: PLR2004  one after another, as they are needed
        return

    def make(request: FixtureRequest) -> None:
        with contextlib.suppress(ExecutorError):
            executor.fixture(request)

    with ThreadPoolExecutor(parallelism, thread_name_prefix="fixture") as pool:
        list(pool.map(make, waiting))
