"""What all trials together show; apart from the rest of the memory, because SciPy loads slowly."""

from pathlib import Path

from patterns.learning.rules import Rule, find_rules
from tracker.workflow.history import open_store
from tracker.workflow.workspace import open_workspace


def list_rules(
    project: Path | None, *, operation: str | None, variant: str | None
) -> tuple[Rule, ...]:
    """Return what the trials that are stored now show of operations and configurations."""
    with open_store(open_workspace(project)) as store:
        found = find_rules(store.records(trials=True))
    return tuple(
        rule
        for rule in found
        if operation in {None, rule.operation} and variant in {None, rule.variant}
    )
