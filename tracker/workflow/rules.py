"""What all trials together show; apart from the rest of the memory, because SciPy loads slowly."""

from pathlib import Path

from patterns.learning.rules import Rule, find_rules
from tracker.workflow.history import open_store
from tracker.workflow.workspace import open_workspace


def list_rules(
    project: Path | None, *, operation: str | None, variant: str | None, expired: bool
) -> tuple[Rule, ...]:
    """Return what the trials that are stored now show of operations and configurations.

    `expired` adds the rules that a confirmed change of level contradicts.
    """
    with open_store(open_workspace(project)) as store:
        given = store.records(trials=True) if operation is None else store.trials(operation)
        found = find_rules(given)
    return tuple(
        rule
        for rule in found
        if (expired or rule.status == "current") and variant in {None, rule.variant}
    )
