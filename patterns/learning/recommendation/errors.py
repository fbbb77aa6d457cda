"""What cannot be recommended from, and why."""


class RecommendationError(ValueError):
    """A history from which no variant can be chosen; `str()` says why and what to do."""
