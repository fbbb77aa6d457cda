"""Tests in an order in which every test comes after those it depends on."""

from collections.abc import Sequence

from tracker.models import Test


def in_order(tests: Sequence[Test]) -> tuple[Test, ...]:
    """Return the tests, each after its dependencies, and otherwise in the order they came.

    Dependencies that are not among the tests do not count. The suite's check
    has refused cycles; what is left of one would come last, in its order.
    """
    waiting = list(tests)
    present = {test.id for test in tests}
    placed: dict[str, Test] = {}
    while waiting:
        ready = next((test for test in waiting if _ready(test, present, placed)), waiting[0])
        waiting.remove(ready)
        placed[ready.id] = ready
    return tuple(placed.values())


def _ready(test: Test, present: set[str], placed: dict[str, Test]) -> bool:
    return all(name in placed or name not in present for name in test.depends_on or ())


def with_dependencies(chosen: Sequence[str], tests: Sequence[Test]) -> set[str]:
    """Return the ids of the chosen tests and of all they depend on, however far."""
    by_id = {test.id: test for test in tests}
    reached: set[str] = set()
    waiting = [name for name in chosen if name in by_id]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [item for item in by_id[name].depends_on or () if item in by_id]
    return reached
