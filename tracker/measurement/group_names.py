"""Names of the groups of a plan, by which the journal knows them."""

from collections import Counter as Multiset

from tracker.models import Plan


def group_names(plan: Plan) -> tuple[str, ...]:
    """Return a unique name for every group: its key, numbered where two fixtures share a size."""
    seen: Multiset[str] = Multiset()
    names = []
    for group in plan.groups:
        seen[group.key] += 1
        number = seen[group.key]
        names.append(group.key if number == 1 else f"{group.key}#{number}")
    return tuple(names)
