"""A measurement that needs no disk speed: journals without fsync, counted run ids."""

import itertools
from collections.abc import Callable

import pytest

from tests.measurement import plans
from tracker.measurement.engine import measure_plan
from tracker.measurement.journal import Journal
from tracker.measurement.resume import Resumption


@pytest.fixture
def journal_path(tmp_path):
    return tmp_path / "session" / "journal.jsonl"


@pytest.fixture
def measure(journal_path) -> Callable:
    """Return a function that measures a plan with an executor, resuming what the journal holds."""
    tokens = itertools.count()

    def run(plan, executor, **options):
        with Journal(journal_path, sync=lambda _: None) as journal:
            return list(
                measure_plan(
                    plan,
                    options.pop("session", plans.session()),
                    executor,
                    journal,
                    order=options.pop("order", plans.rotated),
                    resume=Resumption(journal.load()),
                    clock=lambda: 1_700_000_000.0,
                    token=lambda: f"{next(tokens):06x}",
                    **options,
                )
            )

    return run
