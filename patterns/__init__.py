"""The pattern memory: what was measured, how good it was, and what can be learnt from it.

The models of `patterns.models`, the store and its error can be imported from here; they are
loaded when one of them is asked for, so that `import patterns` costs next to nothing.
"""

from importlib import import_module
from typing import Any

_STORE = ("PatternStore", "StoreError")


def __getattr__(name: str) -> Any:  # noqa: ANN401  a module's attribute may be anything
    if name.startswith("__"):
        raise AttributeError(name)
    holder = "patterns.store" if name in _STORE else "patterns.models"
    try:
        return getattr(import_module(holder), name)
    except AttributeError:
        raise AttributeError(f"module 'patterns' has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return [*import_module("patterns.models").__all__, *_STORE]
