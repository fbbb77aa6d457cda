"""The base class of the tracker's values; the pattern history shares it."""

from patterns.models.base import Value

__all__ = ["Value"]
