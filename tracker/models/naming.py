"""Short names that tell the results of one session apart."""

from collections import Counter
from collections.abc import Sequence

from tracker.models.results import ProcessedResult


def task_names(results: Sequence[ProcessedResult]) -> tuple[str, ...]:
    """Return for each result its operation, or its test's id where one operation has several."""
    tests: dict[str, set[tuple[str, str]]] = {}
    for result in results:
        tests.setdefault(result.operation, set()).add((result.test_suite, result.test_id))
    ids = {(result.test_suite, result.test_id) for result in results}
    suites_of = Counter(test_id for _, test_id in ids)

    def name(result: ProcessedResult) -> str:
        if len(tests[result.operation]) == 1:
            return result.operation
        if suites_of[result.test_id] == 1:
            return result.test_id
        return f"{result.test_suite}/{result.test_id}"

    return tuple(name(result) for result in results)


def repository_names(results: Sequence[ProcessedResult]) -> tuple[str, ...]:
    """Return for each result its repository's size, or its id where one size has several."""
    repositories: dict[str, set[str]] = {}
    for result in results:
        repositories.setdefault(result.repo_size.value, set()).add(result.repo_id)
    return tuple(
        result.repo_size.value if len(repositories[result.repo_size.value]) == 1 else result.repo_id
        for result in results
    )
