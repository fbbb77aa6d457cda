"""What a session compares: a test on a repository, and the metric that stands for it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tracker.models import ProcessedResult
from tracker.tracking import names

CASE_PREFIX = "case-"
"""How the id of a prepared view of a case begins."""


@dataclass(frozen=True)
class Case:
    """A test on a repository; `label` names the test, `place` the repository."""

    operation: str
    test_id: str
    suite: str
    repo_id: str
    label: str
    place: str
    result: ProcessedResult = field(compare=False)

    @property
    def headline(self) -> str:
        """Return the metric of this case in variant runs."""
        return names.key(f"{self.label}/{self.place}.{names.HEADLINE}")

    @property
    def title(self) -> str:
        """Return what people call the case."""
        return f"{self.label} · {self.place}"

    @property
    def view(self) -> str:
        """Return the id of the prepared view of the case."""
        return f"{CASE_PREFIX}{self.slug}"

    @property
    def slug(self) -> str:
        """Return the case as part of an address or of a file's name: a-z, digits, hyphens."""
        return re.sub(r"[^a-z0-9]+", "-", f"{self.label}-{self.place}".lower()).strip("-")


def cases(results: Sequence[ProcessedResult]) -> tuple[Case, ...]:
    """Return the cases of a session in the order of its results.

    A case is named by test and size and not by operation, because two tests may
    measure one operation (status of a clean and of a dirty tree) and their medians must
    not share a column. Only where two cases would still share a name, the suite or the
    repository is added.
    """
    tests = _shared((result.test_id, result.test_suite) for result in results)
    sizes = _shared(
        ((result.test_suite, result.test_id, result.repo_size.value), result.repo_id)
        for result in results
    )
    return tuple(_case(result, tests, sizes) for result in results)


def _shared(pairs: Iterable[tuple[object, object]]) -> frozenset[object]:
    """Return the firsts that stand beside more than one second."""
    counts = Counter(first for first, _ in set(pairs))
    return frozenset(first for first, count in counts.items() if count > 1)


def _case(result: ProcessedResult, tests: frozenset[object], sizes: frozenset[object]) -> Case:
    size = result.repo_size.value
    in_size = (result.test_suite, result.test_id, size)
    return Case(
        operation=result.operation,
        test_id=result.test_id,
        suite=result.test_suite,
        repo_id=result.repo_id,
        label=(
            f"{result.test_suite}.{result.test_id}" if result.test_id in tests else result.test_id
        ),
        place=f"{size}.{result.repo_id}" if in_size in sizes or size == "custom" else size,
        result=result,
    )
