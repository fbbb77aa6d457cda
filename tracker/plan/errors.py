"""Why there is nothing to plan."""


class EmptySelectionError(Exception):
    """A selection that leaves nothing to measure; the text lists what there is."""
