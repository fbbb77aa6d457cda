"""Measures which version-control system and which configuration is best.

Every class of the specification can be imported from here; the models are
loaded when one of them is asked for.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401  a module's attribute may be anything
    if name.startswith("__"):
        raise AttributeError(name)
    models = import_module("tracker.models")
    try:
        return getattr(models, name)
    except AttributeError:
        raise AttributeError(f"module 'tracker' has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return ["__version__", *import_module("tracker.models").__all__]
