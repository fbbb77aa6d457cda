"""The base class of every value: frozen, strict about unknown keys, camelCase in files."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Value(BaseModel):
    """An immutable value that speaks camelCase in files and snake_case in Python.

    Unknown keys are refused, because a misspelt key that is silently ignored
    measures something else than what its author asked for. NaN and infinity
    are refused, because JSON cannot hold them and unknown is `None`.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        allow_inf_nan=False,
        ser_json_inf_nan="null",
        protected_namespaces=(),
    )

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the value as JSON with the specification's camelCase names."""
        return self.model_dump_json(by_alias=True, indent=indent)
